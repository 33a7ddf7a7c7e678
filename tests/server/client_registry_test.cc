// The clients by their ids.
#include "server/client_registry.h"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

namespace larder {

TEST_CASE("Clients have ids that are never used again") {
  ClientRegistry registry;
  const uint64_t first = registry.Add("a:1", "b:2", 5, 0)->id;
  registry.Remove(first);
  const uint64_t second = registry.Add("a:1", "b:2", 5, 0)->id;
  CHECK(first == 1);
  CHECK(second == 2);
  CHECK(registry.Find(first) == nullptr);
  CHECK(registry.Find(second)->peer == "a:1");
  CHECK(registry.size() == 1);
}

TEST_CASE("A client that was found lives on when it is removed") {
  ClientRegistry registry;
  registry.Add("a:1", "b:2", 5, 0);
  const std::shared_ptr<Client> client = registry.Find(1);
  registry.Remove(1);
  registry.Remove(1);
  CHECK(client->local == "b:2");
  CHECK(registry.size() == 0);
}

TEST_CASE("Clients are visited in the order of their ids, and may go meanwhile") {
  ClientRegistry registry;
  for (int i = 0; i < 5; ++i)
    registry.Add("", "", i, 0);
  std::vector<uint64_t> ids;
  registry.ForEach([&](const Client& client) {
    ids.push_back(client.id);
    registry.Remove(client.id);
  });
  CHECK(ids == std::vector<uint64_t>{1, 2, 3, 4, 5});
  CHECK(registry.size() == 0);
}

TEST_CASE("Threads add and remove clients while others list them") {
  ClientRegistry registry;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&registry] {
      for (int n = 0; n < 500; ++n) {
        const uint64_t id = registry.Add("peer", "local", n, 0)->id;
        if (n % 2 == 0) registry.Remove(id);
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    uint64_t last = 0;
    registry.ForEach([&](const Client& client) {
      CHECK(client.id > last);
      last = client.id;
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  CHECK(registry.size() == 750);
}

}  // namespace larder
