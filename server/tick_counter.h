// Short durations, measured with the processor's own counter: a few nanoseconds per reading.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace larder {

// Converts between the counter's ticks and nanoseconds, once it knows how fast the counter runs.
// Thread safety: constant after construction.
class TickCounter {
 public:
  // Compares the counter with the system's clock for a millisecond.
  TickCounter() {
    const auto begin = std::chrono::steady_clock::now();
    const uint64_t first = Now();
    auto end = begin;
    while (end - begin < std::chrono::milliseconds(1))
      end = std::chrono::steady_clock::now();
    const uint64_t ticks = Now() - first;
    const auto elapsed = std::chrono::duration_cast<std::chrono::nanoseconds>(end - begin).count();
    ns_per_tick_ = static_cast<double>(elapsed) / static_cast<double>(ticks);
  }

  static uint64_t Now() {
#if defined(__x86_64__)
    return __rdtsc();
#else
    return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
  }

  // The ticks of so many nanoseconds, or one less.
  uint64_t AtMostTicks(uint64_t nanoseconds) const {
    constexpr double kMost = 9e18;
    return static_cast<uint64_t>(std::min(static_cast<double>(nanoseconds) / ns_per_tick_, kMost));
  }
  uint64_t Nanoseconds(uint64_t ticks) const {
    return static_cast<uint64_t>(static_cast<double>(ticks) * ns_per_tick_);
  }

 private:
  double ns_per_tick_;
};

}  // namespace larder
