// How busy the server was a moment ago: the rates that INFO prints as instantaneous.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "server/statistics.h"

namespace larder {

// Owns the last few samples of the counters whose growth is shown as a rate.
//
// Thread safety: any thread; one of them takes the samples.
class RateSampler {
 public:
  // Samples that a rate is averaged over; ten a second make it the rate of the last 1.6 seconds.
  static constexpr size_t kSamples = 16;

  struct Rates {
    double commands = 0;  // per second
    double bytes_in = 0;
    double bytes_out = 0;
  };

  // Remembers the counters as they are at the monotonic time `now_us`.
  void Sample(int64_t now_us, const StatisticsTotals& totals);
  // The rates between the oldest sample and the newest one; zero until there are two.
  Rates Current() const;

 private:
  struct Point {
    int64_t now_us = 0;
    uint64_t commands = 0;
    uint64_t bytes_in = 0;
    uint64_t bytes_out = 0;
  };

  mutable std::mutex mutex_;
  // Guarded by mutex_: a ring, the newest point at (taken_ - 1) % size.
  std::array<Point, kSamples + 1> points_;
  size_t taken_ = 0;
};

}  // namespace larder
