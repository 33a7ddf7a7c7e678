// Tests of maxmemory and its companions as clients see them.
#include "server/memory_limit.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/server/harness.h"

namespace larder {
namespace {

constexpr std::string_view kOom = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";

std::string Field(TestClient& client, const std::string& name) {
  const std::string info = client.Run("INFO");
  const size_t at = info.find("\r\n" + name + ":");
  if (at == std::string::npos) return "(missing)";
  const size_t begin = at + name.size() + 3;
  return info.substr(begin, info.find("\r\n", begin) - begin);
}

uint64_t Number(TestClient& client, const std::string& name) {
  return std::stoull(Field(client, name));
}

// Sets the limit to what is used now, and so many bytes.
void LeaveRoom(TestClient& client, uint64_t bytes) {
  REQUIRE(client.Run({"CONFIG", "SET", "maxmemory",
                      std::to_string(Number(client, "used_memory") + bytes)}) == "+OK\r\n");
}

// Fills the memory with small keys until a write is refused; returns how many fitted in.
int FillUp(TestClient& client, size_t value_size) {
  int keys = 0;
  while (client.Run({"SET", "fill:" + std::to_string(keys), std::string(value_size, 'v')}) ==
         "+OK\r\n") {
    REQUIRE(++keys < 100'000);
  }
  return keys;
}

}  // namespace

TEST_CASE("what cannot be made room for is refused in Redis's words and changes nothing") {
  TestServer server;
  TestClient client(server);
  client.Run("CONFIG SET maxmemory-policy noeviction");
  client.Run("SET kept value");
  client.Run("SET number 5");
  client.Run({"SET", "large", std::string(20'000, 'x')});
  LeaveRoom(client, 100'000);
  const int keys = FillUp(client, 500);
  CHECK(keys > 100);
  const std::string value(2000, 'w');
  const std::string size = client.Run("DBSIZE");

  CHECK(client.Run({"SET", "kept", value}) == kOom);
  CHECK(client.Run({"SETEX", "kept", "10", value}) == kOom);
  CHECK(client.Run({"SETNX", "new", value}) == kOom);
  CHECK(client.Run({"GETSET", "kept", value}) == kOom);
  CHECK(client.Run({"APPEND", "kept", value}) == kOom);
  CHECK(client.Run({"SETRANGE", "kept", "100000", "x"}) == kOom);
  CHECK(client.Run({"MSET", "kept", value, "other", value}) == kOom);
  CHECK(client.Run({"MSETNX", "a", value, "b", value}) == kOom);
  CHECK(client.Run("GET kept") == "$5\r\nvalue\r\n");
  CHECK(client.Run("TTL kept") == ":-1\r\n");
  CHECK(client.Run("DBSIZE") == size);
  // What frees memory or reads is allowed, and so is what then fits in.
  CHECK(client.Run("EXPIRE kept 100") == ":1\r\n");
  CHECK(client.Run("DEL large") == ":1\r\n");
  CHECK(client.Run({"SET", "kept", value}) == "+OK\r\n");
  CHECK(client.Run("INCR number") == ":6\r\n");
  CHECK(Number(client, "used_memory") <= Number(client, "maxmemory"));
  CHECK(Field(client, "errorstat_OOM") == "count=9");
}

TEST_CASE("a transaction is refused when a command is queued, or when it is carried out") {
  TestServer server;
  TestClient client(server);
  TestClient other(server);
  client.Run("CONFIG SET maxmemory-policy noeviction");
  LeaveRoom(client, 50'000);
  FillUp(client, 500);
  const std::string value(2000, 'w');
  client.Run("MULTI");
  CHECK(client.Run({"SET", "a", value}) == kOom);
  CHECK(client.Run("GET a") == "+QUEUED\r\n");
  CHECK(client.Run("EXEC") == "-EXECABORT Transaction discarded because of previous errors.\r\n");
  // Memory becomes short between queueing and EXEC.
  client.Run("CONFIG SET maxmemory 0");
  client.Run("MULTI");
  CHECK(client.Run({"SET", "a", value}) == "+QUEUED\r\n");
  other.Run("CONFIG SET maxmemory 1");
  CHECK(client.Run("EXEC") ==
        "-EXECABORT Transaction discarded because of: OOM command not allowed when used memory > "
        "'maxmemory'.\r\n");
  CHECK(client.Run("GET a") == "$-1\r\n");
  // One that only reads is carried out.
  client.Run("MULTI");
  client.Run("GET a");
  CHECK(client.Run("EXEC") == "*1\r\n$-1\r\n");
}

TEST_CASE("the limit holds while keys are evicted, and INFO counts them") {
  TestServer server;
  TestClient client(server);
  LeaveRoom(client, 1'000'000);
  constexpr int kKeys = 5000;
  for (int i = 0; i < kKeys; ++i) {
    REQUIRE(client.Run({"SET", "key:" + std::to_string(i), std::string(500, 'v')}) == "+OK\r\n");
    if (i % 500 == 0) CHECK(Number(client, "used_memory") <= Number(client, "maxmemory"));
  }
  const std::string size = client.Run("DBSIZE");
  const uint64_t left = std::stoull(size.substr(1));
  CHECK(left > 1500);
  CHECK(Number(client, "evicted_keys") == kKeys - left);
  CHECK(Field(client, "maxmemory_policy") == "allkeys-s3fifo");
  CHECK(Field(client, "mem_clients_normal") != "(missing)");
  client.Run("CONFIG RESETSTAT");
  CHECK(Number(client, "evicted_keys") == 0);
}

TEST_CASE("a value larger than all memory is refused and evicts nothing") {
  TestServer server;
  TestClient client(server);
  LeaveRoom(client, 1'000'000);
  for (int i = 0; i < 1000; ++i)
    client.Run({"SET", "key:" + std::to_string(i), std::string(500, 'v')});
  CHECK(client.Run({"SET", "huge", std::string(2'000'000, 'v')}) == kOom);
  CHECK(client.Run({"SETRANGE", "huge", "2000000", "v"}) == kOom);
  CHECK(client.Run("DBSIZE") == ":1000\r\n");
  CHECK(Number(client, "evicted_keys") == 0);
}

TEST_CASE("bits set within a large string need no room, beyond its end they do") {
  TestServer server;
  TestClient client(server);
  REQUIRE(client.Run("SETBIT large 63999999 1") == ":0\r\n");
  LeaveRoom(client, 4'000'000);
  for (int i = 0; i < 1000; ++i)
    client.Run({"SET", "key:" + std::to_string(i), std::string(500, 'v')});
  CHECK(client.Run("SETBIT large 63000000 1") == ":0\r\n");
  CHECK(client.Run("BITFIELD large SET u8 #7000000 7") == "*1\r\n:0\r\n");
  CHECK(client.Run("SETRANGE large 7000000 x") == ":8000000\r\n");
  CHECK(client.Run("DBSIZE") == ":1001\r\n");
  CHECK(Number(client, "evicted_keys") == 0);

  client.Run("CONFIG SET maxmemory-policy noeviction");
  CHECK(client.Run("SETBIT large 640000000 1") == kOom);
  CHECK(client.Run("SETBIT new 80000000 1") == kOom);
  CHECK(client.Run("BITFIELD new GET u8 0 SET u8 80000000 1") == kOom);
  CHECK(client.Run("BITOP NOT new large") == kOom);
  CHECK(client.Run("STRLEN large") == ":8000000\r\n");
  CHECK(client.Run("EXISTS new") == ":0\r\n");

  client.Run("CONFIG SET maxmemory-policy allkeys-lru");
  CHECK(client.Run("SETBIT new 28000000 1") == ":0\r\n");
  CHECK(Number(client, "evicted_keys") > 0);
  CHECK(Number(client, "used_memory") <= Number(client, "maxmemory"));
}

TEST_CASE("a string cannot be made to grow far beyond the limit by copying it") {
  TestServer server;
  TestClient client(server);
  client.Run({"SET", "large", std::string(8'000'000, 'v')});
  LeaveRoom(client, 1'000'000);
  CHECK(client.Run("COPY large copy") == kOom);
  CHECK(client.Run("EXISTS copy") == ":0\r\n");
  CHECK(client.Run("CONFIG SET maxmemory 0") == "+OK\r\n");
  CHECK(client.Run("COPY large copy") == ":1\r\n");
}

TEST_CASE("CONFIG tells and takes the settings of memory") {
  Settings settings;
  settings.usable_memory = 1'000'000'000;
  TestServer server(settings);
  TestClient client(server);
  const auto get = [&](std::string_view name) {
    const std::string reply = client.Run({"CONFIG", "GET", name});
    const size_t end = reply.rfind("\r\n");
    return reply.substr(reply.rfind('\n', end - 1) + 1, end - reply.rfind('\n', end - 1) - 1);
  };
  CHECK(get("maxmemory") == "750000000");
  CHECK(Number(client, "maxmemory") == 750'000'000);
  CHECK(get("maxmemory-policy") == "allkeys-s3fifo");
  client.Run("CONFIG SET maxmemory 50%");
  CHECK(get("maxmemory") == "500000000");
  client.Run("CONFIG SET maxmemory 100mb");
  CHECK(get("maxmemory") == "104857600");
  CHECK(Number(client, "maxmemory") == 104'857'600);
  client.Run("CONFIG SET maxmemory-clients 10%");
  CHECK(get("maxmemory-clients") == "10%");
  CHECK(server.state().memory.clients().limit() == 10'485'760);
  client.Run("CONFIG SET maxmemory-clients 1mb");
  CHECK(get("maxmemory-clients") == "1048576");
  CHECK(client.Run("CONFIG SET maxmemory 101%").find("percentage argument must be less or equal") !=
        std::string::npos);
  CHECK(client.Run("CONFIG SET maxmemory many").find("must be a memory or percent value") !=
        std::string::npos);
  CHECK(client.Run("CONFIG SET maxmemory-policy fifo").find("must be one of the following") !=
        std::string::npos);
  CHECK(client.Run("CONFIG SET maxmemory-samples 0").find("between 1 and 64") != std::string::npos);
  for (const std::string_view policy : kEvictionPolicyWords) {
    CHECK(client.Run({"CONFIG", "SET", "maxmemory-policy", policy}) == "+OK\r\n");
    CHECK(Field(client, "maxmemory_policy") == policy);
  }
  client.Run("CONFIG SET maxmemory 0");
  CHECK(Number(client, "maxmemory") == 0);
}

TEST_CASE("CONFIG SET of memory works within a transaction that holds shards") {
  TestServer server;
  TestClient client(server);
  client.Run("MULTI");
  client.Run("SET a 1");
  client.Run("CONFIG SET maxmemory 100mb");
  client.Run("CONFIG SET maxmemory-policy allkeys-lru");
  client.Run("SET b 2");
  CHECK(client.Run("EXEC") == "*4\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n");
}

TEST_CASE("the time beyond the limit is measured") {
  TestServer server;
  TestClient client(server);
  MemoryLimit& memory = server.state().memory;
  const auto tick = [&] { memory.Tick(server.clock().MonotonicUs()); };
  tick();
  CHECK(Number(client, "total_eviction_exceeded_time") == 0);
  client.Run("SET key value");
  client.Run("CONFIG SET maxmemory 1");
  tick();
  server.clock().Advance(300);
  tick();
  CHECK(Number(client, "current_eviction_exceeded_time") == 300);
  CHECK(Number(client, "total_eviction_exceeded_time") == 300);
  client.Run("CONFIG SET maxmemory 0");
  tick();
  server.clock().Advance(300);
  CHECK(Number(client, "current_eviction_exceeded_time") == 0);
  CHECK(Number(client, "total_eviction_exceeded_time") == 300);
  client.Run("CONFIG RESETSTAT");
  CHECK(Number(client, "total_eviction_exceeded_time") == 0);
}

}  // namespace larder
