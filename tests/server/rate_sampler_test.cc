// Rates from samples of counters.
#include "server/rate_sampler.h"

#include <doctest/doctest.h>

namespace larder {
namespace {

StatisticsTotals Totals(uint64_t commands, uint64_t bytes_in = 0, uint64_t bytes_out = 0) {
  StatisticsTotals totals;
  totals.commands_processed = commands;
  totals.bytes_in = bytes_in;
  totals.bytes_out = bytes_out;
  return totals;
}

}  // namespace

TEST_CASE("There is no rate before the second sample") {
  RateSampler sampler;
  CHECK(sampler.Current().commands == 0);
  sampler.Sample(1'000'000, Totals(1000));
  CHECK(sampler.Current().commands == 0);
  sampler.Sample(1'000'000, Totals(2000));
  CHECK(sampler.Current().commands == 0);  // no time has passed
}

TEST_CASE("A rate is the growth over the time between the samples") {
  RateSampler sampler;
  sampler.Sample(1'000'000, Totals(1000, 0, 50));
  sampler.Sample(1'250'000, Totals(1100, 4000, 50));
  CHECK(sampler.Current().commands == doctest::Approx(400));
  CHECK(sampler.Current().bytes_in == doctest::Approx(16000));
  CHECK(sampler.Current().bytes_out == 0);
}

TEST_CASE("Old samples are forgotten") {
  RateSampler sampler;
  uint64_t commands = 0;
  int64_t now_us = 0;
  for (int i = 0; i < 50; ++i)
    sampler.Sample(now_us += 100'000, Totals(commands += 1000));
  CHECK(sampler.Current().commands == doctest::Approx(10000));
  for (size_t i = 0; i < RateSampler::kSamples; ++i) {
    CHECK(sampler.Current().commands > 100);
    sampler.Sample(now_us += 100'000, Totals(commands += 10));
  }
  CHECK(sampler.Current().commands == doctest::Approx(100));
}

TEST_CASE("Counters that were set back make no negative rate") {
  RateSampler sampler;
  sampler.Sample(0, Totals(1000));
  sampler.Sample(100'000, Totals(2000));
  sampler.Sample(200'000, Totals(10));
  CHECK(sampler.Current().commands == 0);
  sampler.Sample(300'000, Totals(20));
  CHECK(sampler.Current().commands == doctest::Approx(100));
}

}  // namespace larder
