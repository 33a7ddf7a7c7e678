// A keyspace with a limit on its memory, for tests.
#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "storage/evictor.h"

namespace larder {

inline constexpr int64_t kNow = 1'700'000'000'000;

// A keyspace with a limit, written to as the dispatcher does.
class LimitedStore {
 public:
  LimitedStore(size_t shards, EvictionPolicy policy, size_t room) : keyspace_(shards, 2, kNow) {
    SetPolicy(policy);
    empty_ = Used();
    SetRoom(room);
  }

  void SetPolicy(EvictionPolicy policy) {
    EvictionSettings settings;
    settings.policy = policy;
    keyspace_.budget().set_policy(settings);
  }
  // The limit leaves so many bytes for keys.
  void SetRoom(size_t room) { keyspace_.budget().SetLimit(empty_ + room, shards()); }
  void SetSeconds(uint32_t seconds) { keyspace_.budget().set_seconds(seconds); }

  bool Set(const std::string& name, const std::string& value,
           DeadlineChange deadline = DeadlineChange::Clear(), size_t database = 0) {
    const Key key{name, HashKey(name)};
    const size_t home = keyspace_.ShardOf(key.hash);
    if (!evictor_.MakeRoom(name.size() + value.size() + 32, home)) return false;
    const ShardGuard guard(keyspace_.shard(home));
    Database& store = keyspace_.DatabaseOf(key, database);
    created_ += store.Find(key, now_ms_) == nullptr;
    REQUIRE(store.SetString(key, value, deadline) == StoreStatus::kStored);
    return true;
  }
  bool Get(const std::string& name, size_t database = 0) {
    const Key key{name, HashKey(name)};
    const ShardGuard guard(keyspace_.shard(keyspace_.ShardOf(key.hash)));
    return keyspace_.DatabaseOf(key, database).Read(key, now_ms_) != nullptr;
  }
  // Looks without being a use.
  bool Has(const std::string& name, size_t database = 0) {
    const Key key{name, HashKey(name)};
    const ShardGuard guard(keyspace_.shard(keyspace_.ShardOf(key.hash)));
    return keyspace_.DatabaseOf(key, database).Find(key, now_ms_) != nullptr;
  }
  bool Remove(const std::string& name) {
    const Key key{name, HashKey(name)};
    const ShardGuard guard(keyspace_.shard(keyspace_.ShardOf(key.hash)));
    return keyspace_.DatabaseOf(key, 0).Remove(key, now_ms_);
  }
  // Lets time pass, and one shard's upkeep take up to `budget` of what has expired.
  void Advance(int64_t ms, size_t shard, size_t budget) {
    now_ms_ += ms;
    const ShardGuard guard(keyspace_.shard(shard));
    keyspace_.shard(shard).Expire(now_ms_, budget);
  }
  // Lets the upkeep run until it has nothing to do.
  void Maintain() {
    for (size_t i = 0; i < shards(); ++i) {
      for (bool work_left = true; work_left;) {
        const ShardGuard guard(keyspace_.shard(i));
        work_left = keyspace_.shard(i).Migrate(64);
      }
    }
    for (bool work_left = true; work_left;) {
      work_left = false;
      for (size_t i = 0; i < shards(); ++i)
        work_left |= evictor_.Shrink(i);
    }
  }
  void Flush() {
    for (size_t i = 0; i < shards(); ++i) {
      const ShardGuard guard(keyspace_.shard(i));
      keyspace_.shard(i).Flush(0);
    }
  }

  size_t Used() { return Totals().used_memory; }
  size_t Keys() { return Totals().keys; }
  uint64_t Evicted() { return Totals().counters.evicted; }
  uint64_t Expired() { return Totals().counters.expired; }
  // How often a key was stored that was not there.
  uint64_t created() const { return created_; }
  int64_t now_ms() const { return now_ms_; }
  size_t limit() const { return keyspace_.budget().limit(); }
  // Room is made for an entry, not for the chunk of a queue or the bucket that it may bring along;
  // the next write makes up for these.
  bool WithinLimit() {
    constexpr size_t kBroughtAlong = 4096;
    return Used() <= limit() + kBroughtAlong * shards();
  }
  size_t shards() const { return keyspace_.shard_count(); }
  Keyspace& keyspace() { return keyspace_; }
  size_t Queued() {
    size_t queued = 0;
    for (size_t i = 0; i < shards(); ++i) {
      const ShardGuard guard(keyspace_.shard(i));
      const Eviction& eviction = keyspace_.shard(i).eviction();
      queued += eviction.queued(EvictionQueues::kSmall) + eviction.queued(EvictionQueues::kMain);
    }
    return queued;
  }

 private:
  KeyspaceTotals Totals() {
    for (size_t i = 0; i < shards(); ++i)
      keyspace_.shard(i).lock().lock();
    const KeyspaceTotals totals = keyspace_.Totals();
    for (size_t i = 0; i < shards(); ++i)
      keyspace_.shard(i).lock().unlock();
    return totals;
  }

  Keyspace keyspace_;
  Evictor evictor_{keyspace_};
  size_t empty_ = 0;
  int64_t now_ms_ = kNow;
  std::atomic<uint64_t> created_ = 0;  // threads share a store in some tests
};

inline constexpr EvictionPolicy kAllKeysPolicies[] = {
    EvictionPolicy::kAllKeysS3Fifo, EvictionPolicy::kAllKeysLru, EvictionPolicy::kAllKeysLfu,
    EvictionPolicy::kAllKeysRandom};
inline constexpr EvictionPolicy kVolatilePolicies[] = {
    EvictionPolicy::kVolatileS3Fifo, EvictionPolicy::kVolatileLru, EvictionPolicy::kVolatileLfu,
    EvictionPolicy::kVolatileRandom, EvictionPolicy::kVolatileTtl};

template <class Test>
void ForEachOf(std::span<const EvictionPolicy> policies, Test&& test) {
  for (const EvictionPolicy policy : policies) {
    const std::string word(kEvictionPolicyWords[static_cast<size_t>(policy)]);
    CAPTURE(word);
    test(policy);
  }
}

inline std::string NameOf(int number) {
  return "key:" + std::to_string(number);
}

}  // namespace larder
