// The bytes of replies that wait to be sent: a chain of blocks, with shared large values in
// between.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace larder {

// A run of bytes that is owned elsewhere and kept alive by a reference: how a large value is sent
// without being copied. The reference is given back through `release(owner)`.
class SharedBytes {
 public:
  using Release = void (*)(void* owner);

  SharedBytes(std::string_view bytes, void* owner, Release release)
      : bytes_(bytes), owner_(owner), release_(release) {}
  SharedBytes(SharedBytes&& other) noexcept
      : bytes_(other.bytes_),
        owner_(std::exchange(other.owner_, nullptr)),
        release_(other.release_) {}
  SharedBytes& operator=(SharedBytes&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(owner_, other.owner_);
    std::swap(release_, other.release_);
    return *this;
  }
  SharedBytes(const SharedBytes&) = delete;
  SharedBytes& operator=(const SharedBytes&) = delete;
  ~SharedBytes() {
    if (owner_ != nullptr) release_(owner_);
  }

  std::string_view bytes() const { return bytes_; }

 private:
  friend class ReplyBuffer;  // takes the reference over

  std::string_view bytes_;
  void* owner_;
  Release release_;
};

// Owns the bytes of replies until they are sent. Writing never moves bytes that were written
// before, so a reply of many megabytes costs no copying, and a header whose numbers are known only
// at the end can be put in front of what follows it.
//
// The newest block ends with the open stretch, to which the inline functions write. Whatever is
// older is a list of closed stretches, which is kept apart and exists only while there is a block,
// so that the buffer of an idle connection is these four pointers and nothing else.
//
// Thread safety: none; a buffer belongs to one connection, thus to one I/O thread.
class ReplyBuffer {
 public:
  // Sizes of blocks, with their own bookkeeping; blocks grow with what the buffer holds already.
  static constexpr size_t kFirstBlockSize = 32 * 1024;
  static constexpr size_t kMaxBlockSize = 1024 * 1024;
  // The longest header that a placeholder takes.
  static constexpr size_t kMaxPlaceholderSize = 32;

  ReplyBuffer() = default;
  ReplyBuffer(ReplyBuffer&& other) noexcept
      : open_(std::exchange(other.open_, nullptr)),
        cursor_(std::exchange(other.cursor_, nullptr)),
        limit_(std::exchange(other.limit_, nullptr)),
        chain_(std::move(other.chain_)) {}
  ReplyBuffer& operator=(ReplyBuffer&& other) noexcept {
    open_ = std::exchange(other.open_, nullptr);
    cursor_ = std::exchange(other.cursor_, nullptr);
    limit_ = std::exchange(other.limit_, nullptr);
    chain_ = std::move(other.chain_);
    return *this;
  }

  // Makes room for `size` bytes in one piece and returns it; the bytes written to it count once
  // Commit() was called.
  char* Reserve(size_t size) {
    if (static_cast<size_t>(limit_ - cursor_) < size) [[unlikely]]
      AddBlock(size);
    return cursor_;
  }
  // Requires: `end` is not before the pointer that the last Reserve() returned, nor beyond its
  // size.
  void Commit(char* end) { cursor_ = end; }

  void Append(std::string_view bytes) {
    if (static_cast<size_t>(limit_ - cursor_) < bytes.size()) [[unlikely]] {
      AppendOverBlocks(bytes);
      return;
    }
    if (!bytes.empty()) std::memcpy(cursor_, bytes.data(), bytes.size());
    cursor_ += bytes.size();
  }

  // Appends bytes that stay where they are.
  void AppendShared(SharedBytes bytes);

  // Marks a place for a header that FillPlaceholder() supplies later. The returned number stays
  // good while bytes before it are consumed.
  size_t AddPlaceholder();
  // Requires: AddPlaceholder() of this buffer returned `placeholder`, it was neither filled nor
  // dropped since, and `header` is not longer than kMaxPlaceholderSize.
  void FillPlaceholder(size_t placeholder, std::string_view header);

  bool empty() const { return size() == 0; }
  // Bytes not yet consumed. Unfilled placeholders count as none.
  size_t size() const;
  // Bytes of memory that the buffer itself holds; shared values are not counted.
  size_t memory() const;

  // Fills `parts` with what is to be sent next and returns how many of them were used. Bytes behind
  // an unfilled placeholder are not ready yet, so it stops there.
  size_t Gather(iovec* parts, size_t max_parts) const;
  // Forgets the first `bytes` bytes: they were sent.
  // Requires: `bytes` is not more than Gather() with enough parts returns.
  void Consume(size_t bytes);
  // Moves everything that `from` holds behind what this buffer holds. Little is copied, and then
  // `from` keeps its block; much is moved with the blocks that it lies in.
  // Requires: `from` is another buffer and has no unfilled placeholder.
  void TakeFrom(ReplyBuffer& from);
  // Drops what is held, and keeps a block of the first size, at most two, for the next use.
  void Clear();
  // Drops what is held and gives all memory back.
  void Release();

  // The unsent bytes as one string; for tests and for sessions without a socket.
  std::string ToString() const;

 private:
  // A block of memory, a closed stretch, and the list of what is closed; see reply_buffer.cc.
  struct Block;
  struct Stretch;
  struct Chain;
  struct ChainDeleter {
    void operator()(Chain* chain) const;
  };

  Chain& EnsureChain();
  void AddBlock(size_t at_least);
  void CloseOpenStretch();
  void AppendOverBlocks(std::string_view bytes);
  void CopyFrom(Chain& source);

  // The open stretch: bytes in [open_, cursor_) of the newest block, whose room ends at limit_.
  // All are null while there is no block.
  char* open_ = nullptr;
  char* cursor_ = nullptr;
  char* limit_ = nullptr;
  // Null until the first block is needed.
  std::unique_ptr<Chain, ChainDeleter> chain_;
};

static_assert(sizeof(ReplyBuffer) <= 64, "an idle connection should cost next to nothing");

}  // namespace larder
