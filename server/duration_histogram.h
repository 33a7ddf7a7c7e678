// How long the calls of one command took: counts of durations, fine enough for percentiles.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/counter.h"

namespace larder {

// Durations are put in classes that get wider with them, 32 to an octave, and adding one takes a
// few instructions. A class stands for the longest duration in it, so that what is read is never
// less than the truth, and at most 3.1 % more.
struct DurationClasses {
  static constexpr int kStepBits = 5;
  static constexpr uint64_t kLongest =
      (uint64_t{1} << 36) - 1;  // some 20 s; what is longer counts as this

  static constexpr size_t Of(uint64_t ticks) {
    ticks = std::min(ticks, kLongest);
    const int shift = ShiftOf(ticks);
    return (static_cast<size_t>(shift) << kStepBits) + static_cast<size_t>(ticks >> shift);
  }
  // The longest duration of a class.
  static constexpr uint64_t Longest(size_t number) {
    constexpr size_t kSteps = size_t{1} << kStepBits;
    if (number < 2 * kSteps) return number;
    const size_t shift = number / kSteps - 1;
    return (uint64_t{number - shift * kSteps + 1} << shift) - 1;
  }

 private:
  // How many low bits a duration loses: none while there is a class for each number.
  static constexpr int ShiftOf(uint64_t ticks) {
    constexpr uint64_t kExact = (uint64_t{2} << kStepBits) - 1;
    return std::bit_width(ticks | kExact) - (kStepBits + 1);
  }
};

inline constexpr size_t kDurationClasses = DurationClasses::Of(DurationClasses::kLongest) + 1;

// Owns the counts of one thread, in cache lines of its own.
// Thread safety: one thread adds, any thread reads.
class alignas(64) DurationHistogram {
 public:
  void Add(uint64_t ticks) { counts_[DurationClasses::Of(ticks)].Add(1); }
  uint64_t Count(size_t number) const { return counts_[number].Get(); }

 private:
  std::array<Counter, kDurationClasses> counts_;
};

// The counts of all threads, as they were at one moment.
// Thread safety: a plain value.
class DurationDistribution {
 public:
  void Add(const DurationHistogram& histogram);
  // Takes away what was counted before.
  void Subtract(const DurationDistribution& before);

  uint64_t total() const { return total_; }
  // The duration that so many percent of the calls did not exceed, in ticks. Requires: total() > 0.
  uint64_t Percentile(double percent) const;
  // Calls visit(duration, count) for each class with counts, from the shortest on.
  template <class Visit>
  void ForEach(Visit&& visit) const {
    for (size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] != 0) visit(DurationClasses::Longest(i), counts_[i]);
    }
  }

 private:
  std::vector<uint64_t> counts_;  // by class; empty if there are none
  uint64_t total_ = 0;
};

}  // namespace larder
