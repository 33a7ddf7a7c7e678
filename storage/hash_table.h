// The hash table of keyspace, hashes and sets: linear hashing over buckets of one cache line.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "storage/arena.h"
#include "storage/bucket.h"
#include "storage/bucket_array.h"
#include "storage/overflow_pool.h"
#include "storage/prefetch.h"

namespace larder {

inline uint64_t ReverseBits(uint64_t bits) {
  bits = ((bits >> 1) & 0x5555555555555555) | ((bits & 0x5555555555555555) << 1);
  bits = ((bits >> 2) & 0x3333333333333333) | ((bits & 0x3333333333333333) << 2);
  bits = ((bits >> 4) & 0x0f0f0f0f0f0f0f0f) | ((bits & 0x0f0f0f0f0f0f0f0f) << 4);
  return __builtin_bswap64(bits);
}

// Where an entry lies on the line of HashTable::Scan().
inline uint64_t LinePointOf(uint64_t hash) {
  return ReverseBits(hash);
}

// Owns an index of entries that are kept elsewhere and named by Refs.
//
// Of N = size() entries over B leaves, leaf i holds those whose hash ends in the bits of i: with
// 2^k < B <= 2^(k+1), leaves that were split already have k+1 bits, the others k. The table grows
// by splitting one leaf and shrinks by merging one, so no operation takes time proportional to N.
//
//   hash   63        48 47   40 39                                0
//         +------------+-------+----------------------------------+
//         | (shard)    | tag   | ...                leaf, from bit 0|
//         +------------+-------+----------------------------------+
//
// A leaf is a chain of buckets: the main bucket, and overflow buckets when it is full. All buckets
// of a chain but the second are full while there is a second one, so that inserting and erasing
// look at two buckets at most.
//
// Traits: uint64_t HashOf(Ref) const;
//         const void* Address(Ref) const;   // what is to be prefetched
//
// Thread safety: guarded by the lock of its owner, but for PrefetchBucket().
template <class Traits>
class HashTable {
 public:
  // Where an entry stands. Ends with the next Insert(), Erase() or Drain().
  class Position {
   public:
    Position() = default;
    explicit operator bool() const { return slot_ != nullptr; }
    Ref ref() const { return *slot_; }

   private:
    friend HashTable;
    Position(Bucket* leaf, Ref* slot) : leaf_(leaf), slot_(slot) {}
    // Buckets are aligned, so the address of a slot tells the bucket, too.
    Bucket* bucket() const {
      return reinterpret_cast<Bucket*>(reinterpret_cast<uintptr_t>(slot_) & ~(sizeof(Bucket) - 1));
    }
    unsigned slot() const { return static_cast<unsigned>(slot_ - bucket()->refs); }

    Bucket* leaf_ = nullptr;
    Ref* slot_ = nullptr;
  };

  explicit HashTable(Traits traits) : traits_(traits) {}
  HashTable(const HashTable&) = delete;
  HashTable& operator=(const HashTable&) = delete;

  // The entry with this hash for which matches(Ref) is true; matches is asked about few others.
  template <class Matches>
  Position Find(uint64_t hash, Matches&& matches) const {
    Bucket* const leaf = main_.At(LeafOf(hash));
    const uint8_t tag = TagOf(hash);
    for (Bucket* bucket = leaf;; bucket = &overflow_->At(bucket->overflow())) {
      for (unsigned found = bucket->Match(tag); found != 0; found &= found - 1) {
        Ref* slot = &bucket->refs[std::countr_zero(found)];
        if (matches(*slot)) return Position(leaf, slot);
      }
      if (bucket->overflow() == 0) [[likely]]
        return Position();
    }
  }

  // Returns false, and changes nothing, when memory is short. Requires: no equal entry is present;
  // ref is not kNullRef.
  bool Insert(uint64_t hash, Ref ref);
  // Requires: the position is valid. The entry itself is not read and may be gone already.
  void Erase(Position position);
  // Puts another Ref for the same key in place. Requires: the position is valid; it stays so.
  void Replace(Position position, Ref ref) { *position.slot_ = ref; }

  // Asks the processor for the bucket of `hash`. May be called without the lock: no bucket is read.
  void PrefetchBucket(uint64_t hash) const { PrefetchLine(main_.PrefetchTarget(LeafOf(hash))); }
  // The same for the heads of the entries that Find() will look at. Returns the one that most
  // likely is the right one, kNullRef if none is likely.
  Ref PrefetchEntries(uint64_t hash) const;

  // Visits the entries of one leaf with visit(Ref) and returns the cursor of the next, zero at the
  // end. An iteration starts with cursor zero, and any value is accepted.
  //
  // Write hashes with their bits reversed, as numbers from 0 to 2^64: each leaf then is an
  // interval, whether split or merged, and all leaves together cover the line without gap or
  // overlap. A cursor, reversed, is a point on the line, before which all has been seen. A call
  // visits the whole leaf that holds the point and answers with the end of its interval. So however
  // the leaves change between calls, an entry that is present throughout is visited by the call
  // that moves the point past the entry's place. (It is seen twice if leaves were merged
  // meanwhile.)
  //
  // Requires: visit leaves the table as it is.
  template <class Visit>
  uint64_t Scan(uint64_t cursor, Visit&& visit) const;

  // The same for those who must see each entry once and no more: visits the entries of the leaf at
  // `point` of the line, a cursor reversed, which do not lie before it, and returns the point
  // behind the leaf, zero at the end. See LinePointOf() for where an entry lies.
  template <class Visit>
  uint64_t VisitFrom(uint64_t point, Visit&& visit) const;
  // Asks the processor for what the next calls of VisitFrom(), for so many leaves, will look at.
  void PrefetchFrom(uint64_t point, int leaves) const;

  // Removes about `max_entries` entries, calling visit(Ref) for each, which may free it, and
  // returns how many; 0 when the table is empty. The entries are not read.
  template <class Visit>
  size_t Drain(size_t max_entries, Visit&& visit);

  // An entry chosen by a random number; kNullRef if there is none. All entries are equally likely,
  // but for those behind the main bucket of a chain of three or more, which share the chance of its
  // second bucket. A table that is almost all empty slots is searched from a random leaf on.
  Ref Sample(uint64_t random) const;

  // Exchanges the contents of two tables with equal traits. Requires: the locks of both.
  void Swap(HashTable& other);

  size_t size() const { return size_; }
  // Bytes held, the object included.
  size_t memory() const {
    return sizeof *this + main_.memory() +
           (overflow_ ? sizeof(OverflowPool) + overflow_->memory() : 0);
  }
  // Leaves, each with one main bucket.
  size_t bucket_count() const { return main_.size(); }
  size_t overflow_count() const { return overflow_ ? overflow_->used_count() : 0; }

 private:
  // Entries per leaf beyond which the table grows, and below which it shrinks.
  static constexpr size_t kGrowLoad = 8;
  static constexpr size_t kShrinkLoad = 7;

  static uint8_t TagOf(uint64_t hash) {
    const auto tag = static_cast<uint8_t>(hash >> 40);
    return static_cast<uint8_t>(tag + (tag == 0));
  }
  uint32_t LeafOf(uint64_t hash) const {
    // Relaxed: a thread with the lock sees what is current; others only prefetch.
    const uint32_t mask = mask_.load(std::memory_order_relaxed);
    const uint32_t leaf = static_cast<uint32_t>(hash) & mask;
    return leaf < main_.size() ? leaf : leaf & (mask >> 1);
  }
  unsigned BitsOf(uint32_t leaf) const;
  uint64_t EndOf(uint32_t leaf) const;
  void UpdateMask();

  bool AddToLeaf(Bucket* leaf, uint8_t tag, Ref ref);
  bool ReserveOverflow(uint32_t buckets);
  void Split();
  void Merge();
  void MoveChain(Bucket* leaf, auto&& target_of);
  void ShrinkOverflow();
  void PrefetchChain(const Bucket* bucket) const;
  template <class Visit>
  void VisitChain(const Bucket* bucket, Visit&& visit) const;
  Ref PickFromChain(const Bucket* bucket, uint64_t random) const;

  // Constant after construction.
  [[no_unique_address]] Traits traits_;

  // Atomic: written under the lock, read by prefetching threads. The leaf bits of the split leaves.
  std::atomic<uint32_t> mask_{0};
  // Guarded by the lock of the owner. In this order, so that a lookup reads few cache lines of
  // them.
  std::unique_ptr<OverflowPool> overflow_;  // made when first needed
  size_t size_ = 0;
  BucketArray main_;
};

}  // namespace larder

#include "storage/hash_table_growth.h"
#include "storage/hash_table_visits.h"
