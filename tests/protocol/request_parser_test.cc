// Requests in every fragmentation, errors in Redis's words, limits, and large bulk strings.
#include "protocol/request_parser.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "tests/protocol/parser_driver.h"

using larder::ParserLimits;
using larder::ParseStatus;
using larder::RequestParser;
using larder::testing::ParsedStream;
using larder::testing::ParseInFragments;
using larder::testing::ParserDriver;

namespace {

using Requests = std::vector<std::vector<std::string>>;

constexpr size_t kFragmentSizes[] = {1 << 30, 100, 10, 5, 2, 1};

std::string Encode(const std::vector<std::string>& args) {
  std::string bytes = "*" + std::to_string(args.size()) + "\r\n";
  for (const std::string& arg : args) {
    bytes += "$" + std::to_string(arg.size()) + "\r\n" + arg + "\r\n";
  }
  return bytes;
}

std::string EncodeAll(const Requests& requests) {
  std::string bytes;
  for (const auto& request : requests)
    bytes += Encode(request);
  return bytes;
}

void CheckRequests(std::string_view bytes, const Requests& expected) {
  for (const size_t size : kFragmentSizes) {
    CAPTURE(size);
    const ParsedStream stream = ParseInFragments(bytes, size);
    CHECK(stream.error == "");
    CHECK(stream.requests == expected);
  }
}

void CheckError(std::string_view bytes, std::string_view error, const ParserLimits& limits = {}) {
  CAPTURE(bytes);
  for (const size_t size : kFragmentSizes) {
    CAPTURE(size);
    CHECK(ParseInFragments(bytes, size, limits).error == error);
  }
}

}  // namespace

TEST_CASE("A pipeline of requests is read in any fragmentation") {
  const Requests requests = {
      {"PING"},
      {"SET", "flask_cache_view//item/1", "!" + std::string(300, 'p'), "EX", "300"},
      {"GET", "flask_cache_view//item/1"},
      {"ECHO", ""},
      {"MSET", std::string(99, 'k'), std::string(999, 'v'), std::string(100, 'k'),
       std::string(10000, 'v')},
      {"MGET", "1",  "2",  "3",  "4",  "5",  "6",  "7",  "8",  "9",  "10", "11", "12",
       "13",   "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24", "25"},
      {"QUIT"},
  };
  CheckRequests(EncodeAll(requests), requests);
}

TEST_CASE("Arguments are binary safe") {
  std::string every_byte;
  for (int c = 0; c < 256; ++c)
    every_byte += static_cast<char>(c);
  const Requests requests = {
      {"SET", every_byte, std::string("\0\0", 2)},
      {"SET", "\r\n$3\r\nfoo\r\n", "*1\r\n$4\r\nPING\r\n"},
  };
  CheckRequests(EncodeAll(requests), requests);
}

TEST_CASE("Requests without arguments are skipped") {
  const Requests ping = {{"PING"}};
  for (const std::string_view nothing :
       {"\r\n", "\n", "   \r\n", "*0\r\n", "*-1\r\n", "*-10\r\n", "\r\n\r\n*0\r\n\t\n"}) {
    CAPTURE(nothing);
    CheckRequests(std::string(nothing) + "*1\r\n$4\r\nPING\r\n", ping);
    CheckRequests(std::string(nothing) + "PING\r\n" + std::string(nothing), ping);
  }
}

TEST_CASE("A skipped request counts as consumed even when nothing follows") {
  RequestParser parser;
  larder::ArgumentList args;
  CHECK(parser.Parse("*0\r\n\r\n*1\r\n", {}, args) == ParseStatus::kNeedMore);
  CHECK(parser.consumed() == 6);
  CHECK(args.empty());
  CHECK(parser.Parse("*1\r\n$4\r\nPING\r\n", {}, args) == ParseStatus::kRequest);
  CHECK(parser.consumed() == 14);
}

TEST_CASE("Protocol errors have Redis's words") {
  struct Case {
    std::string_view bytes;
    std::string_view error;
  };
  using namespace std::string_view_literals;
  const Case cases[] = {
      {"*\r\n", "invalid multibulk length"},
      {"*x\r\n", "invalid multibulk length"},
      {"*+1\r\n", "invalid multibulk length"},
      {"*01\r\n", "invalid multibulk length"},
      {"*-0\r\n", "invalid multibulk length"},
      {"* 1\r\n", "invalid multibulk length"},
      {"*1 \r\n", "invalid multibulk length"},
      {"*2147483648\r\n", "invalid multibulk length"},
      {"*3000000000\r\n", "invalid multibulk length"},
      {"*99999999999999999999\r\n", "invalid multibulk length"},
      {"*1\r\nfoo\r\n", "expected '$', got 'f'"},
      {"*1\r\n\r\n", "expected '$', got ' '"},
      {"*1\r\n\n$4\r\n", "expected '$', got ' '"},
      {"*1\r\n\0\r\n"sv, "expected '$', got '\0'"sv},
      {"*1\r\n\xff\r\n", "expected '$', got '\xff'"},
      {"*1\r\n'\r\n", "expected '$', got '''"},
      {"*1\r\n*1\r\n$4\r\nPING\r\n", "expected '$', got '*'"},
      {"*2147483647\r\nx\r\n", "expected '$', got 'x'"},
      {"*3\r\n$3\r\nSET\r\n$1\r\nx\r\nfooz\r\n", "expected '$', got 'f'"},
      {"*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$-10\r\n", "invalid bulk length"},
      {"*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$2000000000\r\n", "invalid bulk length"},
      {"*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$blabla\r\n", "invalid bulk length"},
      {"*1\r\n$\r\n", "invalid bulk length"},
      {"*1\r\n$-1\r\n", "invalid bulk length"},
      {"*1\r\n$04\r\nPING\r\n", "invalid bulk length"},
      {"*1\r\n$4x\r\nPING\r\n", "invalid bulk length"},
      {"*1\r\n$536870913\r\n", "invalid bulk length"},
      {"*1\r\n$9223372036854775808\r\n", "invalid bulk length"},
      {"set \"\"\"test-key\"\"\" test-value\r\nping\r\n", "unbalanced quotes in request"},
      {"GET \"abc\r\n", "unbalanced quotes in request"},
  };
  for (const Case& c : cases) {
    CheckError(c.bytes, c.error);
    CheckError(std::string("\r\n").append(c.bytes), c.error);
  }
}

TEST_CASE("Requests before an error are returned") {
  for (const size_t size : kFragmentSizes) {
    const ParsedStream stream = ParseInFragments("*1\r\n$4\r\nPING\r\nECHO a\r\n*x\r\n", size);
    CHECK(stream.requests == Requests{{"PING"}, {"ECHO", "a"}});
    CHECK(stream.error == "invalid multibulk length");
  }
}

TEST_CASE("An error is seen as soon as its line is whole, and not before") {
  RequestParser parser;
  larder::ArgumentList args;
  CHECK(parser.Parse("*1\r\nx", {}, args) == ParseStatus::kNeedMore);
  CHECK(parser.Parse("*1\r\nx\r", {}, args) == ParseStatus::kNeedMore);
  CHECK(parser.Parse("*1\r\nx\r\n", {}, args) == ParseStatus::kError);
  CHECK(args.empty());
}

TEST_CASE("What ends a line and a body is not looked at, as in Redis") {
  CheckRequests("*1\r\r$4\r\rPINGxx*1\rx$4\rxPINGyy", {{"PING"}, {"PING"}});
}

TEST_CASE("Lines without an end are refused beyond 64 KB") {
  struct Case {
    std::string start;
    char fill;
    std::string_view error;
  };
  const Case cases[] = {
      {"*", '1', "too big mbulk count string"},
      {std::string("*\0", 2), 'A', "too big mbulk count string"},
      {"*1\r\n$", '1', "too big bulk count string"},
      {"*2\r\n$3\r\nGET\r\n", 'x', "too big bulk count string"},
      {"", 'x', "too big inline request"},
      {std::string("\0", 1), 'x', "too big inline request"},
      {"\"", '\\', "too big inline request"},
  };
  for (const Case& c : cases) {
    const size_t line_start = c.start.rfind('\n') + 1;  // 0 if there is none
    const size_t longest = line_start + RequestParser::kMaxInlineLength;
    std::string bytes = c.start;
    bytes.resize(longest, c.fill);
    CAPTURE(c.error);
    for (const size_t size : {size_t{1} << 30, size_t{5000}, size_t{1000}}) {
      CHECK(ParseInFragments(bytes, size).error == "");
      CHECK(ParseInFragments(bytes + c.fill, size).error == c.error);
      // The end comes too late even if it is there at once.
      CHECK(ParseInFragments(bytes + c.fill + "\r\n", size).error == c.error);
    }
  }
}

TEST_CASE("An inline command may have 64 KB") {
  const std::string word(RequestParser::kMaxInlineLength - 5, 'x');
  for (const size_t size : {size_t{1} << 30, size_t{5000}, size_t{999}}) {
    CHECK(ParseInFragments("ECHO " + word + "\n", size).requests == Requests{{"ECHO", word}});
  }
}

TEST_CASE("A client that has not authenticated gets small limits") {
  ParserLimits limits;
  limits.unauthenticated = true;
  const std::string longest(16384, 'v');
  const Requests allowed = {
      {"AUTH", "secret"}, {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}, {"ECHO", longest}};
  for (const size_t size : {size_t{1} << 30, size_t{100}, size_t{7}}) {
    const ParsedStream stream = ParseInFragments(EncodeAll(allowed), size, limits);
    CHECK(stream.requests == allowed);
    CHECK(stream.error == "");
  }
  CheckError("*11\r\n", "unauthenticated multibulk length", limits);
  CheckError("*2147483648\r\n", "invalid multibulk length", limits);
  CheckError("*2\r\n$16385\r\n", "unauthenticated bulk length", limits);
  CheckError("*2\r\n$536870913\r\n", "invalid bulk length", limits);
}

TEST_CASE("Authenticating lifts the limits for the next request") {
  RequestParser parser;
  larder::ArgumentList args;
  ParserLimits limits;
  limits.unauthenticated = true;
  const std::string many = Encode(std::vector<std::string>(11, "x"));
  const std::string bytes = "*2\r\n$4\r\nAUTH\r\n$1\r\np\r\n" + many;
  REQUIRE(parser.Parse(bytes, limits, args) == ParseStatus::kRequest);
  limits.unauthenticated = false;
  args.Clear();
  CHECK(parser.Parse(std::string_view(bytes).substr(parser.consumed()), limits, args) ==
        ParseStatus::kRequest);
  CHECK(args.size() == 11);
}

TEST_CASE("The longest bulk string is a setting") {
  ParserLimits limits;
  limits.max_bulk_length = 8;
  for (const size_t size : kFragmentSizes) {
    const ParsedStream stream =
        ParseInFragments(EncodeAll({{"12345678"}, {"GET", "123456789"}}), size, limits);
    CHECK(stream.requests == Requests{{"12345678"}});
    CHECK(stream.error == "invalid bulk length");
  }
}

TEST_CASE("A large bulk string that is cut off goes to memory of the caller") {
  std::string value(3 * RequestParser::kLargeBulk + 17, '\0');
  for (size_t i = 0; i < value.size(); ++i)
    value[i] = static_cast<char>(i * 7 + i / 251);
  const std::string just_large(RequestParser::kLargeBulk, 'j');
  const std::string almost_large(RequestParser::kLargeBulk - 1, 'a');
  const Requests requests = {{"SET", "k", value, "EX", "60"},
                             {"MSET", "a", value, "b", just_large, "c", almost_large},
                             {value},
                             {"GET", "k"}};
  const std::string bytes = EncodeAll(requests);
  for (const size_t size : {size_t{50000}, size_t{16384}, size_t{1000}, size_t{100}}) {
    CAPTURE(size);
    const ParsedStream stream = ParseInFragments(bytes, size);
    CHECK(stream.error == "");
    CHECK((stream.requests == requests));
    CHECK(stream.large_bulks > 0);
    if (size < RequestParser::kLargeBulk) CHECK(stream.large_bulks == 4);
  }
  const ParsedStream whole = ParseInFragments(bytes, bytes.size());
  CHECK((whole.requests == requests));
  CHECK(whole.large_bulks == 0);
}

TEST_CASE("A large bulk string is announced by its size and its place") {
  RequestParser parser;
  larder::ArgumentList args;
  const std::string start = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$40000\r\n";
  std::string input = start + "abc";
  REQUIRE(parser.Parse(input, {}, args) == ParseStatus::kLargeBulk);
  CHECK(parser.large_bulk_size() == 40000);
  CHECK(parser.large_bulk_index() == 2);
  CHECK(parser.large_bulk_rest().empty());
  // Asking again changes nothing as long as there is no memory.
  REQUIRE(parser.Parse(input, {}, args) == ParseStatus::kLargeBulk);

  std::vector<char> memory(40000);
  parser.ProvideLargeBulk(memory.data());
  REQUIRE(parser.Parse(input, {}, args) == ParseStatus::kNeedMore);
  CHECK(args.empty());
  CHECK(std::string_view(memory.data(), 3) == "abc");
  std::span<char> rest = parser.large_bulk_rest();
  CHECK(rest.data() == memory.data() + 3);
  REQUIRE(rest.size() == 39997);
  std::memset(rest.data(), 'd', 39000);
  parser.CommitLargeBulk(39000);
  rest = parser.large_bulk_rest();
  REQUIRE(rest.size() == 997);
  std::memset(rest.data(), 'e', 997);
  parser.CommitLargeBulk(997);
  CHECK(parser.large_bulk_rest().empty());
  CHECK(parser.Parse(input, {}, args) == ParseStatus::kNeedMore);
  CHECK(parser.missing() == 2);

  input += "\r\n*1\r\n$4\r\nPING\r\n";
  REQUIRE(parser.Parse(input, {}, args) == ParseStatus::kRequest);
  REQUIRE(args.size() == 3);
  CHECK(args[1] == "k");
  CHECK(args[2].data() == memory.data());
  CHECK(args[2] == "abc" + std::string(39000, 'd') + std::string(997, 'e'));
  CHECK(parser.consumed() == start.size() + 3 + 2);
  CHECK(parser.memory() == 0);
}

TEST_CASE("A large bulk string may become whole before its memory is supplied") {
  RequestParser parser;
  larder::ArgumentList args;
  const std::string value(50000, 'v');
  const std::string input = Encode({"ECHO", value});
  REQUIRE(parser.Parse(std::string_view(input).substr(0, 100), {}, args) ==
          ParseStatus::kLargeBulk);
  std::vector<char> memory(50000);
  parser.ProvideLargeBulk(memory.data());
  REQUIRE(parser.Parse(input, {}, args) == ParseStatus::kRequest);
  CHECK(args[1] == value);
  CHECK(parser.consumed() == input.size());
}

TEST_CASE("A large bulk string that lacks only its line end stays in the input") {
  RequestParser parser;
  larder::ArgumentList args;
  const std::string input = Encode({"ECHO", std::string(50000, 'v')});
  for (const size_t cut : {2, 1}) {
    const std::string_view part(input.data(), input.size() - cut);
    CHECK(parser.Parse(part, {}, args) == ParseStatus::kNeedMore);
    CHECK(parser.missing() == cut);
  }
  CHECK(parser.Parse(input, {}, args) == ParseStatus::kRequest);
}

TEST_CASE("A million arguments arrive in small pieces, and each piece is looked at once") {
  constexpr size_t kCount = 1000000;
  std::string bytes = "*" + std::to_string(kCount) + "\r\n";
  for (size_t i = 0; i < kCount; ++i)
    bytes += "$8\r\n" + std::to_string(10000000 + i) + "\r\n";

  RequestParser parser;
  larder::ArgumentList args;
  const size_t half = bytes.size() / 2;
  // Cut within a body each time, since that is where starting over would be tempting.
  for (size_t size = 706; size < half; size += 700) {
    REQUIRE(parser.Parse({bytes.data(), size}, {}, args) == ParseStatus::kNeedMore);
  }
  // If the parser looked at this again, it would find neither lengths nor line ends.
  std::fill(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(half - 1000), 'x');
  for (size_t size = half; size < bytes.size(); size += 700) {
    REQUIRE(parser.Parse({bytes.data(), size}, {}, args) == ParseStatus::kNeedMore);
  }
  REQUIRE(parser.Parse(bytes, {}, args) == ParseStatus::kRequest);
  REQUIRE(args.size() == kCount);
  CHECK(args[0] == "xxxxxxxx");
  CHECK(args[kCount - 1] == "10999999");
  CHECK(parser.memory() == 0);
}

TEST_CASE("A million arguments are read at once when they are there") {
  const std::string bytes = Encode(std::vector<std::string>(1000000, "key"));
  RequestParser parser;
  larder::ArgumentList args;
  REQUIRE(parser.Parse(bytes, {}, args) == ParseStatus::kRequest);
  CHECK(args.size() == 1000000);
  CHECK(std::all_of(args.begin(), args.end(), [](std::string_view arg) { return arg == "key"; }));
}

TEST_CASE("What is declared costs no memory before it arrives") {
  for (const std::string_view bytes :
       {"*2147483647\r\n$1\r\na\r\n", "*1000000\r\n$4\r\nPING\r\n$3", "*9999999\r\n$1"}) {
    RequestParser parser;
    larder::ArgumentList args;
    CHECK(parser.Parse(bytes, {}, args) == ParseStatus::kNeedMore);
    CHECK(parser.memory() < 1024);
    CHECK(args.capacity() <= 1024);
  }
}

TEST_CASE("A short request that is cut off takes no memory, wherever it is cut") {
  const std::string bytes = Encode({"SET", "key:1", std::string(200, 'v'), "EX", "300"});
  RequestParser parser;
  larder::ArgumentList args;
  args.Append("of an earlier request");
  for (size_t size = 30; size < bytes.size(); ++size) {
    REQUIRE(parser.Parse({bytes.data(), size}, {}, args) == ParseStatus::kNeedMore);
    CHECK(parser.consumed() == 0);
    CHECK(parser.missing() >= 1);
    CHECK(parser.missing() <= bytes.size() - size);
    CHECK(args.size() == 1);
  }
  CHECK(parser.memory() < 512);
  CHECK(parser.Parse(bytes, {}, args) == ParseStatus::kRequest);
  CHECK(args.size() == 6);
  CHECK(parser.memory() == 0);
}

TEST_CASE("The parser says how much is missing of a bulk string") {
  RequestParser parser;
  larder::ArgumentList args;
  CHECK(parser.Parse("*2\r\n$4\r\nECHO\r\n$30000\r\nabc", {}, args) == ParseStatus::kNeedMore);
  CHECK(parser.missing() == 30000 + 2 - 3);
}

TEST_CASE("Unescaped inline arguments stay until the batch was executed") {
  RequestParser parser;
  larder::ArgumentList args;
  const std::string input = "ECHO \"a b\"\r\nECHO 'c d'\r\nECHO plain\r\n";
  size_t consumed = 0;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(parser.Parse(std::string_view(input).substr(consumed), {}, args) ==
            ParseStatus::kRequest);
    consumed += parser.consumed();
  }
  CHECK(parser.Parse(std::string_view(input).substr(consumed), {}, args) == ParseStatus::kNeedMore);
  const std::vector<std::string_view> expected = {"ECHO", "a b", "ECHO", "c d", "ECHO", "plain"};
  CHECK(std::equal(args.begin(), args.end(), expected.begin(), expected.end()));
  CHECK(parser.memory() > 0);
  SUBCASE("and go away when the next batch begins") {
    args.Clear();
    CHECK(parser.Parse("PING\r\n", {}, args) == ParseStatus::kRequest);
    CHECK(parser.memory() == 0);
  }
  SUBCASE("or when the caller says so") {
    parser.ReleaseInlineArguments();
    CHECK(parser.memory() == 0);
  }
}

TEST_CASE("A moved parser goes on with the request that is under way") {
  const std::string bytes = Encode(std::vector<std::string>(40, "argument"));
  RequestParser first;
  larder::ArgumentList args;
  REQUIRE(first.Parse(std::string_view(bytes).substr(0, 500), {}, args) == ParseStatus::kNeedMore);
  RequestParser second = std::move(first);
  REQUIRE(second.Parse(bytes, {}, args) == ParseStatus::kRequest);
  CHECK(args.size() == 40);
}
