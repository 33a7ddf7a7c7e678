// The limit on memory that shards and clients share, how much of it is used, and what is done when
// it is reached.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "storage/eviction_policy.h"
#include "storage/snapshot_memory.h"

namespace larder {

// Owns the limit and the sum of what all accounts have reported.
//
// Thread safety: any thread.
class MemoryBudget {
 public:
  MemoryBudget() = default;
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  // Zero: no limit. `accounts` is how many report; it bounds by how much they may be behind.
  void SetLimit(size_t bytes, size_t accounts) {
    // At most a thousandth of the limit may be unreported, all accounts together; so much is kept
    // free, so that the limit is not exceeded for it.
    const size_t step = std::min(bytes / 1024 / std::max<size_t>(accounts, 1), kLargestStep);
    step_.store(bytes == 0 ? kLargestStep : step, std::memory_order_relaxed);  // a hint
    margin_.store(step * accounts, std::memory_order_relaxed);                 // a hint
    limit_.store(bytes, std::memory_order_relaxed);  // orders nothing; each check stands alone
  }
  size_t limit() const { return limit_.load(std::memory_order_relaxed); }  // see SetLimit()

  // What all accounts have reported.
  size_t used() const {
    return used_.load(std::memory_order_relaxed);  // a sum, orders nothing
  }
  // Whether so many bytes more would be within the limit.
  bool HasRoom(size_t bytes) const { return limit() == 0 || Excess(bytes) == 0; }
  // By how much so many bytes more would exceed the limit. Requires: there is a limit.
  size_t Excess(size_t bytes) const {
    const size_t wanted = used() + margin_.load(std::memory_order_relaxed) + bytes;  // a hint
    const size_t most = limit();
    return wanted > most ? wanted - most : 0;
  }

  // The policy, as EvictionSettings::Pack() writes it.
  uint64_t policy() const { return policy_.load(std::memory_order_relaxed); }  // one plain word
  void set_policy(const EvictionSettings& settings) {
    policy_.store(settings.Pack(), std::memory_order_relaxed);  // orders nothing
  }

  // Until this time of the wall clock, in ms, nothing may be evicted, and what expires is hidden
  // but not removed. Zero: from now on it may.
  void StandStill(int64_t until_ms) {
    still_until_ms_.store(until_ms, std::memory_order_relaxed);  // hardly ever written
  }
  bool stands_still(int64_t now_ms) const {
    return now_ms < still_until_ms_.load(std::memory_order_relaxed);  // as above
  }

  // Seconds of the wall clock, for the policies that note when a key was used: set by whoever knows
  // the time, since shards do not.
  uint32_t seconds() const { return seconds_.load(std::memory_order_relaxed); }  // a coarse clock
  void set_seconds(uint32_t seconds) {
    // Read by all threads, so that it is written only when it changes.
    if (this->seconds() != seconds) seconds_.store(seconds, std::memory_order_relaxed);  // as above
  }

  // What the running snapshot holds. It is not a part of used(): to evict for its sake would only
  // make more of it.
  SnapshotMemory& snapshot() { return snapshot_; }
  const SnapshotMemory& snapshot() const { return snapshot_; }

 private:
  friend class MemoryAccount;

  static constexpr size_t kLargestStep = 64 * 1024;

  void Report(size_t before, size_t after) {
    used_.fetch_add(after - before, std::memory_order_relaxed);  // a sum, orders nothing
  }
  size_t step() const { return step_.load(std::memory_order_relaxed); }  // see SetLimit()

  // Atomic: hardly ever written, read by all threads.
  std::atomic<size_t> limit_{0};
  std::atomic<size_t> step_{kLargestStep};
  std::atomic<size_t> margin_{0};
  std::atomic<uint32_t> seconds_{0};
  std::atomic<int64_t> still_until_ms_{0};
  std::atomic<uint64_t> policy_{EvictionSettings{}.Pack()};
  // Atomic: written and read by all threads, therefore apart from the others.
  alignas(64) std::atomic<size_t> used_{0};
  alignas(64) SnapshotMemory snapshot_;
};

// What one shard, or the clients of one thread, use. Changes are reported in steps, so that the sum
// is hardly ever written.
//
// Thread safety: Set() and Flush() belong to the owner; reported() may be called by anybody.
class MemoryAccount {
 public:
  explicit MemoryAccount(MemoryBudget& budget) : budget_(budget) {}
  MemoryAccount(const MemoryAccount&) = delete;
  MemoryAccount& operator=(const MemoryAccount&) = delete;
  ~MemoryAccount() { Report(0); }

  // Says how many bytes the owner uses now.
  void Set(size_t bytes) {
    const size_t before = reported();
    const size_t drift = bytes > before ? bytes - before : before - bytes;
    if (drift > budget_.step()) [[unlikely]]
      Report(bytes);
  }
  // The same, reported however little it changed.
  void Report(size_t bytes) {
    budget_.Report(reported(), bytes);
    reported_.store(bytes, std::memory_order_relaxed);  // a statistic, orders nothing
  }
  // Whether so many bytes may be stored for which no room was made. A little beyond the limit is
  // allowed, since the next write makes room for that, too.
  bool MayGrow(size_t bytes) const {
    constexpr size_t kAlways = 2 * 1024 * 1024;
    const size_t limit = budget_.limit();
    const size_t used = budget_.used();
    const size_t most = limit + limit / 32 + kAlways;
    return limit == 0 || (used <= most && bytes <= most - used);
  }
  bool stands_still(int64_t now_ms) const { return budget_.stands_still(now_ms); }
  size_t reported() const {
    return reported_.load(std::memory_order_relaxed);  // a statistic, orders nothing
  }

 private:
  MemoryBudget& budget_;
  // Atomic: written by the owner, read by any thread.
  std::atomic<size_t> reported_{0};
};

}  // namespace larder
