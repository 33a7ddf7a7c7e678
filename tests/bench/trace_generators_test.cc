// Tests of made-up traces.
#include "bench/trace_generators.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

using larder::bench::GenerateTrace;
using larder::bench::Trace;
using larder::bench::TraceRecipe;
using larder::bench::TraceRequest;

namespace {

Trace Make(const std::string& recipe) {
  std::string error;
  const auto parsed = TraceRecipe::Parse(recipe, error);
  REQUIRE_MESSAGE(parsed.has_value(), error);
  return GenerateTrace(*parsed);
}

std::map<uint64_t, uint64_t> CountsOf(const Trace& trace, size_t from, size_t to) {
  std::map<uint64_t, uint64_t> counts;
  for (size_t i = from; i < to; ++i)
    ++counts[trace[i].id];
  return counts;
}

uint64_t MostPopular(const std::map<uint64_t, uint64_t>& counts) {
  return std::max_element(counts.begin(), counts.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

}  // namespace

TEST_CASE("recipes are read as they are written") {
  std::string error;
  const auto scans =
      TraceRecipe::Parse("scans:requests=10,ids=20,theta=1.5,share=0.25,length=3,seed=4", error);
  REQUIRE(scans.has_value());
  CHECK(scans->kind == TraceRecipe::Kind::kScans);
  CHECK(scans->requests == 10);
  CHECK(scans->ids == 20);
  CHECK(scans->theta == 1.5);
  CHECK(scans->share == 0.25);
  CHECK(scans->length == 3);
  CHECK(scans->seed == 4);
  CHECK(TraceRecipe::Parse("zipf", error).has_value());
  CHECK(TraceRecipe::Parse("drift:life=5,size=1-9", error)->life == 5);
}

TEST_CASE("a mistake in a recipe is told") {
  for (const char* bad :
       {"", "gauss", "zipf:ids", "zipf:ids=", "zipf:ids=0", "zipf:ids=1x", "zipf:life=3",
        "zipf:share=0.1", "scans:share=0.6", "scans:life=1", "drift:length=1", "zipf:size=x",
        "zipf:theta=0", "zipf:requests=-1", "zipf:colour=red"}) {
    CAPTURE(bad);
    std::string error;
    CHECK_FALSE(TraceRecipe::Parse(bad, error).has_value());
    CHECK_FALSE(error.empty());
  }
}

TEST_CASE("a recipe always makes the same trace, and another seed another one") {
  for (const std::string kind : {"zipf", "scans", "drift"}) {
    CAPTURE(kind);
    const std::string recipe = kind + ":requests=2000,ids=500,size=10-1000";
    CHECK(Make(recipe) == Make(recipe));
    CHECK(Make(recipe + ",seed=2") != Make(recipe));
    CHECK(Make(recipe).size() == 2000);
  }
}

TEST_CASE("the size of an id is the same throughout") {
  std::map<uint64_t, uint32_t> sizes;
  for (const TraceRequest& request : Make("drift:requests=5000,ids=100,size=10-1000")) {
    CHECK(request.size >= 10);
    CHECK(request.size <= 1000);
    CHECK(sizes.emplace(request.id, request.size).first->second == request.size);
  }
  CHECK(sizes.size() > 50);
}

TEST_CASE("scans take their share of the requests and walk through neighbours") {
  const Trace trace = Make("scans:requests=100000,ids=100000,theta=3,share=0.2,length=1000");
  // With theta 3 hardly anything but the first few ids is drawn, so the others are of scans.
  uint64_t of_scans = 0;
  for (const TraceRequest& request : trace)
    of_scans += request.id > 100;
  CHECK(of_scans == doctest::Approx(20000).epsilon(0.02));
  CHECK(trace[3].id == trace[1].id + 1);
}

TEST_CASE("popularity stays with zipf and moves on with drift") {
  for (const bool drifts : {false, true}) {
    CAPTURE(drifts);
    const Trace trace = Make(drifts ? "drift:requests=200000,ids=1000,theta=1.2,life=20000"
                                    : "zipf:requests=200000,ids=1000,theta=1.2");
    const auto first = CountsOf(trace, 0, 10000);
    const auto last = CountsOf(trace, 190000, 200000);
    CHECK((MostPopular(first) != MostPopular(last)) == drifts);
    // Whoever it is, the most popular one has the share that zipf gives it.
    const double ratio = static_cast<double>(last.at(MostPopular(last))) /
                         static_cast<double>(first.at(MostPopular(first)));
    CHECK(ratio > 0.5);
    CHECK(ratio < 1.5);
  }
}
