// Tests of the commands that set, clear and tell deadlines.
#include <doctest/doctest.h>

#include <string>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"

namespace larder {

TEST_CASE("EXPIRE and its relatives set the deadline") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    const int64_t now_ms = server.clock().NowMs();
    const int64_t second = now_ms / 1000;
    Play(server, client,
         {
             {"EXPIRE k 10", Integer(0)},
             {"SET k v", kOk},
             {"EXPIRE k 10", Integer(1)},
             {"TTL k", Integer(10)},
             {"PTTL k", Integer(10000)},
             {"PEXPIRETIME k", Integer(now_ms + 10000)},
             {"PEXPIRE k 2500", Integer(1)},
             {"PTTL k", Integer(2500)},
             {"PEXPIRETIME k", Integer(now_ms + 2500)},
             {"EXPIREAT k " + std::to_string(second + 100), Integer(1)},
             {"EXPIRETIME k", Integer(second + 100)},
             {"PEXPIRETIME k", Integer((second + 100) * 1000)},
             {"PEXPIREAT k " + std::to_string(now_ms + 77), Integer(1)},
             {"PTTL k", Integer(77)},
             {"GET k", Bulk("v")},
             Wait(76),
             {"GET k", Bulk("v")},
             Wait(1),
             {"GET k", kNil},
             {"TTL k", Integer(-2)},
         });
  });
}

TEST_CASE("seconds are rounded to the nearest") {
  Play({
      {"SET k v PX 1499", kOk},
      {"TTL k", Integer(1)},
      Wait(1000),
      {"TTL k", Integer(0)},
      {"SET k v PX 1500", kOk},
      {"TTL k", Integer(2)},
      {"SET k v PXAT 99999999999499", kOk},
      {"EXPIRETIME k", Integer(99999999999)},
      {"SET k v PXAT 99999999999500", kOk},
      {"EXPIRETIME k", Integer(100000000000)},
  });
}

TEST_CASE("a missing key has no deadline, and a key without one is told apart") {
  for (const std::string name : {"ttl", "pttl", "expiretime", "pexpiretime"}) {
    Play({
        {name + " k", Integer(-2)},
        {"SET k v", kOk},
        {name + " k", Integer(-1)},
        {name, Error(errors::WrongArity(name))},
        {name + " k k", Error(errors::WrongArity(name))},
    });
  }
}

TEST_CASE("a deadline in the past removes the key") {
  for (const char* command :
       {"EXPIRE k 0", "EXPIRE k -1", "PEXPIRE k 0", "PEXPIRE k -100", "EXPIREAT k 1",
        "EXPIREAT k 0", "EXPIREAT k -5", "PEXPIREAT k 1", "PEXPIREAT k -9223372036854775808",
        "EXPIRE k -9223372036854775", "EXPIREAT k -9223372036854775", "EXPIRE k -1 LT"}) {
    CAPTURE(command);
    Play({
        {"SET k v", kOk},
        {command, Integer(1)},
        {"EXISTS k", Integer(0)},
        {"DBSIZE", Integer(0)},
        {command, Integer(0)},
        {"SET k v EX 100", kOk},
        {command, Integer(1)},
        {"GET k", kNil},
    });
  }
}

TEST_CASE("the conditions of EXPIRE look at the deadline so far") {
  struct Case {
    const char* options;
    const char* without;  // deadline afterwards of a key that had none; 50 is tried
    const char* with_40;  // and of one that had 40
    const char* with_50;
    const char* with_60;
  };
  const auto ttl = [](const std::string& text) { return Integer(std::stoll(text)); };
  for (const Case& row : std::initializer_list<Case>{
           {"", "50", "50", "50", "50"},
           {"NX", "50", "40", "50", "60"},
           {"nx NX", "50", "40", "50", "60"},
           {"XX", "-1", "50", "50", "50"},
           {"GT", "-1", "50", "50", "60"},
           {"LT", "50", "40", "50", "50"},
           {"XX GT", "-1", "50", "50", "60"},
           {"LT xx", "-1", "40", "50", "50"},
           {"gt GT", "-1", "50", "50", "60"},
       }) {
    for (const char* command : {"EXPIRE k 50 ", "PEXPIRE k 50000 "}) {
      CAPTURE(row.options);
      WithFewAndManyShards([&](TestServer&, TestClient& client) {
        client.Run("SET k v");
        client.Run(std::string(command) + row.options);
        CHECK(client.Run("TTL k") == ttl(row.without));
        for (const std::string before : {"40", "60"}) {
          CAPTURE(before);
          const std::string after = before == "40" ? row.with_40 : row.with_60;
          client.Run("SET k v EX " + before);
          CHECK(client.Run(std::string(command) + row.options) == Integer(before != after));
          CHECK(client.Run("TTL k") == ttl(after));
        }
        client.Run("SET k v EX 50");
        client.Run(std::string(command) + row.options);
        CHECK(client.Run("TTL k") == ttl(row.with_50));
      });
    }
  }
}

TEST_CASE("GT and LT refuse an equal deadline") {
  Play({
      {"SET k v EX 50", kOk},
      {"EXPIRE k 50 GT", Integer(0)},
      {"EXPIRE k 50 LT", Integer(0)},
      {"EXPIRE k 50 XX", Integer(1)},
      {"EXPIRE k 50 NX", Integer(0)},
      {"EXPIRE k -1 GT", Integer(0)},
      {"EXPIRE k -1 NX", Integer(0)},
      {"EXISTS k", Integer(1)},
  });
}

TEST_CASE("options of EXPIRE that contradict each other, or are none, are refused") {
  for (const std::string name : {"EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"}) {
    for (const std::string key : {"k", "missing"}) {
      const std::string start = name + " " + key + " ";
      Play({
          {"SET k v", kOk},
          {start + "10 NX XX", Error(errors::kNxWithOthers)},
          {start + "10 XX NX", Error(errors::kNxWithOthers)},
          {start + "10 NX GT", Error(errors::kNxWithOthers)},
          {start + "10 LT NX", Error(errors::kNxWithOthers)},
          {start + "10 NX GT LT", Error(errors::kNxWithOthers)},
          {start + "10 GT LT", Error(errors::kGtWithLt)},
          {start + "10 XX LT GT", Error(errors::kGtWithLt)},
          {start + "10 Sometimes", Error("ERR Unsupported option Sometimes")},
          {start + "10 NX XX ZZ", Error("ERR Unsupported option ZZ")},
          {start + "10 ''", Error("ERR Unsupported option ")},
          // Options come before the time.
          {start + "abc ZZ", Error("ERR Unsupported option ZZ")},
          {start + "abc GT LT", Error(errors::kGtWithLt)},
          {start + "abc NX", Error(errors::kNotAnInteger)},
          {"TTL k", Integer(-1)},
      });
    }
  }
}

TEST_CASE("times that do not fit are refused before the key is looked for") {
  const auto invalid = [](const char* command) {
    return Error(errors::InvalidExpireTime(command));
  };
  Play({
      {"EXPIRE k 9223372036854775807", invalid("expire")},
      {"EXPIRE k 9223372036854776", invalid("expire")},
      {"EXPIRE k 9223372036854775", invalid("expire")},
      {"EXPIRE k -9223372036854776", invalid("expire")},
      {"EXPIRE k -9223372036854775808", invalid("expire")},
      {"PEXPIRE k 9223372036854775807", invalid("pexpire")},
      {"EXPIREAT k 9223372036854776", invalid("expireat")},
      {"EXPIREAT k -9223372036854776", invalid("expireat")},
      {"EXPIREAT k 9223372036854775", Integer(0)},
      {"PEXPIREAT k 9223372036854775807", Integer(0)},
      {"PEXPIREAT k 9223372036854775808", Error(errors::kNotAnInteger)},
      {"EXPIRE k 1.5", Error(errors::kNotAnInteger)},
      {"EXPIRE k ''", Error(errors::kNotAnInteger)},
      {"EXPIRE k", Error(errors::WrongArity("expire"))},
      {"PEXPIRE k", Error(errors::WrongArity("pexpire"))},
      {"EXPIREAT k", Error(errors::WrongArity("expireat"))},
      {"PEXPIREAT k", Error(errors::WrongArity("pexpireat"))},
  });
}

TEST_CASE("the last deadline of all can be set and told") {
  Play({
      {"SET k v", kOk},
      {"PEXPIREAT k 9223372036854775807", Integer(1)},
      {"PEXPIRETIME k", Integer(9223372036854775807)},
      {"EXPIRETIME k", Integer(9223372036854776)},
      {"GET k", Bulk("v")},
      {"PERSIST k", Integer(1)},
      {"TTL k", Integer(-1)},
  });
}

TEST_CASE("PERSIST clears the deadline") {
  Play({
      {"PERSIST k", Integer(0)},
      {"SET k v", kOk},
      {"PERSIST k", Integer(0)},
      {"PEXPIRE k 10", Integer(1)},
      {"PERSIST k", Integer(1)},
      {"PERSIST k", Integer(0)},
      Wait(1000),
      {"GET k", Bulk("v")},
      {"PERSIST", Error(errors::WrongArity("persist"))},
      {"PERSIST a b", Error(errors::WrongArity("persist"))},
  });
}

TEST_CASE("a value of any size and type keeps its bytes when its deadline comes and goes") {
  for (const size_t size : {0u, 1u, 100u, 16383u, 16384u, 100000u}) {
    CAPTURE(size);
    WithFewAndManyShards([&](TestServer& server, TestClient& client) {
      PutList(server, "list");
      const std::string value(size, 'v');
      CHECK(client.Run({"SET", "k", value}) == kOk);
      CHECK(client.Run("SET n 123456") == kOk);
      for (const char* command : {"EXPIRE list 10", "EXPIRE k 10", "EXPIRE n 10", "EXPIRE k 20",
                                  "EXPIRE n 20", "PERSIST k", "PERSIST n", "PERSIST list"}) {
        CAPTURE(command);
        CHECK(client.Run(command) == Integer(1));
        const bool same = client.Run("GET k") == Bulk(value);
        CHECK(same);
        CHECK(client.Run("GET n") == Bulk("123456"));
        CHECK(client.Run("GET list") == Error(errors::kWrongType));
      }
    });
  }
}

TEST_CASE("expired keys are counted once, whoever finds them") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    client.Run("SET a v PX 10");
    client.Run("SET b v PX 10");
    server.clock().Advance(10);
    CHECK(client.Run("MGET a b") == Array({kNil, kNil}));
    CHECK(client.Run("MGET a b") == Array({kNil, kNil}));
    uint64_t expired = 0;
    for (size_t i = 0; i < server.state().keyspace.shard_count(); ++i) {
      Shard& shard = server.state().keyspace.shard(i);
      ShardGuard guard(shard);
      expired += shard.counters().expired;
    }
    CHECK(expired == 2);
  });
}

}  // namespace larder
