// What all sessions share.
#include "server/server_state.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/server/conversation.h"

namespace larder {

TEST_CASE("The keyspace has the shards and databases that the settings want") {
  Settings settings;
  settings.shards = 64;
  settings.databases = 3;
  TestServer server(settings);
  CHECK(server.state().keyspace.shard_count() == 64);
  CHECK(server.state().keyspace.database_count() == 3);
}

TEST_CASE("Each process has a run id of its own") {
  TestServer first;
  TestServer second;
  CHECK(first.state().run_id.size() == 40);
  CHECK(first.state().run_id.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(first.state().run_id != second.state().run_id);
}

TEST_CASE("The most memory that was seen is remembered") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    ServerState& state = server.state();
    CHECK(state.peak_memory == 0);
    client.Run({"SET", "large", std::string(500'000, 'x')});
    state.RecordUsedMemory(state.KeyspaceMemory());
    const size_t peak = state.peak_memory;
    CHECK(peak > 500'000);
    client.Run("DEL large");
    state.RecordUsedMemory(state.KeyspaceMemory());
    CHECK(state.peak_memory == peak);
    state.RecordUsedMemory(peak + 1);
    CHECK(state.peak_memory == peak + 1);
  });
}

}  // namespace larder
