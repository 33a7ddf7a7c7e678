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

}  // namespace

// The head of a block; its room follows directly.
//
//   | references 4 | size 4 | room: size - 8 bytes … |
//
// A block lives as long as a closed stretch lies in it, or the open one does.
struct ReplyBuffer::Block {
  uint32_t references;  // closed stretches in it, and one more while it is the open block
  uint32_t size;        // of the whole block in bytes

  char* room() { return reinterpret_cast<char*>(this + 1); }
  char* limit() { return reinterpret_cast<char*>(this) + size; }
};

// What is closed: own bytes (block is set), a shared value (release is set), or a placeholder.
struct ReplyBuffer::Stretch {
  const char* data;
  size_t size;
  void* owner;                   // the Block, or what a shared value is kept alive by
  SharedBytes::Release release;  // null if the owner is a Block

  bool unfilled() const { return size == kUnfilled; }
  size_t ready() const { return unfilled() ? 0 : size; }

  // The size of a placeholder that waits for its header; `data` is the end of its gap.
  static constexpr size_t kUnfilled = ~size_t{0};
};

// Owns the blocks, by the references of the stretches and its own one to the open block, and one
// reference to each shared value.
struct ReplyBuffer::Chain {
  static_assert(sizeof(Block) == 8);
  static_assert(sizeof(Stretch) == 32);

  // Closed stretches, oldest first; those before `head` are gone already.
  std::vector<Stretch> stretches;
  size_t head = 0;
  // How many stretches were erased before stretches[0], so that placeholders keep their numbers.
  size_t erased = 0;
  // Bytes in closed stretches, and of memory in all blocks.
  size_t closed_bytes = 0;
  size_t block_bytes = 0;
  // The block of the open stretch, and an empty one of kFirstBlockSize kept for the next need.
  Block* open_block = nullptr;
  Block* spare = nullptr;

  ~Chain() {
    DropStretches();
    Drop(std::exchange(open_block, nullptr));
    if (spare != nullptr) Free(spare);
  }

  Block* NewBlock(size_t size) {
    if (size == kFirstBlockSize && spare != nullptr) return std::exchange(spare, nullptr);
    auto* block = static_cast<Block*>(::operator new(size));
    block->references = 0;
    block->size = static_cast<uint32_t>(size);
    block_bytes += size;
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
    // Erased in large steps, so that the cost per stretch stays constant.
    if (head > 64 && head * 2 > stretches.size()) {
      stretches.erase(stretches.begin(), stretches.begin() + static_cast<ptrdiff_t>(head));
      erased += std::exchange(head, 0);
    }
    stretches.push_back(stretch);
    closed_bytes += stretch.ready();
  }

  void PopFront() {
    const Stretch stretch = stretches[head++];
    closed_bytes -= stretch.ready();
    if (head == stretches.size()) {
      erased += std::exchange(head, 0);
      stretches.clear();
    }
    if (stretch.release == nullptr) {
      Drop(static_cast<Block*>(stretch.owner));
    } else {
      stretch.release(stretch.owner);
    }
  }

  void DropStretches() {
    while (!stretches.empty()) PopFront();
  }
};

void ReplyBuffer::ChainDeleter::operator()(Chain* chain) const { delete chain; }

ReplyBuffer::Chain& ReplyBuffer::EnsureChain() {
  if (chain_ == nullptr) chain_.reset(new Chain);
  return *chain_;
}

void ReplyBuffer::OpenBlock(Block* block) {
  ++block->references;
  Drop: chain_->Drop(std::exchange(chain_->open_block, block));
}
