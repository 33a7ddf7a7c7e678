// What concerns all shards at once: totals, flushing and swapping databases.
#include "storage/keyspace.h"

#include <cassert>

namespace larder {

Keyspace::Keyspace(size_t shards, size_t databases, int64_t now_ms)
    : databases_(databases), shift_(63 - std::countr_zero(shards)) {
  assert(std::has_single_bit(shards) && shards <= kMaxShards);
  shards_.reserve(shards);
  for (size_t i = 0; i < shards; ++i)
    shards_.push_back(std::make_unique<Shard>(databases, now_ms, budget_));
  for (const auto& shard : shards_) {
    // The first database is made at once: what an empty server uses then does not change with the
    // first keys.
    const ShardGuard guard(*shard);
    shard->database(0);
    shard->ReportMemory();
  }
}

KeyspaceTotals Keyspace::Totals() {
  KeyspaceTotals totals;
  totals.databases.resize(databases_);
  // A sum of deadlines in ms overflows 64 bits with some million keys.
  std::vector<unsigned __int128> deadline_sums(databases_);
  for (const auto& shard : shards_) {
    for (size_t i = 0; i < databases_; ++i) {
      const Database* database = shard->database_if_present(i);
      if (database == nullptr) continue;
      DatabaseTotals& sum = totals.databases[i];
      sum.keys += database->size();
      sum.expiring += database->expiring();
      deadline_sums[i] +=
          static_cast<unsigned __int128>(database->mean_deadline_ms()) * database->expiring();
      totals.keys += database->size();
      totals.index_memory += database->index_memory();
    }
    const ShardCounters& counters = shard->counters();
    totals.counters.hits += counters.hits;
    totals.counters.misses += counters.misses;
    totals.counters.expired += counters.expired;
    totals.counters.evicted += counters.evicted;
    totals.counters.blob_bytes += counters.blob_bytes;
    totals.index_memory += shard->eviction().memory();
    totals.used_memory += shard->used_memory();
  }
  for (size_t i = 0; i < databases_; ++i) {
    DatabaseTotals& sum = totals.databases[i];
    if (sum.expiring > 0) {
      sum.mean_deadline_ms = static_cast<int64_t>(deadline_sums[i] / sum.expiring);
    }
  }
  return totals;
}

size_t Keyspace::Size(size_t database) {
  size_t size = 0;
  for (const auto& shard : shards_) {
    const Database* part = shard->database_if_present(database);
    if (part != nullptr) size += part->size();
  }
  return size;
}

void Keyspace::Flush(size_t database) {
  for (const auto& shard : shards_)
    shard->Flush(database);
}

void Keyspace::FlushAll() {
  for (size_t i = 0; i < databases_; ++i)
    Flush(i);
}

void Keyspace::Swap(size_t a, size_t b, int64_t now_ms) {
  for (const auto& shard : shards_)
    shard->Swap(a, b, now_ms);
}

void Keyspace::ResetCounters(int64_t now_ms) {
  for (const auto& shard : shards_) {
    ShardCounters& counters = shard->counters();
    counters.hits = 0;
    counters.misses = 0;
    counters.expired = 0;
    counters.evicted = 0;
    shard->key_statistics().Reset(now_ms);
  }
}

}  // namespace larder
