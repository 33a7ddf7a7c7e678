// Finds the clients that use the most memory.
#include "server/client_memory.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/client_description.h"

namespace larder {

std::set<uint64_t> ClientsToDrop(const ClientRegistry& clients, size_t limit) {
  std::set<uint64_t> dropped;
  if (limit == 0) return dropped;
  std::vector<std::pair<size_t, uint64_t>> by_memory;
  size_t total = 0;
  clients.ForEach([&](const Client& client) {
    const size_t bytes = MemoryOf(client);
    total += bytes;
    if (!client.has(kClientNoEvict)) by_memory.emplace_back(bytes, client.id);
  });
  std::sort(by_memory.rbegin(), by_memory.rend());
  for (const auto& [bytes, id] : by_memory) {
    if (total <= limit) break;
    total -= bytes;
    dropped.insert(id);
  }
  return dropped;
}

}  // namespace larder
