// Gets the segments of bucket arrays from the system and gives them back.
#include "storage/bucket_array.h"

#include <sys/mman.h>

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <utility>

namespace larder {
namespace {

constexpr Bucket kEmptyBucket{};

uintptr_t EmptySegment() {
  return reinterpret_cast<uintptr_t>(&kEmptyBucket);
}

}  // namespace

BucketArray::BucketArray() {
  for (auto& segment : segments_)
    segment.store(0, std::memory_order_relaxed);                  // not shared yet
  segments_[0].store(EmptySegment(), std::memory_order_relaxed);  // not shared yet
}

BucketArray::~BucketArray() {
  for (unsigned segment = 0; segment < kSegments; ++segment) {
    if (IsPresent(segment)) ReleaseSegment(segment);
  }
}

bool BucketArray::IsPresent(unsigned segment) const {
  const uintptr_t address = segments_[segment].load(std::memory_order_relaxed);  // has the lock
  return address != 0 && (segment != 0 || address != EmptySegment());
}

bool BucketArray::AddSegmentFor(uint32_t index) {
  if (index == kMaxBuckets) return false;
  const unsigned segment = SegmentOf(index);
  if (IsPresent(segment)) return true;
  const size_t bytes = BytesOf(segment);
  void* memory;
  if (index >= kFirstMapped) {
    memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return false;
    // With huge pages, the first bucket of a segment would cost 2 MiB.
    madvise(memory, bytes, MADV_NOHUGEPAGE);
  } else {
    memory = std::aligned_alloc(sizeof(Bucket), bytes);
    if (memory == nullptr) return false;
    memory_ += bytes;
  }
  segments_[segment].store(reinterpret_cast<uintptr_t>(memory) - StartOf(segment) * sizeof(Bucket),
                           std::memory_order_relaxed);  // others only prefetch
  return true;
}

void BucketArray::AddResidentChunk() {
  resident_end_ += kChunk;
  memory_ += kChunk * sizeof(Bucket);
}

void BucketArray::RemoveLast() {
  assert(size() > 0);
  const uint32_t left = size() - 1;
  size_.store(left, std::memory_order_relaxed);  // read by prefetching threads as a hint
  // A chunk is kept behind the end, and a segment until the array is smaller by a quarter, so that
  // an array whose size goes up and down does not ask the system each time.
  if (resident_end_ >= left + 2 * kChunk && resident_end_ > kFirstMapped) ReleaseChunk();
  if (const unsigned above = SegmentOf(left) + 1; above < kSegments && IsPresent(above)) {
    const uint32_t slack = std::min(StartOf(above) / 4, 2 * kChunk);
    if (left + slack <= StartOf(above)) ReleaseSegment(above);
  }
  if (left == 0) ReleaseSegment(0);
}

void BucketArray::ReleaseChunk() {
  resident_end_ -= kChunk;
  memory_ -= kChunk * sizeof(Bucket);
  madvise(At(resident_end_), kChunk * sizeof(Bucket), MADV_DONTNEED);
}

void BucketArray::ReleaseSegment(unsigned segment) {
  const uint32_t start = StartOf(segment);
  void* memory = At(start);
  if (start >= kFirstMapped) {
    munmap(memory, BytesOf(segment));
  } else {
    std::free(memory);
    memory_ -= BytesOf(segment);
  }
  segments_[segment].store(segment == 0 ? EmptySegment() : 0,
                           std::memory_order_relaxed);  // others only prefetch
}

void BucketArray::Swap(BucketArray& other) {
  const auto swap = [](auto& a, auto& b) {
    // Relaxed: both locks are held; a prefetching thread may see a mixture, which harms nothing.
    const auto value = a.load(std::memory_order_relaxed);
    a.store(b.load(std::memory_order_relaxed), std::memory_order_relaxed);  // as above
    b.store(value, std::memory_order_relaxed);                              // as above
  };
  for (unsigned i = 0; i < kSegments; ++i)
    swap(segments_[i], other.segments_[i]);
  swap(size_, other.size_);
  std::swap(resident_end_, other.resident_end_);
  std::swap(memory_, other.memory_);
}

}  // namespace larder
