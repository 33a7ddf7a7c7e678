// Commands on keys of any type: DEL, EXISTS, TYPE, RENAME, COPY, MOVE, RANDOMKEY and their like.
#include "server/commands/keys.h"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"

namespace larder {
namespace {

// A value that is kept outside of its entry.
std::string LargeValue() {
  return std::string(kBlobThreshold + 100, 'v');
}

// How many large values are stored, as bytes.
uint64_t BlobBytes(TestServer& server) {
  uint64_t bytes = 0;
  Keyspace& keyspace = server.state().keyspace;
  for (size_t i = 0; i < keyspace.shard_count(); ++i) {
    ShardGuard guard(keyspace.shard(i));
    bytes += keyspace.shard(i).counters().blob_bytes;
  }
  return bytes;
}

}  // namespace

TEST_CASE("DEL and UNLINK count the keys that were there, each once") {
  for (const std::string name : {"DEL", "UNLINK"}) {
    CAPTURE(name);
    Play({{"MSET a 1 b 2 c 3", kOk},
          {name + " a nothing b a", Integer(2)},
          {name + " a b", Integer(0)},
          {"EXISTS a b c", Integer(1)},
          {"SET a 1 PX 10", kOk},
          Wait(10),
          {name + " a", Integer(0)},
          {name, Error(errors::WrongArity(name == "DEL" ? "del" : "unlink"))}});
  }
}

TEST_CASE("EXISTS and TOUCH count a key as often as it is given") {
  for (const std::string name : {"EXISTS", "TOUCH"}) {
    CAPTURE(name);
    Play({{name + " a", Integer(0)},
          {"MSET a 1 b 2", kOk},
          {name + " a b a nothing", Integer(3)},
          {"PEXPIRE a 10", Integer(1)},
          {name + " a", Integer(1)},
          Wait(10),
          {name + " a b", Integer(1)},
          {name, Error(errors::WrongArity(name == "EXISTS" ? "exists" : "touch"))}});
  }
}

TEST_CASE("EXISTS and TYPE count hits and misses") {
  TestServer server;
  TestClient client(server);
  client.Run("SET a 1");
  for (const char* name : {"EXISTS", "TOUCH", "TYPE"}) {
    CAPTURE(name);
    WithDatabaseOf(server, "a", [&](Database&, const Key& key) {
      server.state().keyspace.shard(server.state().keyspace.ShardOf(key.hash)).counters() = {};
    });
    client.Run(std::string(name) + " a");
    WithDatabaseOf(server, "a", [&](Database&, const Key& key) {
      Keyspace& keyspace = server.state().keyspace;
      CHECK(keyspace.shard(keyspace.ShardOf(key.hash)).counters().hits == 1);
    });
  }
}

TEST_CASE("TYPE names the type of the value, or none") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    PutList(server, "list");
    Play(server, client,
         {{"SET a text PX 5", kOk},
          {"SET n 12", kOk},
          {"TYPE a", "+string\r\n"},
          {"TYPE n", "+string\r\n"},
          {"TYPE list", "+list\r\n"},
          {"TYPE missing", "+none\r\n"},
          Wait(5),
          {"TYPE a", "+none\r\n"},
          {"TYPE", Error(errors::WrongArity("type"))},
          {"TYPE a b", Error(errors::WrongArity("type"))}});
  });
}

TEST_CASE("RENAME carries value and deadline to the new key") {
  Play({{"RENAME a b", Error(errors::kNoSuchKey)},
        {"SET a 1 PX 100", kOk},
        {"RENAME a b", kOk},
        {"GET a", kNil},
        {"GET b", Bulk("1")},
        {"PTTL b", Integer(100)},
        {"SET c 2", kOk},
        {"RENAME c b", kOk},
        {"GET b", Bulk("2")},
        {"PTTL b", Integer(-1)},
        {"DBSIZE", Integer(1)},
        {"RENAME b", Error(errors::WrongArity("rename"))}});
}

TEST_CASE("RENAME to the same name leaves the key alone") {
  Play({{"RENAME a a", Error(errors::kNoSuchKey)},
        {"SET a 1 PX 100", kOk},
        {"RENAME a a", kOk},
        {"RENAMENX a a", Integer(0)},
        {"GET a", Bulk("1")},
        {"PTTL a", Integer(100)},
        Wait(100),
        {"RENAME a a", Error(errors::kNoSuchKey)}});
}

TEST_CASE("RENAMENX leaves a key alone that is taken, but not one that has expired") {
  Play({{"RENAMENX a b", Error(errors::kNoSuchKey)},
        {"SET a 1", kOk},
        {"SET b 2 PX 10", kOk},
        {"RENAMENX a b", Integer(0)},
        {"MGET a b", Array({Bulk("1"), Bulk("2")})},
        Wait(10),
        {"RENAMENX a b", Integer(1)},
        {"MGET a b", Array({kNil, Bulk("1")})},
        {"PTTL b", Integer(-1)},
        {"RENAMENX b", Error(errors::WrongArity("renamenx"))}});
}

TEST_CASE("RENAME finds every pair of shards") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    for (int i = 0; i < 200; ++i) {
      const std::string from = "from" + std::to_string(i);
      const std::string to = "to" + std::to_string(i);
      client.Run({"SET", from, from});
      CHECK(client.Run({"RENAME", from, to}) == kOk);
      CHECK(client.Run({"GET", to}) == Bulk(from));
    }
    CHECK(client.Run("DBSIZE") == Integer(200));
  });
}

TEST_CASE("Large values survive RENAME, COPY and MOVE, and nothing of them is left behind") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    const std::string value = LargeValue();
    client.Run({"SET", "a", value});
    const uint64_t one = BlobBytes(server);
    CHECK(one >= value.size());
    CHECK(client.Run("RENAME a b") == kOk);
    CHECK(BlobBytes(server) == one);
    CHECK(client.Run("MOVE b 3") == Integer(1));
    CHECK(client.Run("SELECT 3") == kOk);
    CHECK(BlobBytes(server) == one);
    CHECK(client.Run("COPY b c") == Integer(1));
    CHECK(client.Run("APPEND c more") == Integer(static_cast<int64_t>(value.size() + 4)));
    CHECK(client.Run("GET b") == Bulk(value));
    CHECK(client.Run("GET c") == Bulk(value + "more"));
    CHECK(client.Run("RENAME c b") == kOk);
    CHECK(client.Run("GET b") == Bulk(value + "more"));
    CHECK(client.Run("DEL b") == Integer(1));
    CHECK(BlobBytes(server) == 0);
  });
}

TEST_CASE("A renamed large value can be changed in place") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    const std::string value = LargeValue();
    client.Run({"SET", "a", value});
    client.Run("RENAME a b");
    CHECK(client.Run("SETRANGE b 0 xyz") == Integer(static_cast<int64_t>(value.size())));
    CHECK(client.Run("GETRANGE b 0 4") == Bulk("xyzvv"));
  });
}

TEST_CASE("COPY leaves the source alone, and the destination unless told to replace it") {
  Play({{"COPY a b", Integer(0)},
        {"SET a 1 PX 100", kOk},
        {"COPY a b", Integer(1)},
        {"MGET a b", Array({Bulk("1"), Bulk("1")})},
        {"PTTL b", Integer(100)},
        {"PTTL a", Integer(100)},
        {"SET c 3", kOk},
        {"COPY c b", Integer(0)},
        {"GET b", Bulk("1")},
        {"COPY c b REPLACE", Integer(1)},
        {"GET b", Bulk("3")},
        {"PTTL b", Integer(-1)},
        {"COPY a c replace", Integer(1)},
        Wait(100),
        {"COPY b c", Integer(1)},
        {"COPY a d", Integer(0)}});
}

TEST_CASE("COPY takes another database") {
  Play({{"SET a 1", kOk},
        {"COPY a a DB 1", Integer(1)},
        {"COPY a a DB 1", Integer(0)},
        {"COPY a b db 1 replace", Integer(1)},
        {"COPY a b REPLACE DB 2", Integer(1)},
        {"COPY a a DB 0", Error(errors::kSameObject)},
        {"COPY a c DB 3 DB 0", Integer(1)},
        {"DBSIZE", Integer(2)},
        {"SELECT 1", kOk},
        {"MGET a b", Array({Bulk("1"), Bulk("1")})},
        {"SELECT 2", kOk},
        {"DBSIZE", Integer(1)}});
}

TEST_CASE("COPY and MOVE refuse what they do not understand") {
  const std::string too_large = Error(errors::kNotA32BitInteger);
  Play({{"SET a 1", kOk},
        {"COPY a a", Error(errors::kSameObject)},
        {"COPY nothing nothing", Error(errors::kSameObject)},
        {"COPY a b c", Error(errors::kSyntax)},
        {"COPY a b DB", Error(errors::kSyntax)},
        {"COPY a b REPLACE DB", Error(errors::kSyntax)},
        {"COPY a b DB x", Error(errors::kNotAnInteger)},
        {"COPY a b DB 1.5", Error(errors::kNotAnInteger)},
        {"COPY a b DB 16", Error(errors::kDbIndexOutOfRange)},
        {"COPY a b DB -1", Error(errors::kDbIndexOutOfRange)},
        {"COPY a b DB 3000000000", too_large},
        {"COPY a", Error(errors::WrongArity("copy"))},
        {"MOVE a 0", Error(errors::kSameObject)},
        {"MOVE nothing 0", Error(errors::kSameObject)},
        {"MOVE a x", Error(errors::kNotAnInteger)},
        {"MOVE a 16", Error(errors::kDbIndexOutOfRange)},
        {"MOVE a -1", Error(errors::kDbIndexOutOfRange)},
        {"MOVE a -3000000000", too_large},
        {"MOVE a", Error(errors::WrongArity("move"))},
        {"GET a", Bulk("1")}});
}

TEST_CASE("MOVE takes a key with its deadline to another database, unless it is there") {
  Play({{"MOVE a 1", Integer(0)},
        {"SET a 1 PX 100", kOk},
        {"MOVE a 1", Integer(1)},
        {"EXISTS a", Integer(0)},
        {"SET a 2", kOk},
        {"MOVE a 1", Integer(0)},
        {"GET a", Bulk("2")},
        {"SELECT 1", kOk},
        {"GET a", Bulk("1")},
        {"PTTL a", Integer(100)},
        Wait(100),
        {"SELECT 0", kOk},
        {"MOVE a 1", Integer(1)},
        {"SELECT 1", kOk},
        {"GET a", Bulk("2")}});
}

TEST_CASE("RANDOMKEY finds every key, none that has expired, and nothing where there is none") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    CHECK(client.Run("RANDOMKEY") == kNil);
    std::set<std::string> expected;
    for (int i = 0; i < 20; ++i) {
      const std::string key = "key" + std::to_string(i);
      client.Run({"SET", key, "v"});
      expected.insert(Bulk(key));
    }
    std::set<std::string> found;
    for (int i = 0; i < 5000 && found.size() < expected.size(); ++i) {
      found.insert(client.Run("RANDOMKEY"));
    }
    CHECK(found == expected);

    client.Run("SET lasting v");
    for (int i = 0; i < 20; ++i)
      client.Run({"PEXPIRE", "key" + std::to_string(i), "10"});
    server.clock().Advance(10);
    for (int i = 0; i < 50; ++i)
      CHECK(client.Run("RANDOMKEY") == Bulk("lasting"));
    client.Run("SELECT 1");
    CHECK(client.Run("RANDOMKEY") == kNil);
    CHECK(client.Run("RANDOMKEY x") == Error(errors::WrongArity("randomkey")));
  });
}

TEST_CASE("RANDOMKEY finds the one key that is left among very many that have just expired") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    for (int i = 0; i < 2000; ++i)
      client.Run({"SET", "k" + std::to_string(i), "v", "PX", "10"});
    client.Run("SET lasting v");
    server.clock().Advance(10);
    CHECK(client.Run("RANDOMKEY") == Bulk("lasting"));
    client.Run("DEL lasting");
    for (int i = 0; i < 30; ++i)
      CHECK(client.Run("RANDOMKEY") == kNil);
  });
}

TEST_CASE("RANDOMKEY chooses all keys about equally often, whichever shard they are in") {
  TestServer server;
  TestClient client(server);
  constexpr int kKeys = 50;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kKeys; ++i)
    client.Run({"SET", "k" + std::to_string(i), "v"});
  std::map<std::string, int> drawn;
  for (int i = 0; i < kDraws; ++i)
    ++drawn[client.Run("RANDOMKEY")];
  CHECK(drawn.size() == kKeys);
  for (const auto& key_and_times : drawn) {
    CAPTURE(key_and_times.first);
    CHECK(key_and_times.second > kDraws / kKeys / 2);
    CHECK(key_and_times.second < kDraws / kKeys * 2);
  }
}

}  // namespace larder
