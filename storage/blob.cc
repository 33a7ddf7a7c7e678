// Allocates and frees blobs.
#include "storage/blob.h"

#include <cstdlib>
#include <limits>
#include <new>

namespace larder {

namespace {

bool HasSize(size_t capacity) {
  return capacity <= std::numeric_limits<size_t>::max() - sizeof(Blob);
}

}  // namespace

BlobRef Blob::Create(size_t capacity) {
  if (!HasSize(capacity)) return BlobRef();
  return Construct(std::malloc(sizeof(Blob) + capacity), capacity);
}

BlobRef Blob::CreateZeroed(size_t capacity) {
  if (!HasSize(capacity)) return BlobRef();
  return Construct(std::calloc(1, sizeof(Blob) + capacity), capacity);
}

BlobRef Blob::Construct(void* memory, size_t capacity) {
  if (memory == nullptr) return BlobRef();
  return BlobRef::Adopt(new (memory) Blob(capacity));
}

void Blob::Destroy() {
  this->~Blob();
  std::free(this);
}

}  // namespace larder
