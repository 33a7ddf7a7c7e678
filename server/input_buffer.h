// Bytes that were read from a socket and not yet consumed.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <utility>

namespace larder {

// Owns one block: consumed bytes, unconsumed bytes, room for more.
// Thread safety: none; it belongs to a connection or to an I/O thread.
class InputBuffer {
 public:
  InputBuffer() = default;
  InputBuffer(InputBuffer&& other) noexcept { Swap(other); }
  InputBuffer& operator=(InputBuffer&& other) noexcept {
    Swap(other);
    return *this;
  }

  std::string_view bytes() const { return {block_.get() + begin_, end_ - begin_}; }
  size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  size_t capacity() const { return capacity_; }

  // The room behind the bytes, at least `at_least` long; bytes and room may move to another block.
  std::span<char> Room(size_t at_least) {
    if (capacity_ - end_ < at_least) MakeRoom(at_least);
    return {block_.get() + end_, capacity_ - end_};
  }
  // Says that so many bytes were written to the room.
  void Commit(size_t bytes) { end_ += bytes; }
  void Append(std::string_view bytes) {
    std::memcpy(Room(bytes.size()).data(), bytes.data(), bytes.size());
    Commit(bytes.size());
  }

  // Forgets the first bytes. They stay in place until Room(), Clear() or Release() is called.
  void Consume(size_t bytes) {
    assert(bytes <= size());
    begin_ += bytes;
  }
  void Clear() { begin_ = end_ = 0; }
  void Release() {
    block_.reset();
    begin_ = end_ = capacity_ = 0;
  }
  // Gives so many bytes of an empty buffer's block back, or all of it; false once nothing is left.
  bool Shrink(size_t bytes) {
    Clear();
    if (capacity_ <= bytes) {
      Release();
      return false;
    }
    if (char* smaller = static_cast<char*>(std::realloc(block_.get(), capacity_ - bytes))) {
      (void)block_.release();
      block_.reset(smaller);
    }
    capacity_ -= bytes;
    return true;
  }

 private:
  struct Free {
    void operator()(char* block) const { std::free(block); }
  };

  void Swap(InputBuffer& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
    std::swap(capacity_, other.capacity_);
  }

  void MakeRoom(size_t at_least) {
    if (begin_ != 0) {
      std::memmove(block_.get(), block_.get() + begin_, size());
      end_ -= begin_;
      begin_ = 0;
    }
    if (capacity_ - end_ >= at_least) return;
    const size_t wanted = std::max(end_ + at_least, capacity_ * 2);
    // realloc() can extend a large block, or move it by changing page tables only.
    char* larger = static_cast<char*>(std::realloc(block_.get(), wanted));
    if (larger == nullptr) throw std::bad_alloc();
    (void)block_.release();
    block_.reset(larger);
    capacity_ = wanted;
  }

  std::unique_ptr<char, Free> block_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t capacity_ = 0;
};

}  // namespace larder
