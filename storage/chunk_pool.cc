// Gets groups of chunks from the system and gives them back.
#include "storage/chunk_pool.h"

#include <sys/mman.h>

#include <algorithm>

#include "storage/poison.h"

namespace larder {

ChunkPool::ChunkPool(uint32_t max_chunks)
    : memory_(size_t{max_chunks} * kChunkBytes, kGroupBytes),
      group_memory_(memory_.bytes() / kGroupBytes * sizeof(Group), sizeof(Group)),
      groups_(reinterpret_cast<Group*>(group_memory_.base())),
      max_groups_(static_cast<uint32_t>(
          std::min(memory_.bytes() / kGroupBytes, group_memory_.bytes() / sizeof(Group)))) {}

ChunkPool::~ChunkPool() {
  Unpoison(memory_.base(), group_count_ * kGroupBytes);
}

uint32_t ChunkPool::Allocate() {
  if (with_room_ == kNoGroup && !AddGroup()) return 0;
  Group& group = groups_[with_room_];
  const uint32_t number =
      with_room_ * kGroupChunks + static_cast<uint32_t>(std::countr_zero(group.free));
  group.free &= group.free - 1;
  if (group.free == 0) with_room_ = group.next;
  ++live_;
  Unpoison(At(number), kChunkBytes);
  return number;
}

void ChunkPool::Free(uint32_t number) {
  const uint32_t index = number / kGroupChunks;
  const uint64_t bit = uint64_t{1} << (number % kGroupChunks);
  Group& group = groups_[index];
  assert(number != 0 && index < group_count_ && (group.free & bit) == 0);
  Poison(At(number), kChunkBytes);
  if (group.free == 0) {
    group.next = with_room_;
    with_room_ = index;
  }
  group.free |= bit;
  --live_;
  if (group.free == AllOf(index)) GiveBack(index);
}

bool ChunkPool::AddGroup() {
  if (group_count_ == max_groups_ || !memory_.Commit((group_count_ + 1) * kGroupBytes) ||
      !group_memory_.Commit((group_count_ + 1) * sizeof(Group)))
    return false;
  groups_[group_count_] = {AllOf(group_count_), with_room_};
  with_room_ = group_count_++;
  return true;
}

void ChunkPool::GiveBack(uint32_t group) {
  madvise(At(group * kGroupChunks), kGroupBytes, MADV_DONTNEED);
}

}  // namespace larder
