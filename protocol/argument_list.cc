// Growth of argument lists, and what happens when the bytes they refer to have moved.
#include "protocol/argument_list.h"

#include <algorithm>
#include <cstdint>
#include <new>

namespace larder {
namespace {

constexpr size_t kLeastCapacity = 16;

}  // namespace

void ArgumentList::Grow(size_t at_least) {
  if (!Reallocate(std::max({at_least, capacity_ * 2, kLeastCapacity}))) throw std::bad_alloc();
}

// False if the array stays as it is, since memory is short.
bool ArgumentList::Reallocate(size_t capacity) {
  void* views = std::realloc(views_.get(), capacity * sizeof(std::string_view));
  if (views == nullptr) return false;
  (void)views_.release();
  views_.reset(static_cast<std::string_view*>(views));
  capacity_ = capacity;
  return true;
}

void ArgumentList::TakeFrom(ArgumentList& other) {
  if (empty()) {
    Swap(other);
    return;
  }
  Reserve(other.size());
  for (const std::string_view view : other)
    AppendReserved(view.data(), view.size());
  other.Clear();
}

bool ArgumentList::Shrink(size_t views) {
  size_ = 0;
  if (capacity_ <= views) {
    Release();
    return false;
  }
  if (!Reallocate(capacity_ - views)) Release();
  return capacity_ != 0;
}

void ArgumentList::Rebase(const char* from, size_t size, const char* to) {
  // As numbers, since the bytes at `from` may be gone.
  const auto start = reinterpret_cast<uintptr_t>(from);
  for (size_t i = 0; i < size_; ++i) {
    std::string_view& view = views_.get()[i];
    const uintptr_t offset = reinterpret_cast<uintptr_t>(view.data()) - start;
    if (offset < size) view = {to + offset, view.size()};
  }
}

}  // namespace larder
