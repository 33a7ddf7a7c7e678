// Commands on whole databases: DBSIZE, SWAPDB, FLUSHDB, FLUSHALL.
#include "server/commands/databases.h"

#include <doctest/doctest.h>

#include <string>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"

namespace larder {

TEST_CASE("DBSIZE counts the keys of the selected database over all shards") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    CHECK(client.Run("DBSIZE") == Integer(0));
    for (int i = 0; i < 1000; ++i)
      client.Run({"SET", "k" + std::to_string(i), "v"});
    Play(server, client,
         {{"DBSIZE", Integer(1000)},
          {"SET k1 again", kOk},
          {"DEL k2 k3", Integer(2)},
          {"DBSIZE", Integer(998)},
          {"SELECT 1", kOk},
          {"DBSIZE", Integer(0)},
          {"DBSIZE x", Error(errors::WrongArity("dbsize"))}});
  });
}

TEST_CASE("SWAPDB lets two databases change places, for everybody") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    TestClient other(server);
    Play(server, client,
         {{"SET a zero", kOk},
          {"SET b zero PX 100", kOk},
          {"SELECT 5", kOk},
          {"SET a five", kOk},
          {"SWAPDB 0 5", kOk},
          {"MGET a b", Array({Bulk("zero"), Bulk("zero")})},
          {"PTTL b", Integer(100)},
          {"SWAPDB 3 3", kOk}});
    CHECK(other.Run("MGET a b") == Array({Bulk("five"), kNil}));
    CHECK(other.Run("SWAPDB 7 5") == kOk);  // 7 was never used
    CHECK(client.Run("DBSIZE") == Integer(0));
    CHECK(client.Run("SET new 1") == kOk);
    CHECK(other.Run("SWAPDB 5 0") == kOk);
    CHECK(other.Run("GET new") == Bulk("1"));
    server.clock().Advance(100);
    CHECK(client.Run("SELECT 7") == kOk);
    CHECK(client.Run("MGET a b") == Array({Bulk("zero"), kNil}));
  });
}

TEST_CASE("SWAPDB refuses what is no database") {
  Play({{"SWAPDB x 1", Error("ERR invalid first DB index")},
        {"SWAPDB 1 x", Error("ERR invalid second DB index")},
        {"SWAPDB 3000000000 1", Error("ERR invalid first DB index")},
        {"SWAPDB 1 -3000000000", Error("ERR invalid second DB index")},
        {"SWAPDB 16 1", Error("ERR DB index is out of range")},
        {"SWAPDB 1 -1", Error("ERR DB index is out of range")},
        {"SWAPDB 99 x", Error("ERR invalid second DB index")},
        {"SWAPDB 1", Error(errors::WrongArity("swapdb"))}});
}

TEST_CASE("FLUSHDB empties the selected database alone, FLUSHALL every one") {
  for (const std::string how : {"", " ASYNC", " sync"}) {
    CAPTURE(how);
    Play({{"MSET a 1 b 2", kOk},
          {"SELECT 1", kOk},
          {"SET c 3", kOk},
          {"FLUSHDB" + how, kOk},
          {"DBSIZE", Integer(0)},
          {"GET c", kNil},
          {"SELECT 0", kOk},
          {"MGET a b", Array({Bulk("1"), Bulk("2")})},
          {"FLUSHALL" + how, kOk},
          {"DBSIZE", Integer(0)},
          {"KEYS *", Array({})},
          {"MGET a b", Array({kNil, kNil})},
          {"FLUSHALL" + how, kOk},
          {"SET a again", kOk},
          {"GET a", Bulk("again")}});
  }
}

TEST_CASE("FLUSHDB and FLUSHALL refuse other words") {
  for (const std::string name : {"FLUSHDB", "FLUSHALL"}) {
    Play({{"SET a 1", kOk},
          {name + " NOW", Error(errors::kSyntax)},
          {name + " ASYNC SYNC", Error(errors::kSyntax)},
          {"GET a", Bulk("1")}});
  }
}

TEST_CASE("What was flushed is forgotten with its deadline, and its memory is given back") {
  for (const size_t shards : {1, 16}) {
    CAPTURE(shards);
    TestServer server(shards);
    TestClient client(server);
    Keyspace& keyspace = server.state().keyspace;
    const auto used_memory = [&] {
      size_t bytes = 0;
      for (size_t i = 0; i < shards; ++i) {
        ShardGuard guard(keyspace.shard(i));
        bytes += keyspace.shard(i).used_memory();
      }
      return bytes;
    };
    const std::string large(kBlobThreshold, 'x');
    for (int i = 0; i < 3000; ++i) {
      client.Run({"SET", "k" + std::to_string(i), i % 100 == 0 ? large : "v", "PX", "10"});
    }
    const size_t full = used_memory();
    client.Run("FLUSHALL");
    client.Run("SET k1 new");
    server.clock().Advance(20);
    CHECK(client.Run("GET k1") == Bulk("new"));
    for (size_t i = 0; i < shards; ++i) {
      ShardGuard guard(keyspace.shard(i));
      Shard& shard = keyspace.shard(i);
      CHECK(shard.has_flushed());
      while (shard.Reclaim(64)) {
      }
      CHECK_FALSE(shard.has_flushed());
      CHECK(shard.counters().blob_bytes == 0);
    }
    CHECK(used_memory() < full / 4);
    CHECK(client.Run("GET k1") == Bulk("new"));
  }
}

}  // namespace larder
