// The quoting rules of inline commands, by themselves and through the parser.
#include "protocol/inline_request.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/protocol/parser_driver.h"

using larder::SplitInlineRequest;
using larder::testing::ParseInFragments;

namespace {

using Args = std::vector<std::string>;

struct Case {
  std::string_view line;
  Args args;
};

}  // namespace

TEST_CASE("Lines are split as Redis splits them") {
  using namespace std::string_literals;
  const Case cases[] = {
      {"PING", {"PING"}},
      {"  set  key\tvalue  ", {"set", "key", "value"}},
      {"a\rb", {"a", "b"}},
      {"ECHO \va\v", {"ECHO", "a\v"}},
      {"\"\"", {""}},
      {"''", {""}},
      {"'' \"\"", {"", ""}},
      {"\"a b\" c", {"a b", "c"}},
      {"a\"b c\"", {"ab c"}},
      {"a'b c' d", {"ab c", "d"}},
      {"\"\\n\\r\\t\\b\\a\"", {"\n\r\t\b\a"}},
      {"\"\\x41\\xfF\\x00\"", {"A\xff\0"s}},
      {"\"\\x4\" \"\\xg1\" \"\\x\"", {"x4", "xg1", "x"}},
      {"\"\\\"\\\\\\q\"", {"\"\\q"}},
      {"'\\''", {"'"}},
      {"'\\n\\x41\\\\ '", {"\\n\\x41\\\\ "}},
      {"'\"' \"'\"", {"\"", "'"}},
      {"\\x41 \\", {"\\x41", "\\"}},
      {"\"a\"\vb", {"a", "b"}},
      {"", {}},
      {" \t\v\f\r ", {}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.line);
    larder::ArgumentList args;
    std::vector<char> room(c.line.size());
    CHECK(SplitInlineRequest(c.line, room.data(), args));
    CHECK(Args(args.begin(), args.end()) == c.args);
    if (c.args.empty()) continue;
    for (const std::string_view end : {"\n", "\r\n"}) {
      for (const size_t size : {100, 3, 1}) {
        const auto stream = ParseInFragments(std::string(c.line).append(end), size);
        CHECK(stream.requests == std::vector<Args>{c.args});
      }
    }
  }
}

TEST_CASE("Quotes must be closed, and a blank or the end must follow") {
  for (const std::string_view line : {"\"", "'", "\"abc", "'abc", "\"abc\\\"", "'abc\\'", "\"a\"b",
                                      "'a'b", "\"a\"\"b\"", "a\"b\"'c'", "x \"\\", "x \"\\x4"}) {
    CAPTURE(line);
    larder::ArgumentList args;
    std::vector<char> room(line.size());
    CHECK_FALSE(SplitInlineRequest(line, room.data(), args));
    CHECK(ParseInFragments(std::string(line) + "\r\n", 1).error == "unbalanced quotes in request");
  }
}

TEST_CASE("Arguments without quotes are views into the line") {
  const std::string_view line = "get key";
  larder::ArgumentList args;
  CHECK(SplitInlineRequest(line, nullptr, args));
  REQUIRE(args.size() == 2);
  CHECK(args[1].data() == line.data() + 4);
}
