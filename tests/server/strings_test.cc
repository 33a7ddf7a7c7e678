// Tests of the commands that read or write the whole string of one key.
#include <doctest/doctest.h>

#include <string>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"

namespace larder {

TEST_CASE("GET answers what SET stored") {
  Play({
      {"GET k", kNil},
      {"SET k value", kOk},
      {"GET k", Bulk("value")},
      {"SET k ''", kOk},
      {"GET k", Bulk("")},
      {"SET '' empty-name", kOk},
      {"GET ''", Bulk("empty-name")},
      {"SET k \"a\\r\\n\\x00b\"", kOk},
      {"GET k", Bulk(std::string_view("a\r\n\0b", 5))},
  });
}

TEST_CASE("a string comes back byte by byte, whether it looks like a number or not") {
  for (const char* text : {"0",
                           "-0",
                           "00",
                           "01",
                           "+1",
                           "1",
                           "-1",
                           "127",
                           "128",
                           "-128",
                           "-129",
                           "32767",
                           "32768",
                           "2147483647",
                           "2147483648",
                           "-2147483649",
                           "9223372036854775807",
                           "9223372036854775808",
                           "-9223372036854775808",
                           "-9223372036854775809",
                           "1.0",
                           " 1",
                           "1 ",
                           "-",
                           "1e3"}) {
    CAPTURE(text);
    WithFewAndManyShards([&](TestServer&, TestClient& client) {
      CHECK(client.Run({"SET", "k", text}) == kOk);
      CHECK(client.Run({"GET", "k"}) == Bulk(text));
      CHECK(client.Run({"STRLEN", "k"}) == Integer(static_cast<int64_t>(std::string(text).size())));
      CHECK(client.Run({"APPEND", "k", ""}) ==
            Integer(static_cast<int64_t>(std::string(text).size())));
      CHECK(client.Run({"GETDEL", "k"}) == Bulk(text));
    });
  }
}

TEST_CASE("strings of every size around the limits come back as they were") {
  for (const size_t size : {1u, 15u, 16u, 100u, 4096u, 16383u, 16384u, 16385u, 32767u, 32768u,
                            65535u, 65536u, 1048576u, 5000000u}) {
    CAPTURE(size);
    WithFewAndManyShards([&](TestServer&, TestClient& client) {
      std::string value(size, 'v');
      for (size_t i = 0; i < size; i += 7)
        value[i] = static_cast<char>(i);
      // doctest would print megabytes with CHECK(a == b).
      CHECK(client.Run({"SET", "k", value}) == kOk);
      const bool same = client.Run({"GET", "k"}) == Bulk(value);
      CHECK(same);
      const bool same_old = client.Run({"SET", "k", "short", "GET"}) == Bulk(value);
      CHECK(same_old);
      CHECK(client.Run({"GETSET", "k", value}) == Bulk("short"));
      const bool same_deleted = client.Run({"GETDEL", "k"}) == Bulk(value);
      CHECK(same_deleted);
      CHECK(client.Run({"GET", "k"}) == kNil);
    });
  }
}

TEST_CASE("SETNX sets only a missing key") {
  Play({
      {"SETNX k v", Integer(1)},
      {"SETNX k w", Integer(0)},
      {"GET k", Bulk("v")},
      {"TTL k", Integer(-1)},
  });
}

TEST_CASE("GETSET answers the old value and clears the deadline") {
  Play({
      {"GETSET k a", kNil},
      {"EXPIRE k 10", Integer(1)},
      {"GETSET k b", Bulk("a")},
      {"TTL k", Integer(-1)},
      {"GET k", Bulk("b")},
  });
}

TEST_CASE("GETDEL answers the value and removes the key") {
  Play({
      {"GETDEL k", kNil},
      {"SET k v EX 10", kOk},
      {"GETDEL k", Bulk("v")},
      {"EXISTS k", Integer(0)},
      {"TTL k", Integer(-2)},
  });
}

TEST_CASE("DELIFEQ removes only what is equal") {
  Play({
      {"DELIFEQ k v", Integer(0)},
      {"SET k v", kOk},
      {"DELIFEQ k w", Integer(0)},
      {"GET k", Bulk("v")},
      {"DELIFEQ k v", Integer(1)},
      {"GET k", kNil},
      {"SET k 12", kOk},
      {"DELIFEQ k 012", Integer(0)},
      {"DELIFEQ k 12", Integer(1)},
      {"SET k v PX 10", kOk},
      Wait(10),
      {"DELIFEQ k v", Integer(0)},
  });
}

TEST_CASE("what needs a string refuses other types, and a plain SET replaces them") {
  for (const char* command :
       {"GET list", "GETSET list v", "GETDEL list", "GETEX list", "GETEX list EX abc",
        "SET list v GET", "SET list v NX GET", "SET list v IFEQ v", "SET list v IFEQ v GET",
        "DELIFEQ list v", "APPEND list v", "STRLEN list", "GETRANGE list 0 1", "SUBSTR list 0 1",
        "SETRANGE list 0 v", "SETRANGE list 0 ''", "SETRANGE list 9223372036854775807 v"}) {
    CAPTURE(command);
    WithFewAndManyShards([&](TestServer& server, TestClient& client) {
      PutList(server, "list");
      CHECK(client.Run(command) == Error(errors::kWrongType));
      CHECK(client.Run("EXISTS list") == Integer(1));
      CHECK(client.Run("SET list v NX") == kNil);
      CHECK(client.Run("SETNX list v") == Integer(0));
      CHECK(client.Run("SET list v XX") == kOk);
      CHECK(client.Run("GET list") == Bulk("v"));
    });
  }
}

TEST_CASE("strings have their wrong arities") {
  for (const char* name :
       {"get", "set", "setnx", "setex", "psetex", "getset", "getdel", "getex", "delifeq", "mget",
        "mset", "msetnx", "append", "strlen", "getrange", "substr", "setrange"}) {
    CAPTURE(name);
    Play({{name, Error(errors::WrongArity(name))}});
  }
  Play({
      {"GET a b", Error(errors::WrongArity("get"))},
      {"SET a", Error(errors::WrongArity("set"))},
      {"SETEX a 10", Error(errors::WrongArity("setex"))},
      {"SETEX a 10 v EX", Error(errors::WrongArity("setex"))},
      {"GETDEL a b", Error(errors::WrongArity("getdel"))},
      {"DELIFEQ a", Error(errors::WrongArity("delifeq"))},
  });
}

TEST_CASE("reading commands count hits and misses, writing ones do not") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    client.Run("SET k 1");
    client.Run("INCR k");
    client.Run("SETNX k v");
    client.Run("SET k 2 XX");
    client.Run("SET k 2 IFEQ 2");
    client.Run("APPEND k x");
    const auto counters = [&] {
      ShardCounters sum;
      for (size_t i = 0; i < server.state().keyspace.shard_count(); ++i) {
        Shard& shard = server.state().keyspace.shard(i);
        ShardGuard guard(shard);
        sum.hits += shard.counters().hits;
        sum.misses += shard.counters().misses;
      }
      return sum;
    };
    CHECK(counters().hits == 0);
    CHECK(counters().misses == 0);
    for (const char* command : {"GET k", "GETSET k v", "GETEX k", "STRLEN k", "GETRANGE k 0 1",
                                "TTL k", "SET k v GET", "MGET k nil", "GETDEL k"}) {
      client.Run(command);
    }
    CHECK(counters().hits == 9);
    CHECK(counters().misses == 1);
    client.Run("GET k");
    CHECK(counters().misses == 2);
  });
}

}  // namespace larder
