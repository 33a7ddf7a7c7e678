// Tests of what clients use, and of which clients go when it is too much.
#include "server/client_memory.h"

#include <doctest/doctest.h>

#include "server/client_description.h"

namespace larder {
namespace {

std::shared_ptr<Client> AddClient(ClientRegistry& clients, uint64_t output) {
  std::shared_ptr<Client> client = clients.Add("127.0.0.1:1", "127.0.0.1:2", -1, 0);
  client->output_memory = output;
  return client;
}

}  // namespace

TEST_CASE("the greediest clients are dropped, and only as many as needed") {
  ClientRegistry clients;
  const auto small = AddClient(clients, 1000);
  const auto large = AddClient(clients, 500'000);
  const auto larger = AddClient(clients, 600'000);
  const auto tiny = AddClient(clients, 0);
  CHECK(ClientsToDrop(clients, 2'000'000).empty());
  CHECK(ClientsToDrop(clients, 1'000'000) == std::set<uint64_t>{larger->id});
  CHECK(ClientsToDrop(clients, 100'000) == std::set<uint64_t>{larger->id, large->id});
  CHECK(ClientsToDrop(clients, 0).empty());  // there is no limit
  CHECK(ClientsToDrop(clients, 1).size() == 4);
}

TEST_CASE("what the clients of a thread use counts against both limits") {
  Keyspace keyspace(1, 1, 0);
  MemoryLimit limit(keyspace);
  Settings settings;
  settings.maxmemory = 100'000'000;
  settings.maxmemory_clients = 1'000'000;
  limit.set_client_threads(1);
  limit.Apply(settings);
  const size_t empty = limit.budget().used();
  size_t one = 0;
  {
    ClientMemory memory(limit);
    one = memory.Update(one, 600'000);
    CHECK_FALSE(memory.exceeds_limit());
    const size_t two = memory.Update(0, 700'000);
    CHECK(memory.exceeds_limit());
    CHECK(limit.budget().used() == empty + 1'300'000);
    one = memory.Update(one, 0);
    CHECK_FALSE(memory.exceeds_limit());
    CHECK(limit.budget().used() == empty + two);
  }
  CHECK(limit.budget().used() == empty);
  CHECK(limit.clients().used() == 0);
}

}  // namespace larder
