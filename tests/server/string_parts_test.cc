// Tests of the commands that read or write a part of a string.
#include <doctest/doctest.h>

#include <string>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"

namespace larder {

TEST_CASE("APPEND makes a key, or makes its string longer") {
  Play({
      {"APPEND k ab", Integer(2)},
      {"APPEND k cd", Integer(4)},
      {"APPEND k ''", Integer(4)},
      {"GET k", Bulk("abcd")},
      {"APPEND empty ''", Integer(0)},
      {"EXISTS empty", Integer(1)},
      {"APPEND n 1", Integer(1)},
      {"INCR n", Integer(2)},
      {"APPEND n 0", Integer(2)},
      {"INCR n", Integer(21)},
      {"APPEND n .5", Integer(4)},
      {"GET n", Bulk("21.5")},
      {"INCR n", Error(errors::kNotAnInteger)},
  });
}

TEST_CASE("APPEND and SETRANGE keep the deadline, but not one that has passed") {
  Play({
      {"SET k v PX 1000", kOk},
      {"APPEND k w", Integer(2)},
      {"SETRANGE k 2 x", Integer(3)},
      {"PTTL k", Integer(1000)},
      Wait(1000),
      {"APPEND k y", Integer(1)},
      {"GET k", Bulk("y")},
      {"TTL k", Integer(-1)},
      {"PEXPIRE k 10", Integer(1)},
      Wait(10),
      {"SETRANGE k 1 z", Integer(2)},
      {"GET k", Bulk(std::string_view("\0z", 2))},
      {"TTL k", Integer(-1)},
  });
}

TEST_CASE("APPEND builds strings of any size, piece by piece") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    std::string expected;
    for (int i = 0; i < 400; ++i) {
      const std::string piece(static_cast<size_t>(i), static_cast<char>('a' + i % 26));
      expected += piece;
      REQUIRE(client.Run({"APPEND", "k", piece}) == Integer(static_cast<int64_t>(expected.size())));
      if (i % 50 == 49) {
        const bool same = client.Run({"GET", "k"}) == Bulk(expected);
        REQUIRE(same);
      }
    }
  });
}

TEST_CASE("STRLEN counts bytes") {
  Play({
      {"STRLEN k", Integer(0)},
      {"SET k value", kOk},
      {"STRLEN k", Integer(5)},
      {"SET k -123456", kOk},
      {"STRLEN k", Integer(7)},
      {"SET k ''", kOk},
      {"STRLEN k", Integer(0)},
      {"STRLEN k k", Error(errors::WrongArity("strlen"))},
  });
}

TEST_CASE("GETRANGE answers the bytes from start to end, both counted from either side") {
  struct Range {
    const char* range;
    const char* of_hello;
    const char* of_number;  // 12345
  };
  for (const Range& row : std::initializer_list<Range>{
           {"0 4", "hello", "12345"},
           {"0 0", "h", "1"},
           {"1 3", "ell", "234"},
           {"0 -1", "hello", "12345"},
           {"-3 -2", "ll", "34"},
           {"-100 2", "hel", "123"},
           {"2 100", "llo", "345"},
           {"-100 100", "hello", "12345"},
           {"3 1", "", ""},
           {"-1 -3", "", ""},
           {"5 10", "", ""},
           {"4 10", "o", "5"},
           {"0 -100", "h", "1"},  // as Redis before version 8
           {"-100 -100", "h", "1"},
           {"-100 -101", "", ""},
           {"1 -100", "", ""},
           {"0 -5", "h", "1"},
           {"-9223372036854775808 9223372036854775807", "hello", "12345"},
           {"9223372036854775807 9223372036854775807", "", ""},
           {"0 9223372036854775807", "hello", "12345"},
       }) {
    for (const char* name : {"GETRANGE", "SUBSTR"}) {
      CAPTURE(row.range);
      Play({
          {"SET k hello", kOk},
          {"SET n 12345", kOk},
          {"SET empty ''", kOk},
          {std::string(name) + " k " + row.range, Bulk(row.of_hello)},
          {std::string(name) + " n " + row.range, Bulk(row.of_number)},
          {std::string(name) + " missing " + row.range, Bulk("")},
          {std::string(name) + " empty " + row.range, Bulk("")},
      });
    }
  }
}

TEST_CASE("GETRANGE refuses what is not an integer, before it looks for the key") {
  Play({
      {"GETRANGE k a 1", Error(errors::kNotAnInteger)},
      {"GETRANGE k 1 b", Error(errors::kNotAnInteger)},
      {"GETRANGE k 0 9223372036854775808", Error(errors::kNotAnInteger)},
      {"SUBSTR k 1 1.0", Error(errors::kNotAnInteger)},
      {"GETRANGE k 0", Error(errors::WrongArity("getrange"))},
      {"SUBSTR k 0", Error(errors::WrongArity("substr"))},
  });
}

TEST_CASE("GETRANGE reads parts of a large value") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    std::string value(100000, ' ');
    for (size_t i = 0; i < value.size(); ++i)
      value[i] = static_cast<char>('a' + i % 26);
    CHECK(client.Run({"SET", "k", value}) == kOk);
    CHECK(client.Run("GETRANGE k 99999 100000") == Bulk(value.substr(99999)));
    CHECK(client.Run("GETRANGE k 500 509") == Bulk(value.substr(500, 10)));
    const bool same = client.Run("GETRANGE k 1 -2") == Bulk(value.substr(1, 99998));
    CHECK(same);
  });
}

TEST_CASE("SETRANGE overwrites bytes and fills gaps with zeros") {
  Play({
      {"SETRANGE k 0 ''", Integer(0)},
      {"SETRANGE k 100 ''", Integer(0)},
      {"EXISTS k", Integer(0)},
      {"SETRANGE k 2 ab", Integer(4)},
      {"GET k", Bulk(std::string_view("\0\0ab", 4))},
      {"SETRANGE k 0 xyz", Integer(4)},
      {"GET k", Bulk("xyzb")},
      {"SETRANGE k 6 c", Integer(7)},
      {"GET k", Bulk(std::string_view("xyzb\0\0c", 7))},
      {"SETRANGE k 100 ''", Integer(7)},
      {"SET n 12345", kOk},
      {"SETRANGE n 1 00", Integer(5)},
      {"INCR n", Integer(10046)},
      {"SETRANGE n 5 0", Integer(6)},
      {"INCR n", Integer(100461)},
  });
}

TEST_CASE("SETRANGE refuses offsets that are not numbers, negative or too large") {
  Play({
      {"SETRANGE k a v", Error(errors::kNotAnInteger)},
      {"SETRANGE k 9223372036854775808 v", Error(errors::kNotAnInteger)},
      {"SETRANGE k -1 v", Error(errors::kOffsetOutOfRange)},
      {"SETRANGE k -1 ''", Error(errors::kOffsetOutOfRange)},
      {"SETRANGE k 9223372036854775807 v", Error(errors::kStringTooLong)},
      {"SETRANGE k 536870912 v", Error(errors::kStringTooLong)},
      {"SETRANGE k 9223372036854775807 ''", Integer(0)},
      {"EXISTS k", Integer(0)},
      {"SET k v", kOk},
      {"SETRANGE k 536870912 v", Error(errors::kStringTooLong)},
      {"GET k", Bulk("v")},
      {"SETRANGE k 1", Error(errors::WrongArity("setrange"))},
  });
}

TEST_CASE("no string grows beyond proto-max-bulk-len") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    CHECK(client.Run("CONFIG SET proto-max-bulk-len 2mb") == kOk);
    constexpr int64_t kLimit = 2 * 1024 * 1024;
    CHECK(client.Run("SETRANGE k 2097151 x") == Integer(kLimit));
    CHECK(client.Run("STRLEN k") == Integer(kLimit));
    CHECK(client.Run("APPEND k y") == Error(errors::kStringTooLong));
    CHECK(client.Run("APPEND k ''") == Integer(kLimit));
    CHECK(client.Run("SETRANGE k 2097152 x") == Error(errors::kStringTooLong));
    CHECK(client.Run("SETRANGE k 2097150 yz") == Integer(kLimit));
    CHECK(client.Run("GETRANGE k -3 -1") == Bulk(std::string_view("\0yz", 3)));
    CHECK(client.Run("CONFIG SET proto-max-bulk-len 3mb") == kOk);
    CHECK(client.Run("APPEND k y") == Integer(kLimit + 1));
  });
}

TEST_CASE("changes between all sizes leave the rest of a string as it was") {
  for (const size_t size : {100u, 16383u, 16384u, 40000u, 200000u}) {
    CAPTURE(size);
    WithFewAndManyShards([&](TestServer&, TestClient& client) {
      std::string expected(size, 'a');
      CHECK(client.Run({"SET", "k", expected}) == kOk);
      for (const size_t offset : {size / 2, size - 1, size, size + 20000}) {
        CAPTURE(offset);
        const std::string part = "part";
        if (expected.size() < offset + part.size()) expected.resize(offset + part.size());
        expected.replace(offset, part.size(), part);
        CHECK(client.Run({"SETRANGE", "k", std::to_string(offset), part}) ==
              Integer(static_cast<int64_t>(expected.size())));
        const bool same = client.Run({"GET", "k"}) == Bulk(expected);
        CHECK(same);
      }
    });
  }
}

}  // namespace larder
