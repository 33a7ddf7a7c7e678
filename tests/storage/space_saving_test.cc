// Tests of Space-Saving against exact counts.
#include "storage/space_saving.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <vector>

namespace larder {
namespace {

// The summary of a stream, and the stream's exact weights.
class CheckedSummary {
 public:
  explicit CheckedSummary(size_t counters) : summary_(counters), owners_(counters) {}

  void Add(uint64_t element, uint64_t weight) {
    const auto [counter, taken_over] = summary_.Add(element, weight);
    REQUIRE(counter < summary_.capacity());
    CHECK(taken_over == (owners_[counter] != element));
    owners_[counter] = element;
    exact_[element] += weight;
    total_ += weight;
  }

  // What space_saving.h promises.
  void CheckBounds() const {
    uint64_t sum = 0;
    CHECK(summary_.floor() <= total_ / summary_.capacity());
    for (size_t i = 0; i < summary_.size(); ++i) {
      const uint64_t weight = exact_.at(*owners_[i]);
      CHECK(weight <= summary_.count(i));
      CHECK(summary_.count(i) - summary_.error(i) <= weight);
      CHECK(summary_.error(i) <= summary_.floor());
      sum += summary_.count(i);
    }
    CHECK(sum == total_);
    for (const auto& [element, weight] : exact_) {
      if (std::ranges::find(owners_, element) == owners_.end()) CHECK(weight <= summary_.floor());
    }
  }

  const SpaceSaving& summary() const { return summary_; }
  std::optional<uint64_t> owner(size_t counter) const { return owners_[counter]; }

 private:
  SpaceSaving summary_;
  std::vector<std::optional<uint64_t>> owners_;
  std::map<uint64_t, uint64_t> exact_;
  uint64_t total_ = 0;
};

// Numbers from 0 on, each less likely than the one before by the given exponent.
std::discrete_distribution<uint64_t> Zipf(size_t elements, double exponent) {
  std::vector<double> weights;
  for (size_t i = 1; i <= elements; ++i)
    weights.push_back(std::pow(static_cast<double>(i), -exponent));
  return {weights.begin(), weights.end()};
}

}  // namespace

TEST_CASE("The bounds of Space-Saving hold on streams of any skew") {
  for (const double exponent : {0.0, 0.7, 1.0, 1.5}) {
    for (const size_t counters : {1, 7, 64}) {
      CAPTURE(exponent);
      CAPTURE(counters);
      std::mt19937 random(static_cast<uint32_t>(counters));
      std::discrete_distribution<uint64_t> elements = Zipf(2000, exponent);
      std::uniform_int_distribution<uint64_t> weights(1, 200);
      CheckedSummary checked(counters);
      for (int i = 0; i < 20000; ++i) {
        checked.Add(elements(random), weights(random));
        if (i % 4000 == 0) checked.CheckBounds();
      }
      checked.CheckBounds();
    }
  }
}

TEST_CASE("The heaviest elements of a skewed stream are found in their order") {
  std::mt19937 random(1);
  std::discrete_distribution<uint64_t> elements = Zipf(10000, 1.2);
  CheckedSummary checked(64);
  for (int i = 0; i < 100000; ++i)
    checked.Add(elements(random), 1);
  std::vector<size_t> counters(checked.summary().size());
  for (size_t i = 0; i < counters.size(); ++i)
    counters[i] = i;
  std::ranges::sort(counters, [&](size_t a, size_t b) {
    return checked.summary().count(a) > checked.summary().count(b);
  });
  for (uint64_t rank = 0; rank < 5; ++rank)
    CHECK(checked.owner(counters[rank]) == rank);
}

TEST_CASE("With a counter for each element the counts are exact") {
  SpaceSaving summary(3);
  CHECK(summary.floor() == 0);
  CHECK(summary.Add(7, 5).taken_over);
  CHECK(summary.Add(8, 1).taken_over);
  CHECK_FALSE(summary.Add(7, 2).taken_over);
  CHECK(summary.size() == 2);
  CHECK(summary.count(0) == 7);
  CHECK(summary.count(1) == 1);
  CHECK(summary.error(0) == 0);
  CHECK(summary.floor() == 0);  // a counter is left: nothing was dropped
}

TEST_CASE("A new element takes over the lowest counter with its count as error") {
  SpaceSaving summary(2);
  summary.Add(1, 10);
  summary.Add(2, 3);
  const SpaceSaving::Charged charged = summary.Add(3, 1);
  CHECK(charged.taken_over);
  CHECK(summary.count(charged.counter) == 4);
  CHECK(summary.error(charged.counter) == 3);
  CHECK(summary.floor() == 4);
}

TEST_CASE("What was counted before weighs half after Halve(), and nothing after Clear()") {
  SpaceSaving summary(2);
  summary.Add(1, 10);
  summary.Add(2, 6);
  summary.Add(3, 2);
  summary.Halve();
  CHECK(summary.count(0) == 5);
  CHECK(summary.count(1) == 4);
  CHECK(summary.error(1) == 3);
  CHECK(summary.Add(3, 1).counter == 1);
  summary.Clear();
  CHECK(summary.size() == 0);
  CHECK(summary.Add(3, 1).taken_over);
  CHECK(summary.error(0) == 0);
}

}  // namespace larder
