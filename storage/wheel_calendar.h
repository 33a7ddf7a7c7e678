// The time arithmetic of the timer wheel: which slot stands for which time, and which comes next.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <limits>

namespace larder {

// Time is counted in ticks of 64 ms, and a tick is read as ten digits of six bits. The calendar
// stands at a position: all ticks before it are over and done with. A tick belongs to the level of
// the highest digit in which it differs from the position, and there to the slot of that digit;
// ticks that are over already have a slot of their own. When the position comes to the first tick
// of a slot, the slot has to be emptied, and what is still to come hung anew: it lands in a lower
// level.
//
// Slots stand for absolute times, so that a clock that is set back is no special case: the position
// is set back with it. For what belongs to another turn of the digits above, a slot comes up too
// early, and it is hung anew; never too late, as no position behind its slot was ever reached
// since.
//
// Thread safety: guarded by the lock of its owner.
class WheelCalendar {
 public:
  static constexpr int64_t kTickMs = 64;
  static constexpr uint64_t kMaxTick = std::numeric_limits<int64_t>::max() / kTickMs;
  static constexpr unsigned kDigitBits = 6;
  static constexpr unsigned kSlotsPerLevel = 1 << kDigitBits;
  static constexpr unsigned kLevels = (std::bit_width(kMaxTick) + kDigitBits - 1) / kDigitBits;
  static constexpr unsigned kOverdueSlot = kLevels * kSlotsPerLevel;
  static constexpr unsigned kSlots = kOverdueSlot + 1;

  // A slot and the tick at which the position comes to it.
  struct Visit {
    uint64_t tick;
    unsigned slot;
  };

  explicit WheelCalendar(uint64_t position) : position_(position) {}

  static uint64_t TickOf(int64_t ms) { return ms < 0 ? 0 : static_cast<uint64_t>(ms) / kTickMs; }

  uint64_t position() const { return position_; }
  void set_position(uint64_t tick) { position_ = tick; }

  unsigned SlotFor(uint64_t tick) const {
    if (tick < position_) return kOverdueSlot;
    const auto differing = static_cast<unsigned>(std::bit_width(tick ^ position_));
    const unsigned level = differing == 0 ? 0 : (differing - 1) / kDigitBits;
    return level * kSlotsPerLevel + ((tick >> (level * kDigitBits)) % kSlotsPerLevel);
  }

  // Notes that a slot has entries, or has none any more.
  void Occupy(unsigned slot) {
    if (slot != kOverdueSlot) occupied_[slot / kSlotsPerLevel] |= BitOf(slot);
  }
  void Vacate(unsigned slot) {
    if (slot != kOverdueSlot) occupied_[slot / kSlotsPerLevel] &= ~BitOf(slot);
  }

  // The occupied slot that the position comes to next; of several at one tick the one of the
  // highest level, whose entries may belong into the others. A tick beyond kMaxTick: there is none.
  Visit NextVisit() const {
    Visit next{std::numeric_limits<uint64_t>::max(), 0};
    for (unsigned level = 0; level < kLevels; ++level) {
      const uint64_t occupied = occupied_[level];
      if (occupied == 0) continue;
      const unsigned shift = level * kDigitBits;
      // The first slot of this level whose beginning is not before the position: in this turn of
      // the level, or, after the clock was set back, in the next one.
      const uint64_t beginning = (position_ + (uint64_t{1} << shift) - 1) >> shift;
      const int digit = static_cast<int>(beginning % kSlotsPerLevel);
      const auto ahead = static_cast<unsigned>(std::countr_zero(std::rotr(occupied, digit)));
      const uint64_t digits = beginning + ahead;
      if (const uint64_t tick = digits << shift; tick <= next.tick) {
        next = {tick, level * kSlotsPerLevel + static_cast<unsigned>(digits % kSlotsPerLevel)};
      }
    }
    return next;
  }

 private:
  static uint64_t BitOf(unsigned slot) { return uint64_t{1} << (slot % kSlotsPerLevel); }

  uint64_t position_;
  std::array<uint64_t, kLevels> occupied_{};  // bit s of level l: the slot has entries
};
static_assert(WheelCalendar::kLevels == 10);

}  // namespace larder
