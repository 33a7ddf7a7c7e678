// The quoting rules of inline commands.
#include "protocol/inline_request.h"

#include <algorithm>
#include <cstddef>

namespace larder {
namespace {

// What may surround arguments. Of these only the first four end an unquoted one.
constexpr std::string_view kBlanks = " \t\r\n\v\f";
constexpr std::string_view kArgumentEndsAndQuotes = " \t\r\n\"'";

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char Unescape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

// One line on its way: what is left of it, and where the next unescaped byte goes.
//
// Thread safety: none.
class Splitter {
 public:
  Splitter(std::string_view line, char* room) : rest_(line), room_(room) {}

  bool SkipBlanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
    return !rest_.empty();
  }

  // Reads the argument that begins here. Requires: SkipBlanks() returned true.
  bool Next(std::string_view* argument) {
    const size_t end = std::min(rest_.find_first_of(kArgumentEndsAndQuotes), rest_.size());
    if (end < rest_.size() && (rest_[end] == '"' || rest_[end] == '\'')) {
      return NextQuoted(end, argument);
    }
    *argument = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return true;
  }

 private:
  // The argument has a quote at `quote`.
  bool NextQuoted(size_t quote, std::string_view* argument) {
    char* const start = room_;
    for (size_t i = 0; i < quote; ++i)
      *room_++ = rest_[i];
    const bool is_double = rest_[quote] == '"';
    rest_.remove_prefix(quote + 1);
    if (!(is_double ? ReadDoubleQuoted() : ReadSingleQuoted())) return false;
    if (!rest_.empty() && kBlanks.find(rest_.front()) == std::string_view::npos) return false;
    *argument = {start, static_cast<size_t>(room_ - start)};
    return true;
  }

  bool ReadDoubleQuoted() {
    while (!rest_.empty()) {
      const char c = rest_.front();
      size_t taken = 1;
      if (c == '"') {
        rest_.remove_prefix(1);
        return true;
      }
      if (c != '\\' || rest_.size() == 1) {
        *room_++ = c;
      } else if (rest_.size() >= 4 && rest_[1] == 'x' && HexDigit(rest_[2]) >= 0 &&
                 HexDigit(rest_[3]) >= 0) {
        *room_++ = static_cast<char>(HexDigit(rest_[2]) * 16 + HexDigit(rest_[3]));
        taken = 4;
      } else {
        *room_++ = Unescape(rest_[1]);
        taken = 2;
      }
      rest_.remove_prefix(taken);
    }
    return false;
  }

  bool ReadSingleQuoted() {
    while (!rest_.empty()) {
      if (rest_.front() == '\'') {
        rest_.remove_prefix(1);
        return true;
      }
      if (rest_.starts_with("\\'")) rest_.remove_prefix(1);
      *room_++ = rest_.front();
      rest_.remove_prefix(1);
    }
    return false;
  }

  std::string_view rest_;
  char* room_;
};

}  // namespace

bool SplitInlineRequest(std::string_view line, char* room, ArgumentList& args) {
  Splitter splitter(line, room);
  while (splitter.SkipBlanks()) {
    std::string_view argument;
    if (!splitter.Next(&argument)) return false;
    args.Append(argument);
  }
  return true;
}

}  // namespace larder
