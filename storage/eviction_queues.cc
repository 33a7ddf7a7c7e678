// Gets and gives back the chunks of the queues.
#include "storage/eviction_queues.h"

#include "storage/poison.h"

namespace larder {
namespace {

// Addresses cost nothing, but sanitizers shadow them.
constexpr uint32_t kShareOfChunks = kMemoryIsShadowed ? 64 : 1;

}  // namespace

EvictionQueues::EvictionQueues() : chunks_(kMaxChunks / kShareOfChunks) {
  (void)AddChunk(kSmall);  // without memory for it, Append() tries again
  (void)AddChunk(kMain);
}

uint32_t EvictionQueues::AddChunk(Queue queue) {
  const uint32_t number = chunks_.Allocate();
  if (number == 0) return 0;
  Chunk& chunk = ChunkAt(number);
  List& list = lists_[queue];
  chunk.next = 0;
  chunk.prev = list.last;
  chunk.begin = chunk.end = chunk.live = 0;
  chunk.queue = queue;
  (list.last != 0 ? ChunkAt(list.last).next : list.first) = number;
  list.last = number;
  return number;
}

void EvictionQueues::DropChunk(uint32_t number) {
  const Chunk& chunk = ChunkAt(number);
  List& list = lists_[chunk.queue];
  (chunk.prev != 0 ? ChunkAt(chunk.prev).next : list.first) = chunk.next;
  (chunk.next != 0 ? ChunkAt(chunk.next).prev : list.last) = chunk.prev;
  chunks_.Free(number);
}

uint32_t EvictionQueues::Append(Queue queue, Ref ref) {
  assert(ref != kNullRef);
  List& list = lists_[queue];
  uint32_t number = list.last;
  if (number == 0 || ChunkAt(number).end == kSlots) {
    number = AddChunk(queue);
    if (number == 0) return kNoPosition;
  }
  Chunk& chunk = ChunkAt(number);
  const uint32_t slot = chunk.end++;
  chunk.slots[slot] = ref;
  ++chunk.live;
  ++list.size;
  return number << kSlotBits | slot;
}

Ref EvictionQueues::Front(Queue queue) const {
  const List& list = lists_[queue];
  if (list.size == 0) return kNullRef;
  Chunk& chunk = ChunkAt(list.first);
  while (chunk.slots[chunk.begin] == kNullRef)
    ++chunk.begin;
  return chunk.slots[chunk.begin];
}

Ref EvictionQueues::Ahead(Queue queue, unsigned ahead) const {
  const List& list = lists_[queue];
  if (list.size == 0) return kNullRef;
  const Chunk& chunk = ChunkAt(list.first);
  const unsigned slot = chunk.begin + ahead;
  return slot < chunk.end ? chunk.slots[slot] : kNullRef;
}

void EvictionQueues::PopFront(Queue queue) {
  assert(lists_[queue].size > 0);
  (void)Front(queue);  // moves `begin` to it
  const uint32_t number = lists_[queue].first;
  Remove(number << kSlotBits | ChunkAt(number).begin);
}

uint32_t EvictionQueues::Remove(uint32_t position) {
  Slot(position) = kNullRef;
  const uint32_t number = position >> kSlotBits;
  Chunk& chunk = ChunkAt(number);
  --lists_[chunk.queue].size;
  if (--chunk.live > 0) return number;
  if (chunk.next == 0 && chunk.prev == 0) {
    chunk.begin = chunk.end = 0;
  } else {
    DropChunk(number);
  }
  return 0;
}

}  // namespace larder
