// Adds up the durations of all threads.
#include "server/duration_histogram.h"

#include <cassert>
#include <cmath>

namespace larder {

static_assert(DurationClasses::Of(63) == 63 && DurationClasses::Of(64) == 64 &&
                  DurationClasses::Of(65) == 64 && DurationClasses::Of(66) == 65,
              "classes follow each other without a gap");
static_assert(DurationClasses::Of(DurationClasses::Longest(1000)) == 1000);
static_assert(sizeof(DurationHistogram) == 8192, "one for each command in use and each thread");

void DurationDistribution::Add(const DurationHistogram& histogram) {
  counts_.resize(kDurationClasses);
  for (size_t i = 0; i < kDurationClasses; ++i) {
    const uint64_t count = histogram.Count(i);
    counts_[i] += count;
    total_ += count;
  }
}

void DurationDistribution::Subtract(const DurationDistribution& before) {
  for (size_t i = 0; i < before.counts_.size(); ++i)
    counts_[i] -= before.counts_[i];
  total_ -= before.total_;
}

uint64_t DurationDistribution::Percentile(double percent) const {
  assert(total_ > 0 && "there is no percentile of nothing");
  const double rank = std::ceil(percent / 100 * static_cast<double>(total_));
  const auto wanted = std::max<uint64_t>(1, static_cast<uint64_t>(rank));
  uint64_t seen = 0;
  uint64_t longest = 0;
  for (size_t i = 0; i < counts_.size() && seen < wanted; ++i) {
    if (counts_[i] == 0) continue;
    seen += counts_[i];
    longest = DurationClasses::Longest(i);
  }
  return longest;
}

}  // namespace larder
