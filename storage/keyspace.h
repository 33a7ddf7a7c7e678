// All keys: the databases, spread over shards by the keys' hashes.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "storage/memory_budget.h"
#include "storage/shard.h"

namespace larder {

// Figures of one database over all shards.
struct DatabaseTotals {
  size_t keys = 0;
  size_t expiring = 0;
  int64_t mean_deadline_ms = 0;
};

// Figures of the whole keyspace.
struct KeyspaceTotals {
  std::vector<DatabaseTotals> databases;
  ShardCounters counters;
  size_t used_memory = 0;   // bytes of entries, values, index, timers and queues
  size_t index_memory = 0;  // bytes of index, timers and queues alone
  size_t keys = 0;
};

// Owns the shards.
//
// Thread safety: the keyspace itself is constant; what its shards hold is guarded by their locks.
class Keyspace {
 public:
  static constexpr size_t kMaxShards = 4096;

  // Requires: `shards` is a power of two, at most kMaxShards.
  Keyspace(size_t shards, size_t databases, int64_t now_ms);

  size_t shard_count() const { return shards_.size(); }
  size_t database_count() const { return databases_; }

  // The highest bits of the hash choose the shard.
  size_t ShardOf(uint64_t hash) const { return hash >> 1 >> shift_; }
  Shard& shard(size_t index) { return *shards_[index]; }

  // Requires: the lock of the key's shard is held.
  Database& DatabaseOf(const Key& key, size_t database) {
    return shard(ShardOf(key.hash)).database(database);
  }

  // What all shards use, together with whatever else is counted against the limit.
  MemoryBudget& budget() { return budget_; }
  const MemoryBudget& budget() const { return budget_; }

  // Requires: the locks of all shards are held.
  KeyspaceTotals Totals();
  size_t Size(size_t database);
  void Flush(size_t database);
  void FlushAll();
  void Swap(size_t a, size_t b, int64_t now_ms);
  void ResetCounters(int64_t now_ms);

 private:
  // Before the shards, which report to it.
  MemoryBudget budget_;
  // Constant after construction.
  std::vector<std::unique_ptr<Shard>> shards_;
  size_t databases_;
  int shift_;  // of a hash without its lowest bit: a shift by 64 is not defined
};

}  // namespace larder
