// Evicts entries shard by shard until there is room.
#include "storage/evictor.h"

#include <algorithm>

namespace larder {
namespace {

// A write that needs more than this part of the limit is looked at more closely.
constexpr size_t kLargePart = 64;
// Shards that are compared when one is to pay for others.
constexpr size_t kShardsCompared = 16;

}  // namespace

bool Evictor::Evict(size_t bytes, size_t home) {
  const MemoryBudget& budget = keyspace_.budget();
  if (!CouldFit(bytes)) return false;
  // While the limit is far exceeded, twice what is asked for has to go: the rest is left to others.
  constexpr size_t kLeast = 1024;
  const size_t enough = 2 * std::max(bytes, kLeast);
  // Any shard may have what can be evicted, unless nothing can.
  const EvictionPolicy policy = EvictionSettings::Unpack(budget.policy()).policy;
  const size_t most_failures = policy == EvictionPolicy::kNoEviction ? 0 : keyspace_.shard_count();
  size_t evicted = 0;
  size_t failures = 0;
  while (!budget.HasRoom(bytes)) {
    if (evicted >= enough) return true;
    const size_t shard =
        failures == 0 ? ShardToPay(home) : (home + failures) % keyspace_.shard_count();
    const Evicted some = EvictSome(shard, bytes);
    evicted += some.bytes;
    if (!some.any && ++failures > most_failures) return false;
  }
  return true;
}

// Evicts from one shard until there is room, a few dozen entries at most; returns how many bytes
// that gave.
Evicted Evictor::EvictSome(size_t index, size_t bytes) {
  const MemoryBudget& budget = keyspace_.budget();
  Shard& shard = keyspace_.shard(index);
  const ShardGuard guard(shard);
  shard.ReportMemory();
  if (budget.HasRoom(bytes)) return {true, 0};
  const Evicted evicted = shard.Evict(budget.Excess(bytes));
  shard.TidyUp();
  shard.ReportMemory();
  return evicted;
}

bool Evictor::CouldFit(size_t bytes, size_t counted) {
  const MemoryBudget& budget = keyspace_.budget();
  if (budget.limit() == 0 || bytes <= budget.limit() / kLargePart) return true;
  size_t evictable = 0;
  for (size_t i = 0; i < keyspace_.shard_count(); ++i) {
    const ShardGuard guard(keyspace_.shard(i));
    evictable += keyspace_.shard(i).EvictableBytes();
  }
  const size_t used = budget.used();
  const size_t fixed = used > evictable + counted ? used - evictable - counted : 0;
  return fixed + bytes <= budget.limit();
}

size_t Evictor::ShardToPay(size_t home) const {
  const size_t count = keyspace_.shard_count();
  const size_t own = keyspace_.shard(home).reported_memory();
  if (own >= keyspace_.budget().used() / count) return home;
  size_t largest = home;
  for (size_t i = 1; i < std::min(count, kShardsCompared); ++i) {
    const size_t other = (home + i) % count;
    if (keyspace_.shard(other).reported_memory() > keyspace_.shard(largest).reported_memory()) {
      largest = other;
    }
  }
  return largest;
}

bool Evictor::Shrink(size_t index) {
  const MemoryBudget& budget = keyspace_.budget();
  return !budget.HasRoom(0) && EvictSome(index, 0).any;
}

}  // namespace larder
