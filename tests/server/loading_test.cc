// Tests of what clients see while a snapshot is loaded.
#include <doctest/doctest.h>

#include <string>

#include "server/load_status.h"
#include "tests/server/conversation.h"

namespace larder {
namespace {

using Phase = LoadStatus::Phase;

const std::string kLoading = Error("LOADING Larder is loading the dataset in memory");

TEST_CASE("while the server loads, commands on data are refused and others are served") {
  TestServer server;
  TestClient before(server);
  server.state().load.set_phase(Phase::kRefusing);
  TestClient client(server);
  for (const char* command : {"GET key", "SET key value", "PING", "DBSIZE", "FLUSHALL", "DEL a b c",
                              "OBJECT FREQ key", "DUMP key"}) {
    CAPTURE(command);
    CHECK(client.Run(command) == kLoading);
  }
  for (const char* command : {"INFO", "CONFIG GET port", "CLIENT ID", "SELECT 3", "HELLO 2"}) {
    CAPTURE(command);
    CHECK(client.Run(command) != kLoading);
  }
  CHECK(client.Run("NOPE").starts_with("-ERR unknown command"));
  CHECK(client.Run("GET") == Error("ERR wrong number of arguments for 'get' command"));
  server.state().load.set_phase(Phase::kNone);
  CHECK(client.Run("SET key value") == kOk);
  CHECK(client.Run("GET key") == Bulk("value"));
  CHECK(before.Run("GET key") == kNil);
}

TEST_CASE("a transaction that begins while the server loads is dropped with it") {
  TestServer server;
  TestClient client(server);
  server.state().load.set_phase(Phase::kRefusing);
  CHECK(client.Run("MULTI") == kOk);
  CHECK(client.Run("SET key value") == kLoading);
  server.state().load.set_phase(Phase::kNone);
  CHECK(client.Run("GET key") == "+QUEUED\r\n");
  CHECK(client.Run("EXEC").starts_with("-EXECABORT"));
}

TEST_CASE("who has no password is told so before anything else") {
  TestServer server;
  server.state().load.set_phase(Phase::kRefusing);
  TestClient admin(server);
  CHECK(admin.Run("CONFIG SET requirepass secret") == kOk);
  TestClient client(server);
  CHECK(client.Run("GET key").starts_with("-NOAUTH"));
  CHECK(client.Run("AUTH secret") == kOk);
  CHECK(client.Run("GET key") == kLoading);
  server.state().load.set_phase(Phase::kNone);
  CHECK(client.Run("GET key") == kNil);
}

// Whether a key of the file would still be loaded.
bool IsWanted(TestServer& server, size_t database, std::string_view name) {
  Keyspace& keyspace = server.state().keyspace;
  const uint64_t hash = HashKey(name);
  Shard& shard = keyspace.shard(keyspace.ShardOf(hash));
  const ShardGuard guard(shard);
  return shard.LoadTarget(database, hash).has_value();
}

TEST_CASE("where clients are served meanwhile, every key that they write or remove is noted") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    Keyspace& keyspace = server.state().keyspace;
    for (size_t i = 0; i < keyspace.shard_count(); ++i) {
      const ShardGuard guard(keyspace.shard(i));
      keyspace.shard(i).BeginLoad();
    }
    server.state().load.set_phase(Phase::kServing);
    CHECK(client.Run("SET written value") == kOk);
    CHECK(client.Run("DEL removed") == Integer(0));
    CHECK(client.Run("MSET one 1 two 2") == kOk);
    CHECK(client.Run("GET read") == kNil);
    CHECK(client.Run("MULTI") == kOk);
    client.Run("SET queued value");
    client.Run("EXEC");
    CHECK(client.Run("COPY written copied DB 3") == Integer(1));
    CHECK(client.Run("MOVE one 4") == Integer(1));
    for (const char* name : {"written", "removed", "one", "two", "queued"}) {
      CAPTURE(name);
      CHECK_FALSE(IsWanted(server, 0, name));
    }
    CHECK(IsWanted(server, 0, "read"));
    CHECK(IsWanted(server, 0, "copied") == false);
    CHECK_FALSE(IsWanted(server, 3, "copied"));
    CHECK_FALSE(IsWanted(server, 4, "one"));
    CHECK(IsWanted(server, 4, "written"));

    std::vector<std::string> many = {"DEL"};
    for (int i = 0; i < 2000; ++i)
      many.push_back("many:" + std::to_string(i));
    CHECK(client.Feed(ArrayOfBulks(many)) == Integer(0));
    CHECK_FALSE(IsWanted(server, 0, "many:1999"));

    client.Run("SELECT 5");
    CHECK(client.Run("FLUSHDB") == kOk);
    CHECK_FALSE(IsWanted(server, 5, "anything"));
    CHECK(IsWanted(server, 6, "anything"));
  });
}

TEST_CASE("INFO tells how far a load has come") {
  TestServer server;
  TestClient client(server);
  CHECK(client.Run("INFO persistence").find("loading:0\r\n") != std::string::npos);
  CHECK(client.Run("INFO persistence").find("loading_total_bytes") == std::string::npos);
  LoadStatus& load = server.state().load;
  load.set_phase(Phase::kRefusing);
  load.started_ms = TestServer::kStartMs;
  load.progress.total_bytes = 1000;
  load.progress.loaded_bytes = 250;
  load.used_memory = 4321;
  server.clock().Advance(2000);
  const std::string info = client.Run("INFO persistence");
  for (const char* line : {"loading:1", "loading_start_time:1700000000", "loading_total_bytes:1000",
                           "loading_rdb_used_mem:4321", "loading_loaded_bytes:250",
                           "loading_loaded_perc:25.00", "loading_eta_seconds:6"}) {
    CAPTURE(line);
    CHECK(info.find("\r\n" + std::string(line) + "\r\n") != std::string::npos);
  }
}

}  // namespace
}  // namespace larder
