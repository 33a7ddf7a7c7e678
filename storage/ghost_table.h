// The ghost queue of S3-FIFO: which keys were evicted lately, remembered by fingerprints.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "storage/prefetch.h"

namespace larder {

// Remembers about as many keys as its capacity says, the latest that were added. A fingerprint
// stands in one of the sixteen slots of its bucket, with a stamp of when it came; what is older
// than the capacity counts as gone and is overwritten. Nothing is moved and no queue is kept. When
// the capacity changes much, a new table takes over, and the old one is only asked until it is out
// of date.
//
//   slot: 31      16 15       0     stamp 0: empty
//        +----------+----------+
//        | key bits | stamp    |
//        +----------+----------+
//
// Another key is taken for a remembered one about once in 4,000 times.
//
// Thread safety: guarded by the lock of its owner, but for Prefetch().
class GhostTable {
 public:
  GhostTable() = default;
  GhostTable(const GhostTable&) = delete;
  GhostTable& operator=(const GhostTable&) = delete;

  // Says how many keys are to be remembered from now on.
  void SetCapacity(size_t keys);
  void Add(uint64_t hash);
  // Whether the key is remembered; it no longer is afterwards.
  bool Take(uint64_t hash);
  void Clear();
  // Asks the processor for what Add() and Take() will look at. May be called without the lock.
  void Prefetch(uint64_t hash) const {
    // Relaxed: a thread with the lock sees what is current; others only prefetch.
    const uint64_t bucket =
        Table::NumberOf(hash, prefetch_buckets_.load(std::memory_order_relaxed));
    PrefetchLine(reinterpret_cast<const void*>(prefetch_slots_.load(std::memory_order_relaxed) +
                                               bucket * kSlots * sizeof(uint32_t)));
  }

  size_t memory() const { return current_.bytes() + former_.bytes(); }

 private:
  static constexpr unsigned kSlots = 16;
  static constexpr uint32_t kStampMask = 0xffff;
  static_assert(kStampMask > 4 * 4096, "a stamp is forgotten long before it comes again");
  // A stamp lasts for a part of the capacity, so that 16 bits are enough.
  static constexpr size_t kStampsPerCapacity = 4096;

  struct Free {
    void operator()(uint32_t* slots) const { std::free(slots); }
  };
  struct Table {
    std::unique_ptr<uint32_t[], Free> slots;
    uint32_t buckets = 0;

    size_t bytes() const { return size_t{buckets} * kSlots * sizeof(uint32_t); }
    uint32_t* BucketOf(uint64_t hash) const {
      // The highest bits chose the shard and the lowest ones are the fingerprint.
      return &slots[NumberOf(hash, buckets) * kSlots];
    }
    static uint64_t NumberOf(uint64_t hash, uint32_t buckets) {
      return ((hash >> 16) & 0xffffffff) * buckets >> 32;
    }
  };

  void Allocate(size_t keys);
  void AnnouncePlace();
  static bool TakeFrom(Table& table, uint64_t hash, uint32_t now, uint32_t lifetime);
  static uint32_t Age(uint32_t slot, uint32_t now) { return (now - slot) & kStampMask; }
  uint32_t lifetime() const { return static_cast<uint32_t>(capacity_ / keys_per_stamp_); }

  // Atomic: written under the lock, read by prefetching threads. Where `current_` lies.
  std::atomic<uintptr_t> prefetch_slots_{0};
  std::atomic<uint32_t> prefetch_buckets_{0};

  // Guarded by the lock of the owner.
  Table current_;
  Table former_;
  size_t capacity_ = 0;
  size_t sized_for_ = 0;  // keys that the current table has room for
  size_t keys_per_stamp_ = 1;
  size_t keys_of_stamp_ = 0;    // added under the stamp of now
  uint32_t stamp_ = 1;          // 1 to 65535
  size_t former_lifetime_ = 0;  // keys to be added until the former table is of no use
};

}  // namespace larder
