// Reads replies back from the wire, for tests that look into them.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace larder {

// One reply: its first byte, its text or number, and its elements if it is an aggregate (those of a
// map one after the other).
struct Reply {
  char type = 0;
  std::string text;
  std::vector<Reply> elements;
  bool null = false;
};

// Takes replies in RESP2 or RESP3 off the front of a run of bytes.
// Thread safety: none.
class ReplyReader {
 public:
  explicit ReplyReader(std::string_view bytes) : rest_(bytes) {}

  std::string_view rest() const { return rest_; }

  // The next reply, or nothing if what is left is not a whole and well-formed one.
  std::optional<Reply> Next() {
    if (depth_ > kMaxDepth) return std::nullopt;
    const std::optional<std::string_view> line = Line();
    if (!line || line->empty()) return std::nullopt;
    Reply reply;
    reply.type = line->front();
    reply.text = line->substr(1);
    switch (reply.type) {
      case '+':
      case '-':
      case ',':
      case '(':
        return reply;
      case '_':
        reply.null = true;
        return reply.text.empty() ? std::optional(reply) : std::nullopt;
      case '#':
        return reply.text == "t" || reply.text == "f" ? std::optional(reply) : std::nullopt;
      case ':':
        return Number(reply.text) ? std::optional(reply) : std::nullopt;
      case '$':
      case '=':
        return String(std::move(reply));
      case '*':
      case '~':
      case '>':
        return Aggregate(std::move(reply), 1);
      case '%':
        return Aggregate(std::move(reply), 2);
      default:
        return std::nullopt;
    }
  }

 private:
  static constexpr int kMaxDepth = 16;

  static std::optional<int64_t> Number(std::string_view text) {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
  }

  std::optional<std::string_view> Line() {
    const size_t end = rest_.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 2);
    return line;
  }

  std::optional<Reply> String(Reply reply) {
    const std::optional<int64_t> size = Number(reply.text);
    reply.null = size == -1;
    reply.text.clear();
    if (reply.null) return reply;
    if (!size || *size < 0 || rest_.size() < static_cast<uint64_t>(*size) + 2) return std::nullopt;
    reply.text = rest_.substr(0, static_cast<size_t>(*size));
    rest_.remove_prefix(static_cast<size_t>(*size));
    if (!rest_.starts_with("\r\n")) return std::nullopt;
    rest_.remove_prefix(2);
    return reply;
  }

  std::optional<Reply> Aggregate(Reply reply, int64_t elements_each) {
    const std::optional<int64_t> count = Number(reply.text);
    reply.null = count == -1;
    if (!count || *count < -1) return std::nullopt;
    ++depth_;
    for (int64_t i = 0; i < *count * elements_each; ++i) {
      std::optional<Reply> element = Next();
      if (!element) return std::nullopt;
      reply.elements.push_back(std::move(*element));
    }
    --depth_;
    return reply;
  }

  std::string_view rest_;
  int depth_ = 0;
};

}  // namespace larder
