// Deadlines of entries: a hierarchical timer wheel whose links lie in the entries themselves.
#pragma once

#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "storage/arena.h"

namespace larder {

// Owns the slots; each is the head of a doubly linked list of entries.
//
// Time is counted in ticks of 64 ms and a tick is read as ten digits of six bits. The wheel
// stands at a position: all ticks before it are over and done with. An entry hangs in the level of
// the highest digit in which its tick differs from the position, in the slot of that digit; entries
// whose tick is over already hang in a slot of their own. When the position comes to the first tick
// of a slot of a higher level, its entries are hung anew, and land in a lower level.
//
// Slots stand for absolute times, so that a clock that is set back is no special case: the position
// is set back with it. A slot is emptied whenever the position comes to a tick at which it begins;
// for entries that belong to another turn of the digits above that is too early, and they are hung
// anew; it is never too late, as no position beyond an entry's slot was ever reached before.
//
// Links: int64_t DeadlineMs(Ref) const;   // not negative; constant while the entry is in the wheel
//        Ref Next(Ref) const;  void SetNext(Ref, Ref);
//        Ref Prev(Ref) const;  void SetPrev(Ref, Ref);
//        const void* Address(Ref) const;  // may be missing; what is to be prefetched
//
// Thread safety: guarded by the lock of its owner.
template <class Links>
class TimerWheel {
 public:
  static constexpr int64_t kTickMs = 64;

  TimerWheel(Links links, int64_t now_ms) : links_(links), position_(TickOf(now_ms)) {}
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // Requires: the entry is not in the wheel; its deadline is set.
  void Add(Ref ref) {
    Hang(ref);
    ++size_;
  }

  // Requires: the entry is in the wheel, and its deadline is what it was when added.
  void Remove(Ref ref) {
    Unhang(ref);
    --size_;
  }

  // Forgets all entries, as if made anew.
  void Clear(int64_t now_ms) {
    position_ = TickOf(now_ms);
    size_ = 0;
    occupied_.fill(0);
    slots_.fill(kNullRef);
  }

  // The entry was copied from one block to another, links included.
  void Relink(Ref old_ref, Ref new_ref) {
    const Ref next = links_.Next(new_ref);
    const Ref prev = links_.Prev(new_ref);
    if (next != kNullRef) links_.SetPrev(next, new_ref);
    if (prev & kSlotMark) {
      assert(slots_[prev & ~kSlotMark] == old_ref);
      slots_[prev & ~kSlotMark] = new_ref;
    } else {
      assert(links_.Next(prev) == old_ref);
      links_.SetNext(prev, new_ref);
    }
    (void)old_ref;
  }

  // Takes entries whose deadline is past at `now_ms` out of the wheel and hands each to
  // expire(Ref), which may free it and may add and remove others. An entry comes at most a tick
  // late. Visits at most `budget` entries; false if work is left.
  template <class Expire>
  bool Advance(int64_t now_ms, size_t budget, Expire&& expire);

  // Before this time, Advance() has nothing to do; the maximum if the wheel is empty, and 0 if
  // there is work already.
  int64_t NextVisitMs() const {
    if (slots_[kOverdueSlot] != kNullRef) return 0;
    const Visit next = NextVisit();
    if (next.tick >= kMaxTick) return std::numeric_limits<int64_t>::max();
    return static_cast<int64_t>(next.tick + 1) * kTickMs;
  }

  size_t size() const { return size_; }
  size_t memory() const { return sizeof *this; }

 private:
  static constexpr unsigned kDigitBits = 6;
  static constexpr unsigned kSlotsPerLevel = 1 << kDigitBits;
  static constexpr unsigned kTickBits = 57;  // of 63 bits, less the six of a tick
  static constexpr unsigned kLevels = (kTickBits + kDigitBits - 1) / kDigitBits;
  static constexpr unsigned kOverdueSlot = kLevels * kSlotsPerLevel;
  static constexpr uint64_t kMaxTick = std::numeric_limits<int64_t>::max() / kTickMs;
  // The first entry of a slot has, for want of a predecessor, the slot's number with this bit set.
  static constexpr Ref kSlotMark = Ref{1} << 31;

  // A slot and the tick at which the position comes to it.
  struct Visit {
    uint64_t tick;
    unsigned slot;
  };

  static uint64_t TickOf(int64_t ms) { return ms < 0 ? 0 : static_cast<uint64_t>(ms) / kTickMs; }

  unsigned SlotFor(uint64_t tick) const;
  void Hang(Ref ref);
  void Unhang(Ref ref);
  Visit NextVisit() const;
  template <class Expire>
  bool EmptySlot(unsigned slot, int64_t now_ms, size_t& budget, Expire& expire);
  void Prefetch(Ref ref) const {
    if constexpr (requires { links_.Address(ref); }) {
      if (ref != kNullRef) __builtin_prefetch(links_.Address(ref));
    }
  }

  // Constant after construction.
  [[no_unique_address]] Links links_;

  // Guarded by the lock of the owner.
  uint64_t position_;
  size_t size_ = 0;
  std::array<uint64_t, kLevels> occupied_{};  // bit s of level l: the slot has entries
  std::array<Ref, kOverdueSlot + 1> slots_{};
};

template <class Links>
unsigned TimerWheel<Links>::SlotFor(uint64_t tick) const {
  if (tick < position_) return kOverdueSlot;
  const auto differing = static_cast<unsigned>(std::bit_width(tick ^ position_));
  const unsigned level = differing == 0 ? 0 : (differing - 1) / kDigitBits;
  return level * kSlotsPerLevel + ((tick >> (level * kDigitBits)) % kSlotsPerLevel);
}

template <class Links>
void TimerWheel<Links>::Hang(Ref ref) {
  assert(ref != kNullRef && links_.DeadlineMs(ref) >= 0);
  const unsigned slot = SlotFor(TickOf(links_.DeadlineMs(ref)));
  const Ref next = slots_[slot];
  links_.SetNext(ref, next);
  links_.SetPrev(ref, kSlotMark | slot);
  if (next != kNullRef) links_.SetPrev(next, ref);
  slots_[slot] = ref;
  if (slot != kOverdueSlot)
    occupied_[slot / kSlotsPerLevel] |= uint64_t{1} << (slot % kSlotsPerLevel);
}

template <class Links>
void TimerWheel<Links>::Unhang(Ref ref) {
  const Ref next = links_.Next(ref);
  const Ref prev = links_.Prev(ref);
  if (next != kNullRef) links_.SetPrev(next, prev);
  if (!(prev & kSlotMark)) {
    links_.SetNext(prev, next);
    return;
  }
  const unsigned slot = prev & ~kSlotMark;
  assert(slots_[slot] == ref);
  slots_[slot] = next;
  if (next == kNullRef && slot != kOverdueSlot) {
    occupied_[slot / kSlotsPerLevel] &= ~(uint64_t{1} << (slot % kSlotsPerLevel));
  }
}

// The slot that the position comes to next; of several at one tick the one of the highest level,
// whose entries may belong into the others. A tick beyond kMaxTick: there is none.
template <class Links>
typename TimerWheel<Links>::Visit TimerWheel<Links>::NextVisit() const {
  Visit next{std::numeric_limits<uint64_t>::max(), 0};
  for (unsigned level = 0; level < kLevels; ++level) {
    const uint64_t occupied = occupied_[level];
    if (occupied == 0) continue;
    const unsigned shift = level * kDigitBits;
    // The first slot of this level whose beginning is not before the position: in this turn of the
    // level, or, after the clock was set back, in the next one.
    const uint64_t beginning = (position_ + (uint64_t{1} << shift) - 1) >> shift;
    const unsigned ahead = static_cast<unsigned>(
        std::countr_zero(std::rotr(occupied, static_cast<int>(beginning % kSlotsPerLevel))));
    const uint64_t digits = beginning + ahead;
    const uint64_t tick = digits << shift;
    if (tick <= next.tick) {
      next = {tick, level * kSlotsPerLevel + static_cast<unsigned>(digits % kSlotsPerLevel)};
    }
  }
  return next;
}

// Hands the entries of a slot out, or hangs them anew; false when the budget ended before the slot.
template <class Links>
template <class Expire>
bool TimerWheel<Links>::EmptySlot(unsigned slot, int64_t now_ms, size_t& budget, Expire& expire) {
  for (Ref ref = slots_[slot]; ref != kNullRef; ref = slots_[slot]) {
    if (budget == 0) return false;
    --budget;
    Prefetch(links_.Next(ref));
    Unhang(ref);
    if (links_.DeadlineMs(ref) > now_ms) {
      Hang(ref);
    } else {
      --size_;
      expire(ref);
    }
  }
  return true;
}

template <class Links>
template <class Expire>
bool TimerWheel<Links>::Advance(int64_t now_ms, size_t budget, Expire&& expire) {
  const uint64_t target = TickOf(now_ms);
  if (target < position_) position_ = target;
  if (!EmptySlot(kOverdueSlot, now_ms, budget, expire)) return false;
  for (;;) {
    const Visit next = NextVisit();
    if (next.tick >= target) {
      position_ = target;
      return true;
    }
    position_ = next.tick;
    if (!EmptySlot(next.slot, now_ms, budget, expire)) return false;
  }
}

}  // namespace larder
