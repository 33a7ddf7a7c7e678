// Computes rates from a ring of samples.
#include "server/rate_sampler.h"

#include <algorithm>

namespace larder {

void RateSampler::Sample(int64_t now_us, const StatisticsTotals& totals) {
  std::lock_guard lock(mutex_);
  const Point point = {now_us, totals.commands_processed, totals.bytes_in, totals.bytes_out};
  if (taken_ > 0) {
    const Point& last = points_[(taken_ - 1) % points_.size()];
    // CONFIG RESETSTAT set the counters back: what was sampled before says nothing about them.
    if (point.commands < last.commands || point.bytes_in < last.bytes_in ||
        point.bytes_out < last.bytes_out) {
      taken_ = 0;
    }
  }
  points_[taken_++ % points_.size()] = point;
}

RateSampler::Rates RateSampler::Current() const {
  std::lock_guard lock(mutex_);
  if (taken_ < 2) return {};
  const Point& newest = points_[(taken_ - 1) % points_.size()];
  const Point& oldest = points_[taken_ <= points_.size() ? 0 : taken_ % points_.size()];
  const double seconds = static_cast<double>(newest.now_us - oldest.now_us) / 1e6;
  if (seconds <= 0) return {};
  return {static_cast<double>(newest.commands - oldest.commands) / seconds,
          static_cast<double>(newest.bytes_in - oldest.bytes_in) / seconds,
          static_cast<double>(newest.bytes_out - oldest.bytes_out) / seconds};
}

}  // namespace larder
