// Tests of sampling: what is looked at must stand for everything.
#include "storage/event_sampler.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace larder {
namespace {

// Events that were looked at, and what they stand for, out of so many.
struct Outcome {
  uint64_t samples = 0;
  uint64_t weight = 0;
};
Outcome Pass(EventSampler& sampler, int events) {
  Outcome outcome;
  for (int i = 0; i < events; ++i) {
    if (!sampler.Pass()) continue;
    ++outcome.samples;
    outcome.weight += sampler.Take();
  }
  return outcome;
}

}  // namespace

TEST_CASE("A sampler looks at nothing before it is started, and when it is turned off") {
  EventSampler sampler(1);
  CHECK(Pass(sampler, 1000).samples == 0);
  sampler.Start(1);
  CHECK(Pass(sampler, 10).samples == 10);
  sampler.Start(0);
  sampler.Refill();
  CHECK(Pass(sampler, 1000).samples == 0);
}

TEST_CASE("At an interval of 1 every event is looked at, and stands for itself") {
  EventSampler sampler(1);
  sampler.Start(1);
  const Outcome outcome = Pass(sampler, 5000);
  CHECK(outcome.samples == 5000);
  CHECK(outcome.weight == 5000);
  CHECK(sampler.passed() == 0);
}

TEST_CASE("The weights add up to the events, whatever the interval") {
  for (const uint32_t interval : {2, 3, 7, 128, 1000}) {
    CAPTURE(interval);
    EventSampler sampler(interval);
    sampler.Start(interval);
    Outcome all;
    for (int round = 0; round < 20; ++round) {
      const Outcome outcome = Pass(sampler, 4999);
      all.samples += outcome.samples;
      all.weight += outcome.weight;
      CHECK(all.weight + sampler.passed() == static_cast<uint64_t>(round + 1) * 4999);
      if (round % 3 == 0) sampler.Refill();
    }
    CHECK(all.samples > 20 * 4999 / (2 * interval));
    CHECK(all.samples < 20 * 4999 / interval * 2 + 7 * (EventSampler::kExactEvents + 1));
  }
}

TEST_CASE("The first events after a refill are looked at one by one") {
  EventSampler sampler(1);
  sampler.Start(1000);
  Pass(sampler, 300);
  sampler.Refill();
  CHECK(Pass(sampler, EventSampler::kExactEvents).samples == EventSampler::kExactEvents);
  CHECK(Pass(sampler, 400).samples <= 1);
}

TEST_CASE(
    "No regularity of a stream hides from the sampler, and estimates are as good as promised") {
  constexpr uint32_t kInterval = 128;
  constexpr int kEvents = 1'000'000;
  for (const int period : {2, 64, 127, 128, 256}) {
    CAPTURE(period);
    EventSampler sampler(static_cast<uint64_t>(period));
    sampler.Start(kInterval);
    uint64_t estimate = 0;
    for (int i = 0; i < kEvents; ++i) {
      if (!sampler.Pass()) continue;
      const uint64_t weight = sampler.Take();
      if (i % period == 0) estimate += weight;
    }
    const double exact = kEvents / static_cast<double>(period);
    const double deviation = std::sqrt(kInterval * exact);
    CHECK(std::abs(static_cast<double>(estimate) - exact) < 4 * deviation);
  }
}

}  // namespace larder
