// The FIFO queues of an eviction policy: Refs in order of arrival, each at a position that its
// entry remembers.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "storage/arena.h"
#include "storage/chunk_pool.h"

namespace larder {

// Owns two queues of Refs, in chunks of which each queue is a doubly linked list. An entry that is
// erased leaves a hole; neighbouring chunks that are mostly holes become one, so that a queue holds
// at least three slots in eight filled, whatever is erased, and nearly all of them when entries
// only leave in front.
//
//   chunk (1024 bytes):
//   0      4      8       10     12     14      15      16                                   1024
//   +------+------+-------+------+------+-------+-------+-------------------------------------+
//   | next | prev | begin | end  | live | queue | spare | 252 slots: Ref, or kNullRef: a hole |
//   +------+------+-------+------+------+-------+-------+-------------------------------------+
//
//   position (30 bits): number of the chunk, then 8 bits for the slot
//
// Moved(Ref, uint32_t position) is called for entries that were given another position.
//
// Thread safety: guarded by the lock of its owner.
class EvictionQueues {
 public:
  enum Queue : uint8_t { kSmall, kMain };
  static constexpr unsigned kPositionBits = 30;
  static constexpr uint32_t kNoPosition = ~uint32_t{0};

  EvictionQueues();
  EvictionQueues(const EvictionQueues&) = delete;
  EvictionQueues& operator=(const EvictionQueues&) = delete;

  // Puts a Ref at the end; kNoPosition when memory is short.
  [[nodiscard]] uint32_t Append(Queue queue, Ref ref);
  // The oldest Ref of a queue; kNullRef if it is empty.
  Ref Front(Queue queue) const;
  // Takes it away. Requires: the queue is not empty.
  void PopFront(Queue queue);
  // The `ahead`-th slot behind the front, if it lies in the same chunk: kNullRef otherwise.
  Ref Ahead(Queue queue, unsigned ahead) const;

  // Makes a hole. Requires: a Ref stands there.
  template <class Moved>
  void Erase(uint32_t position, Moved&& moved) {
    const uint32_t chunk = Remove(position);
    if (chunk != 0) CloseGaps(chunk, moved);
  }
  // Puts another Ref in place. Requires: a Ref stands there.
  void Replace(uint32_t position, Ref ref) { Slot(position) = ref; }
  Ref At(uint32_t position) const { return ChunkAt(position >> kSlotBits).slots[SlotOf(position)]; }
  Queue QueueOf(uint32_t position) const { return ChunkAt(position >> kSlotBits).queue; }

  size_t size(Queue queue) const { return lists_[queue].size; }
  size_t memory() const { return chunks_.memory(); }

 private:
  static constexpr unsigned kSlotBits = 8;
  static constexpr unsigned kSlots = 252;
  // Two neighbours with so few entries become one.
  static constexpr unsigned kSparsePair = 189;
  static constexpr uint32_t kMaxChunks = 1u << (kPositionBits - kSlotBits);

  struct Chunk {
    uint32_t next;   // behind it in the queue, zero: last
    uint32_t prev;   // zero: first
    uint16_t begin;  // before it, all slots are holes
    uint16_t end;    // from here on, slots were never used
    uint16_t live;
    Queue queue;
    uint8_t spare;
    Ref slots[kSlots];
  };
  static_assert(sizeof(Chunk) == ChunkPool::kChunkBytes);

  struct List {
    uint32_t first = 0;
    uint32_t last = 0;
    size_t size = 0;
  };

  Chunk& ChunkAt(uint32_t number) const { return *reinterpret_cast<Chunk*>(chunks_.At(number)); }
  static unsigned SlotOf(uint32_t position) { return position & ((1u << kSlotBits) - 1); }
  Ref& Slot(uint32_t position) {
    Ref& slot = ChunkAt(position >> kSlotBits).slots[SlotOf(position)];
    assert(slot != kNullRef);
    return slot;
  }
  // Makes a hole and drops the chunk if it was the last entry of it. Returns the chunk's number if
  // its neighbours are to be looked at.
  uint32_t Remove(uint32_t position);
  uint32_t AddChunk(Queue queue);
  void DropChunk(uint32_t number);

  template <class Moved>
  void CloseGaps(uint32_t number, Moved& moved) {
    const Chunk& chunk = ChunkAt(number);
    if (chunk.next != 0 && chunk.live + ChunkAt(chunk.next).live <= int{kSparsePair}) {
      Merge(number, chunk.next, moved);
    } else if (chunk.prev != 0 && chunk.live + ChunkAt(chunk.prev).live <= int{kSparsePair}) {
      Merge(chunk.prev, number, moved);
    }
  }
  template <class Moved>
  void Merge(uint32_t into, uint32_t from, Moved& moved) {
    Chunk& target = ChunkAt(into);
    const Chunk& source = ChunkAt(from);
    unsigned end = 0;
    const auto put = [&](Ref ref, bool stays) {
      target.slots[end] = ref;
      if (!stays) moved(ref, into << kSlotBits | end);
      ++end;
    };
    for (unsigned i = target.begin; i < target.end; ++i) {
      if (target.slots[i] != kNullRef) put(target.slots[i], i == end);
    }
    for (unsigned i = source.begin; i < source.end; ++i) {
      if (source.slots[i] != kNullRef) put(source.slots[i], false);
    }
    target.begin = 0;
    target.end = target.live = static_cast<uint16_t>(end);
    DropChunk(from);
  }

  List lists_[2];
  ChunkPool chunks_;
};

}  // namespace larder
