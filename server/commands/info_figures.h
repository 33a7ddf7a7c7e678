// What INFO says about all keys and about all clients together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/client_registry.h"
#include "storage/shard.h"

namespace larder {

// Added up shard by shard.
struct KeyspaceFigures {
  struct Database {
    size_t keys = 0;
    size_t expiring = 0;
    double ttl_sum_ms = 0;
    size_t table_memory = 0;
    size_t wheel_memory = 0;

    // The mean time that keys with a deadline have left. Those that have expired and were not
    // removed yet would make it less than zero.
    int64_t mean_ttl_ms() const;
  };

  explicit KeyspaceFigures(size_t count) : databases(count) {}

  // Requires: the shard's lock is held.
  void Add(Shard& shard, int64_t now_ms);

  std::vector<Database> databases;
  ShardCounters counters;
  size_t used_memory = 0;   // entries, values, index and timers
  size_t index_memory = 0;  // index and timers alone
  size_t slack = 0;         // of the memory dealt out for entries: in which none lies
  size_t free_pages = 0;    // of it: kept for reuse
  size_t flushed_entries = 0;
  size_t compacting = 0;  // shards that are moving entries together
};

struct ClientFigures {
  explicit ClientFigures(const ClientRegistry& clients);

  size_t memory = 0;
  uint64_t largest_input = 0;
  uint64_t largest_output = 0;
  uint64_t held = 0;      // by a pause
  uint64_t watching = 0;  // keys
};

}  // namespace larder
