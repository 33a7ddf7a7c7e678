// Feeds bytes to a RequestParser as a connection does, in fragments; for tests and the fuzz target.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/request_parser.h"

namespace larder::testing {

// What came out of a stream of bytes.
struct ParsedStream {
  std::vector<std::vector<std::string>> requests;
  std::string error;
  // Large bulk strings that did not pass through the input.
  size_t large_bulks = 0;

  bool SameAs(const ParsedStream& other) const {
    return requests == other.requests && error == other.error;
  }
};

// Plays the connection. The unconsumed input lies in a new block of exactly its size for each round
// of parsing, and arguments are looked at only when the round is over, so that AddressSanitizer
// sees a view that does not live as long as the parser promises.
//
// Thread safety: none.
class ParserDriver {
 public:
  explicit ParserDriver(const ParserLimits& limits) : limits_(limits) {}

  // Feeds `bytes` in fragments, whose sizes `next_size()` returns. Stops after an error.
  template <typename NextSize>
  void Feed(std::string_view bytes, NextSize next_size) {
    while (stream_.error.empty() && !bytes.empty()) {
      const std::string_view fragment =
          bytes.substr(0, std::clamp<size_t>(next_size(), 1, bytes.size()));
      bytes.remove_prefix(fragment.size());
      Receive(fragment);
    }
  }

  const ParsedStream& stream() const { return stream_; }
  const RequestParser& parser() const { return parser_; }

 private:
  void Receive(std::string_view fragment) {
    const std::span<char> rest = parser_.large_bulk_rest();
    const size_t direct = std::min(rest.size(), fragment.size());
    if (direct > 0) {
      std::memcpy(rest.data(), fragment.data(), direct);
      parser_.CommitLargeBulk(direct);
      fragment.remove_prefix(direct);
    }
    held_.append(fragment);
    if (parser_.large_bulk_rest().empty()) ParseHeld();
  }

  void ParseHeld() {
    const auto block = std::make_unique<char[]>(held_.size());
    std::memcpy(block.get(), held_.data(), held_.size());
    std::string_view input(block.get(), held_.size());
    ArgumentList args;
    std::vector<size_t> ends;
    ParseStatus status = ParseStatus::kRequest;
    while (status == ParseStatus::kRequest || status == ParseStatus::kLargeBulk) {
      status = parser_.Parse(input, limits_, args);
      input.remove_prefix(parser_.consumed());
      if (status == ParseStatus::kRequest) ends.push_back(args.size());
      if (status == ParseStatus::kLargeBulk) ProvideLargeBulk();
    }
    size_t start = 0;
    for (const size_t end : ends) {
      stream_.requests.emplace_back(args.begin() + start, args.begin() + end);
      start = end;
    }
    if (status == ParseStatus::kError) stream_.error = parser_.error();
    held_.erase(0, held_.size() - input.size());
  }

  void ProvideLargeBulk() {
    large_bulks_.push_back(std::make_unique<char[]>(parser_.large_bulk_size()));
    parser_.ProvideLargeBulk(large_bulks_.back().get());
    ++stream_.large_bulks;
  }

  const ParserLimits limits_;
  RequestParser parser_;
  std::string held_;
  std::vector<std::unique_ptr<char[]>> large_bulks_;
  ParsedStream stream_;
};

inline ParsedStream ParseInFragments(std::string_view bytes, size_t fragment_size,
                                     const ParserLimits& limits = {}) {
  ParserDriver driver(limits);
  driver.Feed(bytes, [fragment_size] { return fragment_size; });
  return driver.stream();
}

}  // namespace larder::testing
