// The buckets of a hash table that continue a chain whose first bucket is full.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "storage/bucket_array.h"

namespace larder {

// Owns the overflow buckets and knows which of them are free. They are numbered from 1.
//
// Thread safety: guarded by the lock of its owner.
class OverflowPool {
 public:
  // An empty bucket that belongs to the caller; zero when memory is short.
  uint32_t Allocate();
  // Makes sure that the next `count` calls of Allocate() succeed; false if memory is short.
  bool Reserve(uint32_t count);
  // Requires: allocated before.
  void Free(uint32_t number);

  Bucket& At(uint32_t number) const { return *buckets_.At(number); }

  // So many buckets are free that the pool should become smaller. It can do so only at its end:
  // while MovableLast() names a bucket in use, the owner has to move it with TakeBelowLast().
  bool IsSparse() const { return free_ > kLeastFree && free_ > buckets_.size() / 8; }
  // Drops free buckets at the end while the pool is sparse. Then the last bucket, which is in use,
  // if the pool is still sparse; else zero.
  uint32_t DropFreeTail();

  size_t memory() const { return buckets_.memory(); }
  uint32_t free_count() const { return free_; }
  uint32_t used_count() const { return buckets_.size() - (buckets_.size() > 0) - free_; }

 private:
  static constexpr uint32_t kMaxBuckets = Bucket::kMaxOverflow + 1;
  static constexpr uint32_t kLeastFree = 4;

  // A free bucket has no tags, and its first two refs are the numbers of its neighbours in the
  // list.
  static uint32_t& NextFree(Bucket& bucket) { return bucket.refs[0]; }
  static uint32_t& PrevFree(Bucket& bucket) { return bucket.refs[1]; }
  void Unlink(uint32_t number);
  uint32_t AppendBucket();

  BucketArray buckets_;  // the first one is not used, so that 0 can mean "none"
  uint32_t first_free_ = 0;
  uint32_t free_ = 0;
};

}  // namespace larder
