// Tests of value sizes and contents.
#include "bench/load/value_source.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

using larder::bench::SizeDistribution;
using larder::bench::ValueSource;

namespace {

SizeDistribution Sizes(const char* text) {
  SizeDistribution sizes;
  std::string error;
  REQUIRE_MESSAGE(SizeDistribution::Parse(text, sizes, error), error);
  return sizes;
}

}  // namespace

TEST_CASE("a fixed size is the size of every value") {
  ValueSource values(Sizes("256"));
  for (uint64_t key = 0; key < 1000; ++key)
    CHECK(values.LengthOf(key) == 256);
}

TEST_CASE("a range of sizes is drawn from evenly, its ends included") {
  ValueSource values(Sizes("10-13"));
  int counts[14] = {};
  for (uint64_t key = 0; key < 40'000; ++key)
    ++counts[values.LengthOf(key)];
  for (int size = 10; size <= 13; ++size) {
    CHECK(counts[size] == doctest::Approx(10'000).epsilon(0.05));
  }
}

TEST_CASE("sizes are drawn by their weights") {
  ValueSource values(Sizes("64:80,1000-2000:15,16384:5"));
  int small = 0;
  int middle = 0;
  int large = 0;
  for (uint64_t key = 0; key < 100'000; ++key) {
    uint32_t length = values.LengthOf(key);
    if (length == 64) ++small;
    if (length >= 1000 && length <= 2000) ++middle;
    if (length == 16384) ++large;
  }
  CHECK(small == doctest::Approx(80'000).epsilon(0.03));
  CHECK(middle == doctest::Approx(15'000).epsilon(0.03));
  CHECK(large == doctest::Approx(5'000).epsilon(0.05));
}

TEST_CASE("what is not a size is refused with words that say what is") {
  for (const char* bad : {"", "x", "-5", "10-", "10-5", "5:0", "5:", "5:x", "1,,2", "600000000"}) {
    CAPTURE(bad);
    SizeDistribution sizes;
    std::string error;
    bool parsed = SizeDistribution::Parse(bad, sizes, error);
    if (std::string(bad) == "10-" || std::string(bad) == "5:") {
      CHECK(parsed);  // nothing after the separator is as if it were not there
    } else {
      CHECK_FALSE(parsed);
      CHECK(error.find("is not a size") != std::string::npos);
    }
  }
}

TEST_CASE("a key always has the same value and different keys have different ones") {
  ValueSource values(Sizes("20-40"));
  ValueSource again(Sizes("20-40"));
  std::set<std::string> seen;
  for (uint64_t key = 0; key < 2000; ++key) {
    CHECK(values.ValueOf(key) == again.ValueOf(key));
    seen.emplace(values.ValueOf(key).substr(0, 20));
  }
  // Two keys share a slice with a chance of one in a million, so a pair or two may.
  CHECK(seen.size() >= 1995);
}
