// The chain of blocks behind ReplyBuffer: growth, splitting at shared values, sending, moving.
#include "protocol/reply_buffer.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <new>

namespace larder {
namespace {

// TakeFrom() copies less than this, rather than to let a few bytes pin a block.
constexpr size_t kCopyBelow = 4 * 1024;

// A list of stretches that grew beyond this gives its memory back once it is empty.
constexpr size_t kKeptStretches = 64;

}  // namespace

// The head of a block; its room follows directly. A block lives as long as a closed stretch lies in
// it or it is the open one.
//
//   | references 8 | size 8 | room: size - 16 bytes … |
struct ReplyBuffer::Block {
  size_t references;  // closed stretches in it, and one more while it is the open block
  size_t size;        // of the whole block in bytes

  char* room() { return reinterpret_cast<char*>(this + 1); }
  char* limit() { return reinterpret_cast<char*>(this) + size; }
};

// What is closed: own bytes, a shared value, or a placeholder.
struct ReplyBuffer::Stretch {
  // The size of a placeholder that waits for its header; `data` is the end of its gap then.
  static constexpr size_t kUnfilled = ~size_t{0};

  const char* data;
  size_t size;
  void* owner;                   // the Block, or what keeps a shared value alive
  SharedBytes::Release release;  // null if the owner is a Block

  bool unfilled() const { return size == kUnfilled; }
  size_t ready() const { return unfilled() ? 0 : size; }
  std::string_view bytes() const { return {data, ready()}; }
};

// Owns the blocks, through the references of the stretches and its own to the open block, and one
// reference to each shared value.
//
// Thread safety: none, as the buffer's.
struct ReplyBuffer::Chain {
  static_assert(sizeof(Block) == 16);
  static_assert(sizeof(Stretch) == 32);

  // Closed stretches, oldest first; those before `head` are gone already, and `erased` more were
  // before stretches[0], which counts for the numbers of placeholders.
  std::vector<Stretch> stretches;
  size_t head = 0;
  size_t erased = 0;
  // Bytes in closed stretches, and bytes of memory in blocks.
  size_t closed_bytes = 0;
  size_t block_bytes = 0;
  // The block of the open stretch, and an unused one of kFirstBlockSize kept for the next need.
  Block* open_block = nullptr;
  Block* spare = nullptr;

  Chain() = default;
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;
  ~Chain() {
    DropStretches();
    Drop(open_block);
    if (spare != nullptr) Free(spare);
  }

  // Blocks double with what is held, so that a long reply has few of them. What needs a larger one
  // than there should be gets just that.
  size_t NextBlockSize(size_t at_least) const {
    const size_t needed = at_least + sizeof(Block);
    if (needed > kMaxBlockSize) return needed;
    return std::clamp(std::bit_ceil(std::max(needed, block_bytes)), kFirstBlockSize, kMaxBlockSize);
  }

  // Returns a block with one reference.
  Block* NewBlock(size_t size) {
    Block* block = nullptr;
    if (spare != nullptr && size <= kFirstBlockSize) {
      block = std::exchange(spare, nullptr);
    } else {
      block = static_cast<Block*>(::operator new(size));
      block->size = size;
      block_bytes += size;
    }
    block->references = 1;
    return block;
  }

  void Free(Block* block) {
    block_bytes -= block->size;
    ::operator delete(block);
  }

  // Gives one reference to `block` back.
  void Drop(Block* block) {
    if (block == nullptr || --block->references > 0) return;
    if (block->size == kFirstBlockSize && spare == nullptr) {
      spare = block;
    } else {
      Free(block);
    }
  }

  void Push(const Stretch& stretch) {
    // The gone ones are erased when they are most, so that the cost per stretch stays constant.
    if (head > kKeptStretches && head * 2 > stretches.size()) {
      stretches.erase(stretches.begin(), stretches.begin() + static_cast<ptrdiff_t>(head));
      erased += std::exchange(head, 0);
    }
    stretches.push_back(stretch);
    closed_bytes += stretch.ready();
  }

  void PopFront() {
    const Stretch stretch = stretches[head++];
    closed_bytes -= stretch.ready();
    if (head == stretches.size()) ForgetStretches();
    if (stretch.owner == nullptr) return;
    if (stretch.release == nullptr) {
      Drop(static_cast<Block*>(stretch.owner));
    } else {
      stretch.release(stretch.owner);
    }
  }

  void DropStretches() {
    while (!stretches.empty())
      PopFront();
  }

  // Empties the list, whose references were given back or moved.
  void ForgetStretches() {
    erased += stretches.size();
    head = 0;
    stretches.clear();
    if (stretches.capacity() > kKeptStretches) std::vector<Stretch>().swap(stretches);
  }
};

void ReplyBuffer::ChainDeleter::operator()(Chain* chain) const {
  delete chain;
}

ReplyBuffer::Chain& ReplyBuffer::EnsureChain() {
  if (chain_ == nullptr) chain_.reset(new Chain);
  return *chain_;
}

void ReplyBuffer::CloseOpenStretch() {
  if (open_ == cursor_) return;
  chain_->Push({open_, static_cast<size_t>(cursor_ - open_), chain_->open_block, nullptr});
  ++chain_->open_block->references;
  open_ = cursor_;
}

void ReplyBuffer::AddBlock(size_t at_least) {
  Chain& chain = EnsureChain();
  CloseOpenStretch();
  open_ = cursor_ = limit_ = nullptr;
  chain.Drop(std::exchange(chain.open_block, nullptr));
  Block* block = chain.NewBlock(chain.NextBlockSize(at_least));
  chain.open_block = block;
  open_ = cursor_ = block->room();
  limit_ = block->limit();
}

void ReplyBuffer::AppendOverBlocks(std::string_view bytes) {
  while (true) {
    const size_t count = std::min(bytes.size(), static_cast<size_t>(limit_ - cursor_));
    if (count > 0) std::memcpy(cursor_, bytes.data(), count);
    cursor_ += count;
    bytes.remove_prefix(count);
    if (bytes.empty()) return;
    AddBlock(std::min(bytes.size(), kMaxBlockSize - sizeof(Block)));
  }
}

void ReplyBuffer::AppendShared(SharedBytes bytes) {
  if (bytes.bytes_.empty()) return;
  Chain& chain = EnsureChain();
  CloseOpenStretch();
  chain.Push({bytes.bytes_.data(), bytes.bytes_.size(), bytes.owner_, bytes.release_});
  bytes.owner_ = nullptr;
}

size_t ReplyBuffer::AddPlaceholder() {
  // The gap lies right before what follows, and the header will end where the gap ends, so that the
  // two are sent in one part.
  Reserve(kMaxPlaceholderSize);
  CloseOpenStretch();
  cursor_ += kMaxPlaceholderSize;
  open_ = cursor_;
  Chain& chain = *chain_;
  chain.Push({open_, Stretch::kUnfilled, chain.open_block, nullptr});
  ++chain.open_block->references;
  return chain.erased + chain.stretches.size() - 1;
}

void ReplyBuffer::FillPlaceholder(size_t placeholder, std::string_view header) {
  assert(header.size() <= kMaxPlaceholderSize && "a header is longer than its placeholder");
  assert(chain_ != nullptr && placeholder - chain_->erased < chain_->stretches.size());
  Stretch& stretch = chain_->stretches[placeholder - chain_->erased];
  assert(stretch.unfilled() && "a placeholder is filled twice");
  char* const start = const_cast<char*>(stretch.data) - header.size();
  if (!header.empty()) std::memcpy(start, header.data(), header.size());
  stretch.data = start;
  stretch.size = header.size();
  chain_->closed_bytes += header.size();
}

size_t ReplyBuffer::size() const {
  const auto open_bytes = static_cast<size_t>(cursor_ - open_);
  return chain_ == nullptr ? open_bytes : chain_->closed_bytes + open_bytes;
}

size_t ReplyBuffer::memory() const {
  if (chain_ == nullptr) return 0;
  return sizeof(Chain) + chain_->stretches.capacity() * sizeof(Stretch) + chain_->block_bytes;
}

size_t ReplyBuffer::Gather(iovec* parts, size_t max_parts) const {
  size_t count = 0;
  const char* end = nullptr;  // of the last part
  auto add = [&](const char* data, size_t size) {
    if (size == 0) return true;
    if (data == end) {
      parts[count - 1].iov_len += size;
    } else {
      if (count == max_parts) return false;
      parts[count++] = {const_cast<char*>(data), size};
    }
    end = data + size;
    return true;
  };
  if (chain_ != nullptr) {
    for (size_t i = chain_->head; i < chain_->stretches.size(); ++i) {
      const Stretch& stretch = chain_->stretches[i];
      if (stretch.unfilled() || !add(stretch.data, stretch.size)) return count;
    }
  }
  add(open_, static_cast<size_t>(cursor_ - open_));
  return count;
}

void ReplyBuffer::Consume(size_t bytes) {
  if (chain_ == nullptr) return;
  Chain& chain = *chain_;
  while (!chain.stretches.empty()) {
    Stretch& front = chain.stretches[chain.head];
    if (front.unfilled() || bytes < front.size) {
      assert((!front.unfilled() || bytes == 0) && "bytes behind a placeholder were consumed");
      if (front.unfilled()) return;
      front.data += bytes;
      front.size -= bytes;
      chain.closed_bytes -= bytes;
      return;
    }
    bytes -= front.size;
    chain.PopFront();
  }
  assert(bytes <= static_cast<size_t>(cursor_ - open_) && "more was consumed than there is");
  open_ += bytes;
  // All was sent, so the block is used from its start again.
  if (open_ == cursor_ && chain.open_block != nullptr) open_ = cursor_ = chain.open_block->room();
}

void ReplyBuffer::TakeFrom(ReplyBuffer& from) {
  assert(&from != this);
  if (from.chain_ == nullptr) return;
  Chain& source = *from.chain_;
  from.CloseOpenStretch();
  size_t own_bytes = 0;
  for (size_t i = source.head; i < source.stretches.size(); ++i) {
    const Stretch& stretch = source.stretches[i];
    assert(!stretch.unfilled() && "a placeholder is unfilled");
    if (stretch.release == nullptr) own_bytes += stretch.size;
  }
  if (own_bytes < kCopyBelow) {
    CopyFrom(source);
    from.Clear();
    return;
  }
  CloseOpenStretch();
  Chain& chain = EnsureChain();
  for (size_t i = source.head; i < source.stretches.size(); ++i)
    chain.Push(source.stretches[i]);
  source.ForgetStretches();
  source.closed_bytes = 0;
  // The open block comes along with the room that it has left; a spare one stays.
  chain.Drop(std::exchange(chain.open_block, std::exchange(source.open_block, nullptr)));
  open_ = std::exchange(from.open_, nullptr);
  cursor_ = std::exchange(from.cursor_, nullptr);
  limit_ = std::exchange(from.limit_, nullptr);
  const size_t kept = source.spare == nullptr ? 0 : source.spare->size;
  chain.block_bytes += std::exchange(source.block_bytes, kept) - kept;
}

void ReplyBuffer::CopyFrom(Chain& source) {
  for (size_t i = source.head; i < source.stretches.size(); ++i) {
    Stretch& stretch = source.stretches[i];
    if (stretch.release == nullptr) {
      Append(stretch.bytes());
    } else {
      AppendShared({stretch.bytes(), std::exchange(stretch.owner, nullptr), stretch.release});
    }
  }
}

void ReplyBuffer::Clear() {
  if (chain_ == nullptr) return;
  Chain& chain = *chain_;
  chain.DropStretches();
  open_ = cursor_ = limit_ = nullptr;
  if (chain.open_block == nullptr) return;
  if (chain.open_block->size != kFirstBlockSize) {
    chain.Drop(std::exchange(chain.open_block, nullptr));
    return;
  }
  open_ = cursor_ = chain.open_block->room();
  limit_ = chain.open_block->limit();
}

void ReplyBuffer::Release() {
  open_ = cursor_ = limit_ = nullptr;
  chain_.reset();
}

std::string ReplyBuffer::ToString() const {
  std::string bytes;
  bytes.reserve(size());
  if (chain_ != nullptr) {
    for (size_t i = chain_->head; i < chain_->stretches.size(); ++i) {
      bytes.append(chain_->stretches[i].bytes());
    }
  }
  return bytes.append(open_, static_cast<size_t>(cursor_ - open_));
}

}  // namespace larder
