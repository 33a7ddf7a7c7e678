// The arguments of requests: an array of views that grows to a million without being copied.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace larder {

// Owns an array of views, not what they refer to. It differs from a vector in two ways: what was
// reserved is appended without a check, and a large array grows by realloc(), which moves page
// tables instead of bytes.
//
// Thread safety: none; it belongs to a batch or to a request under way.
class ArgumentList {
 public:
  ArgumentList() = default;
  ArgumentList(ArgumentList&& other) noexcept { Swap(other); }
  ArgumentList& operator=(ArgumentList&& other) noexcept {
    Swap(other);
    return *this;
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  size_t capacity() const { return capacity_; }
  const std::string_view* data() const { return views_.get(); }
  const std::string_view* begin() const { return data(); }
  const std::string_view* end() const { return data() + size_; }
  const std::string_view& operator[](size_t index) const { return data()[index]; }

  // Makes room for so many more. Throws std::bad_alloc when memory is short.
  void Reserve(size_t more) {
    if (capacity_ - size_ < more) [[unlikely]]
      Grow(size_ + more);
  }
  // Requires: there is room for it.
  void AppendReserved(const char* data, size_t size) {
    std::construct_at(views_.get() + size_++, data, size);
  }
  void Append(std::string_view view) {
    Reserve(1);
    AppendReserved(view.data(), view.size());
  }
  // Appends all of `other`, by taking its array if there is nothing here yet.
  void TakeFrom(ArgumentList& other);

  // Views into the `size` bytes at `from` become views into those at `to`; others stay.
  void Rebase(const char* from, size_t size, const char* to);

  // Requires: `size` is not more than size().
  void Truncate(size_t size) { size_ = size; }
  void Clear() { size_ = 0; }
  // Forgets everything and gives the memory of so many views back, or of all; false once nothing is
  // left. For arrays that take the system long to free.
  bool Shrink(size_t views);
  // Gives the memory back.
  void Release() {
    views_.reset();
    size_ = capacity_ = 0;
  }
  void Swap(ArgumentList& other) noexcept {
    std::swap(views_, other.views_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

 private:
  static_assert(std::is_trivially_copyable_v<std::string_view>, "moved by realloc()");
  struct Free {
    void operator()(std::string_view* views) const { std::free(views); }
  };

  void Grow(size_t at_least);
  bool Reallocate(size_t capacity);

  std::unique_ptr<std::string_view, Free> views_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace larder
