// Durations in classes, and what is read from them.
#include "server/duration_histogram.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

namespace larder {

TEST_CASE("The longest duration of a class is little more than every other one in it") {
  for (uint64_t ticks = 1; ticks < DurationClasses::kLongest; ticks += 1 + ticks / 100) {
    CAPTURE(ticks);
    const uint64_t longest = DurationClasses::Longest(DurationClasses::Of(ticks));
    CHECK(longest >= ticks);
    CHECK(static_cast<double>(longest - ticks) <= 0.0313 * static_cast<double>(ticks));
  }
}

TEST_CASE("Classes are in the order of the durations, without gaps") {
  size_t before = DurationClasses::Of(0);
  CHECK(before == 0);
  for (uint64_t ticks = 1; ticks < 100'000; ++ticks) {
    const size_t now = DurationClasses::Of(ticks);
    CHECK((now == before || now == before + 1));
    before = now;
  }
  CHECK(DurationClasses::Of(std::numeric_limits<uint64_t>::max()) == kDurationClasses - 1);
}

TEST_CASE("A percentile is the duration that so many of the calls did not exceed") {
  DurationHistogram first;
  DurationHistogram second;
  for (uint64_t ticks = 1; ticks <= 50; ++ticks)
    first.Add(ticks);
  for (uint64_t ticks = 51; ticks <= 99; ++ticks)
    second.Add(ticks < 64 ? ticks : 63);
  second.Add(1'000'000);
  DurationDistribution all;
  all.Add(first);
  all.Add(second);
  CHECK(all.total() == 100);
  CHECK(all.Percentile(0) == 1);
  CHECK(all.Percentile(50) == 50);
  CHECK(all.Percentile(60) == 60);
  CHECK(all.Percentile(99) == 63);
  CHECK(all.Percentile(99.1) == DurationClasses::Longest(DurationClasses::Of(1'000'000)));
  CHECK(all.Percentile(100) == DurationClasses::Longest(DurationClasses::Of(1'000'000)));
}

TEST_CASE("What was counted before can be taken away") {
  DurationHistogram histogram;
  histogram.Add(5);
  histogram.Add(7);
  DurationDistribution before;
  before.Add(histogram);
  histogram.Add(9);
  DurationDistribution since;
  since.Add(histogram);
  since.Subtract(before);
  CHECK(since.total() == 1);
  CHECK(since.Percentile(50) == 9);
  DurationDistribution nothing;
  nothing.Subtract(DurationDistribution());
  CHECK(nothing.total() == 0);
}

}  // namespace larder
