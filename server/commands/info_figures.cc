// Collects the figures of shards and clients.
#include "server/commands/info_figures.h"

#include <algorithm>
#include <atomic>

#include "server/client_description.h"

namespace larder {

void KeyspaceFigures::Add(Shard& shard, int64_t now_ms) {
  for (size_t i = 0; i < databases.size(); ++i) {
    const larder::Database* part = shard.database_if_present(i);
    if (part == nullptr) continue;
    const double ttl = static_cast<double>(part->mean_deadline_ms() - now_ms);
    databases[i].keys += part->size();
    databases[i].expiring += part->expiring();
    databases[i].ttl_sum_ms += ttl * static_cast<double>(part->expiring());
    databases[i].table_memory += part->table_memory();
    databases[i].wheel_memory += part->wheel_memory();
    index_memory += part->index_memory();
  }
  index_memory += shard.eviction().memory();
  counters.hits += shard.counters().hits;
  counters.misses += shard.counters().misses;
  counters.expired += shard.counters().expired;
  counters.evicted += shard.counters().evicted;
  used_memory += shard.used_memory();
  const Arena& arena = shard.arena();
  slack += arena.slack_bytes();
  free_pages += arena.committed_bytes() - arena.used_bytes() - arena.slack_bytes();
  flushed_entries += shard.flushed_entries();
  compacting += shard.compacting();
}

int64_t KeyspaceFigures::Database::mean_ttl_ms() const {
  if (expiring == 0) return 0;
  return std::max<int64_t>(0, static_cast<int64_t>(ttl_sum_ms / static_cast<double>(expiring)));
}

ClientFigures::ClientFigures(const ClientRegistry& clients) {
  const auto load = [](const std::atomic<uint64_t>& value) {
    return value.load(std::memory_order_relaxed);  // a statistic, orders nothing
  };
  clients.ForEach([&](const Client& client) {
    memory += MemoryOf(client);
    largest_input = std::max(largest_input, load(client.input_bytes) + load(client.input_room));
    largest_output = std::max(largest_output, load(client.output_memory));
    held += client.has(kClientHeld);
    watching += client.watched_keys.load(std::memory_order_relaxed) > 0;  // as above
  });
}

}  // namespace larder
