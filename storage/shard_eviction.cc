// What a shard does when memory is short, and after the policy was changed.
#include <algorithm>
#include <array>
#include <cassert>

#include "storage/key_hash.h"
#include "storage/shard.h"

namespace larder {

Evicted Shard::Evict(size_t bytes) {
  constexpr size_t kMostEntries = 32;
  constexpr size_t kFlushedAtOnce = 16;
  const size_t before = used_memory();
  const auto freed = [&] { return before - std::min(before, used_memory()); };
  const EvictionPolicy policy = eviction_.settings().policy;
  size_t done = 0;
  while (done < kMostEntries && (done == 0 || freed() < bytes)) {
    if (has_flushed()) {
      // What nobody can read any more goes first, even if the running snapshot has to copy it.
      FreeFlushed(0, kFlushedAtOnce);
      done += kFlushedAtOnce;
      continue;
    }
    if (policy == EvictionPolicy::kNoEviction) break;
    const size_t evicted = IsS3Fifo(policy) ? EvictFromQueues(kMostEntries - done) : 0;
    if (evicted == 0 && !EvictSample()) break;
    done += std::max<size_t>(evicted, 1);
  }
  return {done > 0, freed()};
}

// Evicts a few entries together, so that the misses on their memory, their buckets and the ghost's
// overlap; returns how many. A small shard gives up one at a time.
size_t Shard::EvictFromQueues(size_t most) {
  constexpr size_t kTogether = 8;
  constexpr size_t kSmallPart = 256;
  const size_t queued =
      eviction_.queued(EvictionQueues::kSmall) + eviction_.queued(EvictionQueues::kMain);
  const size_t wanted = std::clamp(queued / kSmallPart, size_t{1}, std::min(most, kTogether));
  std::array<Eviction::Victim, kTogether> victims;
  size_t count = 0;
  if (wanted > 1) eviction_.PrefetchVictims();
  for (; count < wanted; ++count) {
    victims[count] = eviction_.TakeVictim();
    if (victims[count].ref == kNullRef) break;
    if (wanted > 1) PrefetchBuckets(victims[count].hash);
  }
  for (size_t i = 0; i < count; ++i) {
    eviction_.Remember(victims[i]);
    EvictFrom(victims[i]);
  }
  return count;
}

void Shard::PrefetchBuckets(uint64_t hash) const {
  for (size_t i = 0; i < databases_.size(); ++i) {
    const Database* database = database_if_present(i);
    if (database != nullptr && database->size() > 0) database->PrefetchBucket(hash);
  }
}

bool Shard::EvictSample() {
  const Ref ref = ChooseAmongSamples();
  if (ref == kNullRef) return false;
  const auto* entry = reinterpret_cast<const Entry*>(arena_.Address(ref));
  return EvictFrom({ref, HashKey(entry->key()), /*to_ghost=*/false});
}

bool Shard::EvictFrom(const Eviction::Victim& victim) {
  for (const auto& slot : databases_) {
    Database* database = slot.load(std::memory_order_relaxed);  // the lock orders it
    if (database != nullptr && database->Evict(victim.ref, victim.hash)) return true;
  }
  assert(false && "the entry of a queue is in no database");
  return false;
}

// The worst of a few entries of each database.
Ref Shard::ChooseAmongSamples() {
  const Entry* worst = nullptr;
  uint64_t worst_score = 0;
  for (const auto& slot : databases_) {
    const Database* database = slot.load(std::memory_order_relaxed);  // the lock orders it
    if (database == nullptr || database->size() == 0) continue;
    for (uint32_t i = 0; i < eviction_.settings().samples; ++i) {
      const Entry* entry = DrawSample(*database);
      if (entry == nullptr || !eviction_.Allows(*entry)) continue;
      const bool by_deadline = eviction_.settings().policy == EvictionPolicy::kVolatileTtl;
      const uint64_t score =
          by_deadline ? ~static_cast<uint64_t>(entry->deadline_ms()) : eviction_.Score(*entry);
      if (worst != nullptr && score <= worst_score) continue;
      worst = entry;
      worst_score = score;
    }
  }
  return worst != nullptr ? arena_.RefOf(reinterpret_cast<const char*>(worst)) : kNullRef;
}

const Entry* Shard::DrawSample(const Database& database) {
  const EvictionPolicy policy = eviction_.settings().policy;
  if (policy == EvictionPolicy::kVolatileTtl) return database.SampleNearest();
  const uint64_t random = eviction_.Random();
  return IsVolatile(policy) ? database.SampleTimed(random) : database.Sample(random);
}

size_t Shard::EvictableBytes() {
  const EvictionPolicy policy = eviction_.settings().policy;
  if (policy == EvictionPolicy::kNoEviction) return 0;
  const size_t bytes = arena_.used_bytes() + counters_.blob_bytes;
  if (!IsVolatile(policy)) return bytes;
  size_t keys = 0;
  size_t expiring = 0;
  for (size_t i = 0; i < databases_.size(); ++i) {
    const Database* database = database_if_present(i);
    if (database == nullptr) continue;
    keys += database->size();
    expiring += database->expiring();
  }
  // As if keys with and without a deadline were of one size.
  return keys == 0 ? 0
                   : static_cast<size_t>(static_cast<double>(bytes) *
                                         static_cast<double>(expiring) / static_cast<double>(keys));
}

bool Shard::Migrate(size_t entries) {
  constexpr size_t kEntriesPerBucket = 8;
  if (eviction_.policy_changes() != policy_changes_seen_) {
    policy_changes_seen_ = eviction_.policy_changes();
    migrating_ = true;
    migrated_databases_ = 0;
    migration_cursor_ = 0;
  }
  if (!migrating_) return false;
  if (!IsS3Fifo(eviction_.settings().policy)) {
    migrating_ = !eviction_.DrainQueues(entries);
    ReportMemory();
    return migrating_;
  }
  for (size_t done = 0; done < entries && migrated_databases_ < databases_.size();) {
    Database* database =
        databases_[migrated_databases_].load(std::memory_order_relaxed);  // has the lock
    if (database != nullptr) migration_cursor_ = database->Convert(migration_cursor_);
    migrated_databases_ += migration_cursor_ == 0;
    done += kEntriesPerBucket;
  }
  migrating_ = migrated_databases_ < databases_.size();
  ReportMemory();  // the queues have grown
  return migrating_;
}

}  // namespace larder
