// Gets and gives back the chunks of the queues.
#include "storage/eviction_queues.h"

#include <algorithm>
#include <new>

namespace larder {

EvictionQueues::EvictionQueues() {
  (void)AddChunk(kSmall);  // without memory for it, Append() tries again
  (void)AddChunk(kMain);
}

EvictionQueues::~EvictionQueues() {
  for (const List& list : lists_) {
    for (uint32_t number = list.first; number != 0;) {
      Chunk* chunk = places_[number].chunk;
      number = chunk->next;
      std::free(chunk);
    }
  }
  std::free(places_);
}

bool EvictionQueues::GrowDirectory() {
  if (capacity_ >= kMaxChunks) return false;
  constexpr uint32_t kFirst = 8;
  const uint32_t larger = std::min(kMaxChunks, std::max(kFirst, capacity_ + capacity_ / 4));
  void* places = std::realloc(places_, larger * sizeof(Place));
  if (places == nullptr) return false;
  places_ = static_cast<Place*>(places);
  capacity_ = larger;
  return true;
}

uint32_t EvictionQueues::AddChunk(Queue queue) {
  if (free_number_ == 0 && next_number_ >= capacity_ && !GrowDirectory()) return 0;
  auto* chunk = static_cast<Chunk*>(std::malloc(sizeof(Chunk)));
  if (chunk == nullptr) return 0;
  ++allocated_;
  uint32_t number = free_number_;
  if (number != 0) {
    free_number_ = places_[number].next_free;
  } else {
    number = next_number_++;
  }
  places_[number].chunk = chunk;
  List& list = lists_[queue];
  chunk->next = 0;
  chunk->prev = list.last;
  chunk->begin = chunk->end = chunk->live = 0;
  chunk->queue = queue;
  (list.last != 0 ? ChunkAt(list.last).next : list.first) = number;
  list.last = number;
  return number;
}

void EvictionQueues::DropChunk(uint32_t number) {
  Chunk* chunk = places_[number].chunk;
  List& list = lists_[chunk->queue];
  (chunk->prev != 0 ? ChunkAt(chunk->prev).next : list.first) = chunk->next;
  (chunk->next != 0 ? ChunkAt(chunk->next).prev : list.last) = chunk->prev;
  std::free(chunk);
  --allocated_;
  places_[number].next_free = free_number_;
  free_number_ = number;
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
