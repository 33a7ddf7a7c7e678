// Merging and reading of latency histograms.
#include "bench/load/histogram.h"

#include <algorithm>
#include <cmath>

namespace larder::bench {

void Histogram::Merge(const Histogram& other) {
  for (size_t i = 0; i < counts_.size(); ++i)
    counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
  min_ = std::min(min_, other.min_);
}

double Histogram::mean() const {
  return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

uint64_t Histogram::Percentile(double percent) const {
  if (count_ == 0) return 0;
  // The margin keeps 99.9 % of 1000 at 999 although 99.9 has no exact binary form.
  double exact = percent / 100 * static_cast<double>(count_);
  auto wanted = std::max<uint64_t>(1, static_cast<uint64_t>(std::ceil(exact - 1e-6)));
  uint64_t seen = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= wanted) return std::min(LastValueOf(i), max_);
  }
  return max_;
}

uint64_t Histogram::LastValueOf(size_t index) {
  if (index < 2 * kSubBuckets) return index;
  size_t shift = index / kSubBuckets - 1;
  return ((index - shift * kSubBuckets + 1) << shift) - 1;
}

}  // namespace larder::bench
