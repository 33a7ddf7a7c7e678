// What a running snapshot may hold in memory, over all shards.
#pragma once

#include <atomic>
#include <cstddef>

namespace larder {

// Counts the bytes of copied entries that wait to be written. Writers make them, when they change
// what the snapshot has not seen yet, and may be faster than the disk: they are to be slowed down
// while the copies are many, and the snapshot is given up rather than that memory grows without
// end.
//
// Thread safety: any thread; Begin() while no other member is called.
class SnapshotMemory {
 public:
  // Sets the bounds for a snapshot of so many bytes of data.
  void Begin(size_t used_bytes) {
    many_.store(kFewBytes + used_bytes / kManyShare, std::memory_order_relaxed);  // see below
    most_ = kMostBytes + used_bytes / kMostShare;
    peak_.store(0, std::memory_order_relaxed);          // see below
    overflow_.store(false, std::memory_order_relaxed);  // see below
  }
  void Add(size_t bytes) {
    // Relaxed, here and below: sums that order nothing; what is waiting is guarded by locks.
    const size_t waiting = waiting_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    if (waiting > peak_.load(std::memory_order_relaxed)) {
      peak_.store(waiting, std::memory_order_relaxed);
    }
    if (waiting > most_) overflow_.store(true, std::memory_order_relaxed);
  }
  void Remove(size_t bytes) { waiting_.fetch_sub(bytes, std::memory_order_relaxed); }

  size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }
  size_t peak() const { return peak_.load(std::memory_order_relaxed); }
  // Whoever writes should leave the snapshot some time.
  bool has_many() const { return waiting() > many_.load(std::memory_order_relaxed); }
  // There were too many: the snapshot cannot be completed.
  bool overflowed() const { return overflow_.load(std::memory_order_relaxed); }

 private:
  // Of the bytes that are used: a 64th and an eighth, and what a small server may take anyway.
  static constexpr size_t kFewBytes = size_t{2} << 20;
  static constexpr size_t kManyShare = 64;
  static constexpr size_t kMostBytes = size_t{64} << 20;
  static constexpr size_t kMostShare = 8;

  // Constant while a snapshot runs.
  size_t most_ = 0;

  // Atomic: written and read by all threads.
  std::atomic<size_t> many_{kFewBytes};
  std::atomic<size_t> waiting_{0};
  std::atomic<size_t> peak_{0};
  std::atomic<bool> overflow_{false};
};

}  // namespace larder
