// Deadlines of entries: a hierarchical timer wheel whose links lie in the entries themselves.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "storage/arena.h"
#include "storage/prefetch.h"
#include "storage/wheel_calendar.h"

namespace larder {

// Owns the slots; WheelCalendar tells which slot an entry hangs in and when the slot is visited.
// The entries of a slot hang in a few doubly linked chains rather than in one: while one entry is
// worked on, the processor fetches the first ones of the other chains from memory.
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
  static constexpr int64_t kTickMs = WheelCalendar::kTickMs;

  TimerWheel(Links links, int64_t now_ms)
      : links_(links), calendar_(WheelCalendar::TickOf(now_ms)) {}
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
    calendar_ = WheelCalendar(WheelCalendar::TickOf(now_ms));
    size_ = 0;
    heads_.fill(kNullRef);
  }

  // The entry was copied from one block to another, links included.
  void Relink(Ref old_ref, Ref new_ref);

  // Takes entries whose deadline is past at `now_ms` out of the wheel and hands each to
  // expire(Ref), which may free it and may add and remove others. An entry comes at most a tick
  // late. Visits at most `budget` entries; false if work is left.
  template <class Expire>
  bool Advance(int64_t now_ms, size_t budget, Expire&& expire);

  // Before this time, Advance() has nothing to do; the maximum if the wheel is empty, and 0 if
  // there is work already.
  int64_t NextVisitMs() const {
    if (!IsEmpty(WheelCalendar::kOverdueSlot)) return 0;
    const WheelCalendar::Visit next = calendar_.NextVisit();
    if (next.tick >= WheelCalendar::kMaxTick) return std::numeric_limits<int64_t>::max();
    return static_cast<int64_t>(next.tick + 1) * kTickMs;
  }

  // An entry chosen by a random number, some with a better chance than others; kNullRef if there is
  // none. Looks at all slots in the worst case.
  Ref Sample(uint64_t random) const;
  // An entry whose deadline is the nearest, or comes shortly behind it.
  Ref Nearest() const;

  size_t size() const { return size_; }
  size_t memory() const { return sizeof *this; }

 private:
  static constexpr unsigned kChainBits = 2;
  static constexpr unsigned kChains = 1 << kChainBits;
  // The first entry of a chain has, for want of a predecessor, the chain's number with this bit
  // set.
  static constexpr Ref kHeadMark = Ref{1} << 31;

  bool IsEmpty(unsigned slot) const;
  void Hang(Ref ref);
  void Unhang(Ref ref);
  template <class Expire>
  void Take(Ref ref, int64_t now_ms, Expire& expire);
  template <class Expire>
  bool EmptySlot(unsigned slot, int64_t now_ms, size_t& budget, Expire& expire);
  void Prefetch(Ref ref) const {
    if constexpr (requires { links_.Address(ref); }) {
      if (ref != kNullRef) PrefetchLine(links_.Address(ref));
    }
  }

  // Constant after construction.
  [[no_unique_address]] Links links_;

  // Guarded by the lock of the owner.
  size_t size_ = 0;
  WheelCalendar calendar_;
  alignas(sizeof(Ref) * kChains) std::array<Ref, WheelCalendar::kSlots * kChains> heads_{};
};

template <class Links>
bool TimerWheel<Links>::IsEmpty(unsigned slot) const {
  Ref any = kNullRef;
  for (unsigned chain = 0; chain < kChains; ++chain)
    any |= heads_[slot * kChains + chain];
  return any == kNullRef;
}

template <class Links>
Ref TimerWheel<Links>::Sample(uint64_t random) const {
  if (size_ == 0) return kNullRef;
  constexpr uint64_t kMostSteps = 8;
  size_t head = random % heads_.size();
  while (heads_[head] == kNullRef)
    head = head + 1 < heads_.size() ? head + 1 : 0;
  Ref ref = heads_[head];
  for (uint64_t steps = (random >> 32) % kMostSteps; steps > 0; --steps) {
    const Ref next = links_.Next(ref);
    ref = next != kNullRef ? next : heads_[head];
  }
  return ref;
}

template <class Links>
Ref TimerWheel<Links>::Nearest() const {
  if (size_ == 0) return kNullRef;
  constexpr int kMostSteps = 4;
  const unsigned overdue = WheelCalendar::kOverdueSlot;
  const unsigned slot = IsEmpty(overdue) ? calendar_.NextVisit().slot : overdue;
  Ref nearest = kNullRef;
  for (unsigned chain = 0; chain < kChains; ++chain) {
    Ref ref = heads_[slot * kChains + chain];
    for (int step = 0; step < kMostSteps && ref != kNullRef; ++step, ref = links_.Next(ref)) {
      if (nearest == kNullRef || links_.DeadlineMs(ref) < links_.DeadlineMs(nearest)) nearest = ref;
    }
  }
  return nearest;
}

template <class Links>
void TimerWheel<Links>::Hang(Ref ref) {
  assert(ref != kNullRef && links_.DeadlineMs(ref) >= 0);
  const unsigned slot = calendar_.SlotFor(WheelCalendar::TickOf(links_.DeadlineMs(ref)));
  // Any function of the Ref will do that spreads neighbours evenly.
  const unsigned head = slot * kChains + (ref * 0x9e3779b1u >> (32 - kChainBits));
  const Ref next = heads_[head];
  links_.SetNext(ref, next);
  links_.SetPrev(ref, kHeadMark | head);
  if (next != kNullRef) links_.SetPrev(next, ref);
  heads_[head] = ref;
  calendar_.Occupy(slot);
}

template <class Links>
void TimerWheel<Links>::Unhang(Ref ref) {
  const Ref next = links_.Next(ref);
  const Ref prev = links_.Prev(ref);
  if (next != kNullRef) links_.SetPrev(next, prev);
  if (!(prev & kHeadMark)) {
    links_.SetNext(prev, next);
    return;
  }
  const unsigned head = prev & ~kHeadMark;
  assert(heads_[head] == ref);
  heads_[head] = next;
  if (next == kNullRef && IsEmpty(head / kChains)) calendar_.Vacate(head / kChains);
}

template <class Links>
void TimerWheel<Links>::Relink([[maybe_unused]] Ref old_ref, Ref new_ref) {
  const Ref next = links_.Next(new_ref);
  const Ref prev = links_.Prev(new_ref);
  if (next != kNullRef) links_.SetPrev(next, new_ref);
  if (prev & kHeadMark) {
    assert(heads_[prev & ~kHeadMark] == old_ref);
    heads_[prev & ~kHeadMark] = new_ref;
  } else {
    assert(links_.Next(prev) == old_ref);
    links_.SetNext(prev, new_ref);
  }
}

// Hands an entry of a slot that is being emptied out, or hangs it anew.
template <class Links>
template <class Expire>
void TimerWheel<Links>::Take(Ref ref, int64_t now_ms, Expire& expire) {
  Prefetch(links_.Next(ref));
  Unhang(ref);
  if (links_.DeadlineMs(ref) > now_ms) {
    Hang(ref);
  } else {
    --size_;
    expire(ref);
  }
}

// Empties a slot, chain by chain in turn; false when the budget ended before the slot.
template <class Links>
template <class Expire>
bool TimerWheel<Links>::EmptySlot(unsigned slot, int64_t now_ms, size_t& budget, Expire& expire) {
  const Ref* const heads = &heads_[slot * kChains];
  for (unsigned chain = 0; chain < kChains; ++chain)
    Prefetch(heads[chain]);
  while (!IsEmpty(slot)) {
    for (unsigned chain = 0; chain < kChains; ++chain) {
      const Ref ref = heads[chain];  // expire() may have changed it
      if (ref == kNullRef) continue;
      if (budget == 0) return false;
      --budget;
      Take(ref, now_ms, expire);
    }
  }
  return true;
}

template <class Links>
template <class Expire>
bool TimerWheel<Links>::Advance(int64_t now_ms, size_t budget, Expire&& expire) {
  const uint64_t target = WheelCalendar::TickOf(now_ms);
  if (target < calendar_.position()) calendar_.set_position(target);
  if (!EmptySlot(WheelCalendar::kOverdueSlot, now_ms, budget, expire)) return false;
  for (;;) {
    const WheelCalendar::Visit next = calendar_.NextVisit();
    if (next.tick >= target) {
      calendar_.set_position(target);
      return true;
    }
    calendar_.set_position(next.tick);
    if (!EmptySlot(next.slot, now_ms, budget, expire)) return false;
  }
}

}  // namespace larder
