// Pieces of memory of one size for lists that grow and shrink, each named by a number.
#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "storage/page_heap.h"

namespace larder {

// Owns chunks of 1 KiB in one range of addresses, in groups of 64. Chunks are dealt out from the
// group that got room last, so that few groups are in use in part; a group without a chunk in use
// gives its memory back to the system at once, which the general allocator would keep wherever
// something lies behind it.
//
// Thread safety: none; guarded by the lock of its owner's shard.
class ChunkPool {
 public:
  static constexpr size_t kChunkBytes = 1024;

  // Reserves addresses for so many chunks; throws std::bad_alloc when there are none to be had.
  explicit ChunkPool(uint32_t max_chunks);
  ChunkPool(const ChunkPool&) = delete;
  ChunkPool& operator=(const ChunkPool&) = delete;
  ~ChunkPool();

  // The number of a chunk with undefined contents; zero when memory or addresses are short.
  uint32_t Allocate();
  // Requires: allocated before.
  void Free(uint32_t number);

  char* At(uint32_t number) const { return memory_.base() + size_t{number} * kChunkBytes; }

  // Bytes of the chunks in use, and of what is known of all.
  size_t memory() const { return live_ * kChunkBytes + group_count_ * sizeof(Group); }

 private:
  static constexpr uint32_t kGroupChunks = 64;
  static constexpr size_t kGroupBytes = kGroupChunks * kChunkBytes;
  static constexpr uint32_t kNoGroup = ~uint32_t{0};

  struct Group {
    uint64_t free;  // a bit for each chunk
    uint32_t next;  // in the list of groups with room
  };

  // Chunk zero is never handed out, so that zero can mean "none".
  static uint64_t AllOf(uint32_t group) { return group == 0 ? ~uint64_t{1} : ~uint64_t{0}; }
  bool AddGroup();
  void GiveBack(uint32_t group);

  // Constant after construction: where they lie.
  Reservation memory_;
  Reservation group_memory_;
  Group* groups_;
  uint32_t max_groups_;

  uint32_t group_count_ = 0;
  uint32_t with_room_ = kNoGroup;  // the first of a list of all groups that have a free chunk
  size_t live_ = 0;
};

}  // namespace larder
