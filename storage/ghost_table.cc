// Adds fingerprints, finds them, and lets them grow old.
#include "storage/ghost_table.h"

#include <algorithm>
#include <utility>

namespace larder {

void GhostTable::SetCapacity(size_t keys) {
  capacity_ = keys;
  keys_per_stamp_ = keys / kStampsPerCapacity + 1;
  constexpr size_t kFewest = 32;
  const bool too_small = keys > sized_for_;
  const bool too_large = sized_for_ > kFewest && keys < sized_for_ / 4;
  if (too_small || too_large) [[unlikely]]
    Allocate(std::max(kFewest, keys + keys / 4));
}

void GhostTable::Allocate(size_t keys) {
  // A few slots more than keys, since buckets are not filled evenly.
  const size_t buckets = (keys + keys / 8) / kSlots + 1;
  Table larger;
  larger.slots.reset(static_cast<uint32_t*>(std::calloc(buckets * kSlots, sizeof(uint32_t))));
  if (!larger.slots) return;  // memory is short: what there is goes on
  larger.buckets = static_cast<uint32_t>(buckets);
  former_ = std::exchange(current_, std::move(larger));
  former_lifetime_ = former_.slots ? capacity_ : 0;
  sized_for_ = keys;
  AnnouncePlace();
}

void GhostTable::AnnouncePlace() {
  // Relaxed: others only prefetch, and a mixture of old and new harms nothing.
  prefetch_slots_.store(reinterpret_cast<uintptr_t>(current_.slots.get()),
                        std::memory_order_relaxed);                      // as above
  prefetch_buckets_.store(current_.buckets, std::memory_order_relaxed);  // as above
}

void GhostTable::Clear() {
  current_ = Table();
  former_ = Table();
  capacity_ = sized_for_ = former_lifetime_ = 0;
  AnnouncePlace();
}

void GhostTable::Add(uint64_t hash) {
  if (!current_.slots) return;
  if (former_lifetime_ > 0 && --former_lifetime_ == 0) former_ = Table();
  if (++keys_of_stamp_ >= keys_per_stamp_) {
    keys_of_stamp_ = 0;
    stamp_ = stamp_ % kStampMask + 1;
  }
  uint32_t* const bucket = current_.BucketOf(hash);
  uint32_t* oldest = bucket;
  for (uint32_t* slot = bucket; slot < bucket + kSlots; ++slot) {
    if (*slot == 0) {
      oldest = slot;
      break;
    }
    if (Age(*slot, stamp_) > Age(*oldest, stamp_)) oldest = slot;
  }
  *oldest = static_cast<uint32_t>(hash << 16) | stamp_;
}

bool GhostTable::TakeFrom(Table& table, uint64_t hash, uint32_t now, uint32_t lifetime) {
  if (!table.slots) return false;
  uint32_t* const bucket = table.BucketOf(hash);
  for (uint32_t* slot = bucket; slot < bucket + kSlots; ++slot) {
    if (*slot == 0 || ((*slot ^ static_cast<uint32_t>(hash << 16)) >> 16) != 0) continue;
    const bool fresh = Age(*slot, now) <= lifetime;
    *slot = 0;
    if (fresh) return true;
  }
  return false;
}

bool GhostTable::Take(uint64_t hash) {
  return TakeFrom(current_, hash, stamp_, lifetime()) ||
         TakeFrom(former_, hash, stamp_, lifetime());
}

}  // namespace larder
