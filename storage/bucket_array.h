// An array of buckets that grows and shrinks at its end without moving any of them.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "storage/bucket.h"

namespace larder {

// Owns the buckets, in segments that double: segment 0 is bucket 0, segment k > 0 the buckets from
// 2^(k-1) to 2^k - 1. Large segments are mapped, so the part that was never used costs nothing,
// and what the array has shrunk by is given back to the system in small pieces.
//
// Thread safety: guarded by the lock of its owner, but for PrefetchTarget() and size().
class BucketArray {
 public:
  static constexpr uint32_t kMaxBuckets = uint32_t{1} << 28;

  BucketArray();
  BucketArray(const BucketArray&) = delete;
  BucketArray& operator=(const BucketArray&) = delete;
  ~BucketArray();

  // Adds an empty bucket at the end; null when memory is short.
  Bucket* Append() {
    const uint32_t index = size();
    if ((index & (index - 1)) == 0 && !AddSegmentFor(index)) [[unlikely]]
      return nullptr;
    if (index == resident_end_) [[unlikely]]
      AddResidentChunk();
    Bucket* bucket = At(index);
    *bucket = Bucket{};
    size_.store(index + 1, std::memory_order_relaxed);  // read by prefetching threads as a hint
    return bucket;
  }
  // Requires: size() > 0.
  void RemoveLast();

  // Bucket `index`; bucket 0 of an array of size 0 may be read and is empty.
  Bucket* At(uint32_t index) const { return reinterpret_cast<Bucket*>(AddressOf(index)); }
  // Where bucket `index` lies, or has lain; to be prefetched, not to be touched, without the lock.
  const void* PrefetchTarget(uint32_t index) const {
    return reinterpret_cast<const void*>(AddressOf(index));
  }

  uint32_t size() const { return size_.load(std::memory_order_relaxed); }  // see Append()
  // Bytes held from the system.
  size_t memory() const { return memory_; }

  // Requires: the locks of both owners.
  void Swap(BucketArray& other);

 private:
  // Segments of at least 64 KiB are mapped.
  static constexpr uint32_t kFirstMapped = 1024;
  // The piece in which mapped memory is counted and given back: 16 KiB.
  static constexpr uint32_t kChunk = 256;
  static constexpr unsigned kSegments = 29;

  static unsigned SegmentOf(uint32_t index) {
    return static_cast<unsigned>(std::bit_width(2 * uint64_t{index} + 1)) - 1;
  }
  static uint32_t StartOf(unsigned segment) {
    return segment == 0 ? 0 : uint32_t{1} << (segment - 1);
  }
  static size_t BytesOf(unsigned segment) {
    return sizeof(Bucket) * (segment == 0 ? 1 : StartOf(segment));
  }

  uintptr_t AddressOf(uint32_t index) const {
    // Relaxed: a thread with the lock sees what is current; others only prefetch.
    return segments_[SegmentOf(index)].load(std::memory_order_relaxed) +
           uintptr_t{index} * sizeof(Bucket);
  }
  bool AddSegmentFor(uint32_t index);
  void AddResidentChunk();
  void ReleaseChunk();
  void ReleaseSegment(unsigned segment);
  bool IsPresent(unsigned segment) const;

  // Atomic: written under the lock, read by prefetching threads.
  std::atomic<uint32_t> size_{0};
  // Mapped buckets from here on hold no memory of the system.
  uint32_t resident_end_ = kFirstMapped;
  size_t memory_ = 0;
  // Atomic: written under the lock, read by prefetching threads. Where bucket 0 would be if the
  // segment reached down to it.
  std::array<std::atomic<uintptr_t>, kSegments> segments_;
};

}  // namespace larder
