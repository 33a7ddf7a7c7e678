// Tests of counting with strings.
#include <doctest/doctest.h>

#include <string>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"

namespace larder {

TEST_CASE("INCR, DECR, INCRBY and DECRBY count from zero") {
  Play({
      {"INCR a", Integer(1)},
      {"INCR a", Integer(2)},
      {"DECR b", Integer(-1)},
      {"INCRBY c 40", Integer(40)},
      {"INCRBY c -50", Integer(-10)},
      {"DECRBY d 7", Integer(-7)},
      {"DECRBY d -10", Integer(3)},
      {"INCRBY d 0", Integer(3)},
      {"MGET a b c d", Array({Bulk("2"), Bulk("-1"), Bulk("-10"), Bulk("3")})},
  });
}

TEST_CASE("counters pass the limits of each width") {
  for (const int64_t start :
       {127ll, 32767ll, 2147483647ll, -129ll, -32769ll, -2147483649ll, -1ll}) {
    CAPTURE(start);
    Play({
        {"SET k " + std::to_string(start), kOk},
        {"INCR k", Integer(start + 1)},
        {"GET k", Bulk(std::to_string(start + 1))},
        {"INCR k", Integer(start + 2)},
        {"DECRBY k 3", Integer(start - 1)},
        {"GET k", Bulk(std::to_string(start - 1))},
        {"INCRBY k 100000", Integer(start + 99999)},
        {"STRLEN k", Integer(static_cast<int64_t>(std::to_string(start + 99999).size()))},
    });
  }
}

TEST_CASE("counters do not wrap around") {
  Play({
      {"SET max 9223372036854775807", kOk},
      {"INCR max", Error(errors::kOverflow)},
      {"INCRBY max 9223372036854775807", Error(errors::kOverflow)},
      {"DECRBY max -1", Error(errors::kOverflow)},
      {"DECR max", Integer(9223372036854775806)},
      {"INCR max", Integer(9223372036854775807)},
      {"SET min -9223372036854775808", kOk},
      {"DECR min", Error(errors::kOverflow)},
      {"INCRBY min -1", Error(errors::kOverflow)},
      {"INCRBY min -9223372036854775808", Error(errors::kOverflow)},
      {"INCRBY min 9223372036854775807", Integer(-1)},
      {"DECRBY min -9223372036854775808", Error(errors::kDecrementOverflow)},
      {"DECRBY min 9223372036854775807", Integer(-9223372036854775807 - 1)},
      {"GET min", Bulk("-9223372036854775808")},
  });
}

TEST_CASE("what is not an integer is not counted") {
  for (const char* value : {"", "abc", "1.0", " 1", "1 ", "+1", "01", "-0", "1e3", "0x10",
                            "9223372036854775808", "-9223372036854775809"}) {
    CAPTURE(value);
    WithFewAndManyShards([&](TestServer&, TestClient& client) {
      CHECK(client.Run({"SET", "k", value}) == kOk);
      CHECK(client.Run("INCR k") == Error(errors::kNotAnInteger));
      CHECK(client.Run("DECR k") == Error(errors::kNotAnInteger));
      CHECK(client.Run("INCRBY k 1") == Error(errors::kNotAnInteger));
      CHECK(client.Run("DECRBY k 1") == Error(errors::kNotAnInteger));
      CHECK(client.Run({"INCRBY", "n", value}) == Error(errors::kNotAnInteger));
      CHECK(client.Run({"DECRBY", "n", value}) == Error(errors::kNotAnInteger));
      CHECK(client.Run({"GET", "k"}) == Bulk(value));
      CHECK(client.Run("EXISTS n") == Integer(0));
    });
  }
}

TEST_CASE("counting keeps the deadline, but not one that has passed") {
  Play({
      {"SET k 1 PX 1000", kOk},
      {"INCR k", Integer(2)},
      {"INCRBY k 100000", Integer(100002)},
      {"PTTL k", Integer(1000)},
      {"INCRBYFLOAT k 0.5", Bulk("100002.5")},
      {"PTTL k", Integer(1000)},
      Wait(1000),
      {"INCR k", Integer(1)},
      {"TTL k", Integer(-1)},
      {"PEXPIRE k 10", Integer(1)},
      Wait(10),
      {"INCRBYFLOAT k 1.5", Bulk("1.5")},
      {"TTL k", Integer(-1)},
  });
}

TEST_CASE("a counter is stored as an integer, also when it was written as text") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    client.Run("APPEND k 12");
    client.Run("APPEND k 3");
    CHECK(EncodingOf(server, "k") == Encoding::kInline);
    CHECK(client.Run("INCR k") == Integer(124));
    CHECK(EncodingOf(server, "k") == Encoding::kInteger);
  });
}

TEST_CASE("INCRBYFLOAT adds with many digits and writes no exponents") {
  Play({
      {"INCRBYFLOAT k 10.50", Bulk("10.5")},
      {"INCRBYFLOAT k 0.1", Bulk("10.6")},
      {"INCRBYFLOAT k -5", Bulk("5.6")},
      {"SET k 5.0e3", kOk},
      {"INCRBYFLOAT k 2.0e2", Bulk("5200")},
      {"INCR k", Integer(5201)},
      {"INCRBYFLOAT k 1e-10", Bulk("5201.00000000010000001")},
      {"SET k 3", kOk},
      {"INCRBYFLOAT k 1.000000000000000005", Bulk("4.00000000000000001")},
      {"SET k 0", kOk},
      {"INCRBYFLOAT k -0", Bulk("0")},
      {"INCRBYFLOAT k 1e20", Bulk("100000000000000000000")},
      {"INCRBYFLOAT k -1e20", Bulk("0")},
      {"GET k", Bulk("0")},
  });
}

TEST_CASE("INCRBYFLOAT refuses what is no number, and sums that are none") {
  Play({
      {"INCRBYFLOAT k abc", Error(errors::kNotAFloat)},
      {"INCRBYFLOAT k ''", Error(errors::kNotAFloat)},
      {"INCRBYFLOAT k nan", Error(errors::kNotAFloat)},
      {"INCRBYFLOAT k ' 1'", Error(errors::kNotAFloat)},
      {"INCRBYFLOAT k '1 '", Error(errors::kNotAFloat)},
      {"INCRBYFLOAT k inf", Error(errors::kNanOrInfinity)},
      {"INCRBYFLOAT k -inf", Error(errors::kNanOrInfinity)},
      {"EXISTS k", Integer(0)},
      {"SET k abc", kOk},
      {"INCRBYFLOAT k 1", Error(errors::kNotAFloat)},
      {"INCRBYFLOAT k xyz", Error(errors::kNotAFloat)},
      {"SET k ' 1'", kOk},
      {"INCRBYFLOAT k 1", Error(errors::kNotAFloat)},
      {"SET k ''", kOk},
      {"INCRBYFLOAT k 1", Error(errors::kNotAFloat)},
      {"SET k inf", kOk},
      {"INCRBYFLOAT k -inf", Error(errors::kNanOrInfinity)},
      {"INCRBYFLOAT k 1", Error(errors::kNanOrInfinity)},
      {"GET k", Bulk("inf")},
  });
}

TEST_CASE("counting needs strings, and the right number of arguments") {
  for (const char* command : {"INCR list", "DECR list", "INCRBY list 1", "DECRBY list 1",
                              "INCRBYFLOAT list 1", "INCRBYFLOAT list abc"}) {
    CAPTURE(command);
    WithFewAndManyShards([&](TestServer& server, TestClient& client) {
      PutList(server, "list");
      CHECK(client.Run(command) == Error(errors::kWrongType));
    });
  }
  Play({
      {"INCR", Error(errors::WrongArity("incr"))},
      {"INCR a b", Error(errors::WrongArity("incr"))},
      {"DECR", Error(errors::WrongArity("decr"))},
      {"INCRBY a", Error(errors::WrongArity("incrby"))},
      {"DECRBY a", Error(errors::WrongArity("decrby"))},
      {"INCRBYFLOAT a", Error(errors::WrongArity("incrbyfloat"))},
      {"INCRBY a b c", Error(errors::WrongArity("incrby"))},
  });
}

}  // namespace larder
