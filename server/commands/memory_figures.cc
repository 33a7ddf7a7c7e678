// Adds up what keyspace, clients and the system say.
#include "server/commands/memory_figures.h"

#include <algorithm>

#include "server/client_description.h"
#include "server/process_facts.h"

namespace larder {

MemoryFigures::MemoryFigures(const ServerState& server, const KeyspaceFigures& keyspace,
                             size_t client_memory)
    : used(keyspace.used_memory + client_memory),
      // A statistic, orders nothing.
      peak(std::max(used, server.peak_memory.load(std::memory_order_relaxed))),
      startup(server.startup_memory),
      clients(client_memory),
      overhead(keyspace.index_memory + client_memory),
      allocated(keyspace.used_memory),
      active(allocated + keyspace.slack),
      held(active + keyspace.free_pages),
      resident(ResidentMemory()) {}

MemoryFigures::Excess MemoryFigures::ExcessOf(size_t whole, size_t part) {
  return {static_cast<double>(whole) / static_cast<double>(std::max<size_t>(part, 1)),
          static_cast<int64_t>(whole) - static_cast<int64_t>(part)};
}

size_t ClientMemory(const ClientRegistry& clients) {
  size_t bytes = 0;
  clients.ForEach([&](const Client& client) { bytes += MemoryOf(client); });
  return bytes;
}

}  // namespace larder
