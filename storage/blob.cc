// Allocates and frees blobs.
#include "storage/blob.h"

#include <cstdlib>
#include <limits>
#include <new>

namespace larder {

BlobRef Blob::Create(size_t capacity) {
  if (capacity > std::numeric_limits<size_t>::max() - sizeof(Blob)) return BlobRef();
  void* memory = std::malloc(sizeof(Blob) + capacity);
  if (memory == nullptr) return BlobRef();
  return BlobRef::Adopt(new (memory) Blob(capacity));
}

void Blob::Destroy() {
  this->~Blob();
  std::free(this);
}

}  // namespace larder
