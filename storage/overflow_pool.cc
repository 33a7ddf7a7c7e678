// Keeps the free overflow buckets in a doubly linked list, so that the last one can be taken out.
#include "storage/overflow_pool.h"

namespace larder {

uint32_t OverflowPool::Allocate() {
  if (first_free_ != 0) {
    const uint32_t number = first_free_;
    Unlink(number);
    At(number) = Bucket{};
    return number;
  }
  return AppendBucket();
}

uint32_t OverflowPool::AppendBucket() {
  if (buckets_.size() == 0 && buckets_.Append() == nullptr) return 0;
  const uint32_t number = buckets_.size();
  return number < kMaxBuckets && buckets_.Append() != nullptr ? number : 0;
}

bool OverflowPool::Reserve(uint32_t count) {
  while (free_ < count) {
    const uint32_t number = AppendBucket();
    if (number == 0) return false;
    Free(number);
  }
  return true;
}

void OverflowPool::Free(uint32_t number) {
  Bucket& bucket = At(number);
  bucket = Bucket{};
  NextFree(bucket) = first_free_;
  if (first_free_ != 0) PrevFree(At(first_free_)) = number;
  first_free_ = number;
  ++free_;
}

void OverflowPool::Unlink(uint32_t number) {
  Bucket& bucket = At(number);
  const uint32_t next = NextFree(bucket);
  const uint32_t prev = PrevFree(bucket);
  if (next != 0) PrevFree(At(next)) = prev;
  if (prev != 0) {
    NextFree(At(prev)) = next;
  } else {
    first_free_ = next;
  }
  --free_;
}

uint32_t OverflowPool::DropFreeTail() {
  while (IsSparse()) {
    const uint32_t last = buckets_.size() - 1;
    if (At(last).Occupied() != 0) return last;
    Unlink(last);
    buckets_.RemoveLast();
  }
  return 0;
}

}  // namespace larder
