// A large value outside the arena, shared by the entry that stores it and the replies that send it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace larder {

class BlobRef;

// Owns one value's bytes, which follow the header in the same allocation, and dies with its last
// reference.
//
// Thread safety: the counter is atomic; the bytes may be changed by the only holder of a reference,
// and read by all.
class Blob {
 public:
  // Null when there is no memory for it. The size is zero at first, the bytes are undefined.
  static BlobRef Create(size_t capacity);
  // The same with bytes that are zero: very many of them cost nothing before they are used.
  static BlobRef CreateZeroed(size_t capacity);

  Blob(const Blob&) = delete;
  Blob& operator=(const Blob&) = delete;

  char* data() { return reinterpret_cast<char*>(this + 1); }
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }
  std::string_view view() const { return {data(), size_}; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  // Requires: size <= capacity(), unique().
  void set_size(size_t size) { size_ = size; }
  // Whether the caller, who holds a reference, holds the only one.
  bool unique() const {
    // Acquire: whoever dropped a reference has finished reading before the bytes are changed.
    return references_.load(std::memory_order_acquire) == 1;
  }
  // Bytes of the allocation.
  size_t memory() const { return sizeof(Blob) + capacity_; }

 private:
  friend class BlobRef;

  explicit Blob(size_t capacity) : capacity_(capacity) {}

  void AddReference() {
    // Relaxed: a new reference is made from one that keeps the blob alive.
    references_.fetch_add(1, std::memory_order_relaxed);
  }
  void DropReference() {
    // Release: this holder's reads happen before the end. Acquire: the end happens after the reads
    // of all other holders.
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) Destroy();
  }
  // Null if `memory` is.
  static BlobRef Construct(void* memory, size_t capacity);
  void Destroy();

  // Atomic: changed by all holders.
  std::atomic<uint32_t> references_{1};
  // Changed by the only holder.
  size_t size_ = 0;
  // Constant after construction.
  size_t capacity_;
};
static_assert(sizeof(Blob) == 24);

// One reference to a Blob, or null.
// Thread safety: as a pointer; different BlobRefs to one blob may be used by different threads.
class BlobRef {
 public:
  BlobRef() = default;
  BlobRef(const BlobRef& other) : blob_(other.blob_) {
    if (blob_ != nullptr) blob_->AddReference();
  }
  BlobRef(BlobRef&& other) noexcept : blob_(std::exchange(other.blob_, nullptr)) {}
  BlobRef& operator=(BlobRef other) noexcept {
    std::swap(blob_, other.blob_);
    return *this;
  }
  ~BlobRef() {
    if (blob_ != nullptr) blob_->DropReference();
  }

  // Gives the reference away as a raw pointer, to be taken over by Adopt().
  [[nodiscard]] Blob* Release() { return std::exchange(blob_, nullptr); }
  static BlobRef Adopt(Blob* blob) { return BlobRef(blob); }
  // One more reference to a blob that somebody holds.
  static BlobRef Share(Blob* blob) {
    blob->AddReference();
    return BlobRef(blob);
  }

  explicit operator bool() const { return blob_ != nullptr; }
  Blob* get() const { return blob_; }
  Blob* operator->() const { return blob_; }
  Blob& operator*() const { return *blob_; }

 private:
  explicit BlobRef(Blob* blob) : blob_(blob) {}

  Blob* blob_ = nullptr;
};

}  // namespace larder
