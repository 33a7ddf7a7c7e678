// Tests of the latency histogram.
#include "bench/load/histogram.h"

#include <doctest/doctest.h>

#include <cmath>

using larder::bench::Histogram;

TEST_CASE("an empty histogram answers zero") {
  Histogram histogram;
  CHECK(histogram.count() == 0);
  CHECK(histogram.Percentile(50) == 0);
  CHECK(histogram.max() == 0);
  CHECK(histogram.min() == 0);
  CHECK(histogram.mean() == 0);
}

TEST_CASE("small values are exact") {
  Histogram histogram;
  for (uint64_t value = 1; value <= 200; ++value)
    histogram.Add(value);
  CHECK(histogram.Percentile(50) == 100);
  CHECK(histogram.Percentile(100) == 200);
  CHECK(histogram.Percentile(0.5) == 1);
  CHECK(histogram.min() == 1);
  CHECK(histogram.max() == 200);
  CHECK(histogram.mean() == 100.5);
}

TEST_CASE("a value of any size is known to better than 0.8 percent and never understated") {
  for (uint64_t value = 1; value < Histogram::kLargest; value = value * 5 / 4 + 1) {
    CAPTURE(value);
    Histogram histogram;
    histogram.Add(value);
    histogram.Add(Histogram::kLargest);
    uint64_t read = histogram.Percentile(50);
    CHECK(read >= value);
    CHECK(static_cast<double>(read) <= static_cast<double>(value) * 1.008);
  }
}

TEST_CASE("the last of a thousand values is above p99.9 and is p100") {
  Histogram histogram;
  histogram.Add(10, 999);
  histogram.Add(1'000'000);
  CHECK(histogram.Percentile(99.9) == 10);
  CHECK(histogram.Percentile(99.91) == 1'000'000);
  CHECK(histogram.Percentile(100) == 1'000'000);
}

TEST_CASE("values beyond the range count as the largest") {
  Histogram histogram;
  histogram.Add(UINT64_MAX);
  CHECK(histogram.count() == 1);
  CHECK(histogram.max() == Histogram::kLargest);
  CHECK(histogram.Percentile(50) == Histogram::kLargest);
}

TEST_CASE("merging is as if all values had been added to one") {
  Histogram both;
  Histogram a;
  Histogram b;
  for (uint64_t i = 0; i < 10'000; ++i) {
    uint64_t value = i * i;
    both.Add(value, i % 3 + 1);
    (i % 2 == 0 ? a : b).Add(value, i % 3 + 1);
  }
  a.Merge(b);
  CHECK(a.count() == both.count());
  CHECK(a.min() == both.min());
  CHECK(a.max() == both.max());
  CHECK(a.mean() == both.mean());
  for (double percent : {1.0, 50.0, 90.0, 99.0, 99.9}) {
    CHECK(a.Percentile(percent) == both.Percentile(percent));
  }
}

TEST_CASE("clearing forgets everything") {
  Histogram histogram;
  histogram.Add(5, 7);
  histogram.Clear();
  CHECK(histogram.count() == 0);
  CHECK(histogram.max() == 0);
}
