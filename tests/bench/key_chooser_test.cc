// Tests of the choice of keys.
#include "bench/load/key_chooser.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <vector>

using larder::bench::KeyChooser;
using larder::bench::KeyDistribution;

namespace {

std::vector<double> SharesOf(KeyDistribution distribution, uint64_t keys, int draws) {
  KeyChooser chooser(distribution, keys, 42);
  std::vector<double> shares(keys);
  for (int i = 0; i < draws; ++i)
    shares.at(chooser.Next()) += 1.0 / draws;
  return shares;
}

}  // namespace

TEST_CASE("key distributions are read as they are written") {
  KeyDistribution out;
  REQUIRE(KeyDistribution::Parse("uniform", out));
  CHECK(out.kind == KeyDistribution::Kind::kUniform);
  REQUIRE(KeyDistribution::Parse("sequential", out));
  CHECK(out.kind == KeyDistribution::Kind::kSequential);
  REQUIRE(KeyDistribution::Parse("zipf", out));
  CHECK(out.theta == 0.99);
  REQUIRE(KeyDistribution::Parse("zipf(1.2)", out));
  CHECK(out.kind == KeyDistribution::Kind::kZipf);
  CHECK(out.theta == 1.2);
  for (const char* bad : {"", "gauss", "zipf(", "zipf()", "zipf(0)", "zipf(-1)", "zipf(1.2",
                          "zipf1", "zipf(1)x", "uniform(1)"}) {
    CAPTURE(bad);
    CHECK_FALSE(KeyDistribution::Parse(bad, out));
  }
}

TEST_CASE("sequential keys come in order and start again") {
  KeyChooser chooser({KeyDistribution::Kind::kSequential, 0}, 3, 1);
  std::vector<uint64_t> keys;
  for (int i = 0; i < 7; ++i)
    keys.push_back(chooser.Next());
  CHECK(keys == std::vector<uint64_t>{0, 1, 2, 0, 1, 2, 0});
}

TEST_CASE("uniform keys are drawn equally often") {
  for (double share : SharesOf({KeyDistribution::Kind::kUniform, 0}, 100, 1'000'000)) {
    CHECK(share == doctest::Approx(0.01).epsilon(0.05));
  }
}

TEST_CASE("zipf keys are drawn in proportion to one over their rank to the power of theta") {
  for (double theta : {0.5, 0.99, 1.0, 1.5}) {
    CAPTURE(theta);
    constexpr uint64_t kKeys = 1000;
    std::vector<double> shares = SharesOf({KeyDistribution::Kind::kZipf, theta}, kKeys, 2'000'000);
    double sum = 0;
    for (uint64_t k = 0; k < kKeys; ++k)
      sum += std::pow(k + 1, -theta);
    for (uint64_t k : {0, 1, 2, 9, 49}) {
      CAPTURE(k);
      CHECK(shares[k] == doctest::Approx(std::pow(k + 1, -theta) / sum).epsilon(0.05));
    }
    double tail = std::accumulate(shares.begin() + 500, shares.end(), 0.0);
    double expected = 0;
    for (uint64_t k = 500; k < kKeys; ++k)
      expected += std::pow(k + 1, -theta) / sum;
    CHECK(tail == doctest::Approx(expected).epsilon(0.05));
  }
}

TEST_CASE("a single key is always drawn") {
  for (auto kind : {KeyDistribution::Kind::kUniform, KeyDistribution::Kind::kZipf,
                    KeyDistribution::Kind::kSequential}) {
    KeyChooser chooser({kind, 0.99}, 1, 7);
    for (int i = 0; i < 100; ++i)
      CHECK(chooser.Next() == 0);
  }
}

TEST_CASE("the same seed draws the same keys and another seed others") {
  KeyDistribution zipf{KeyDistribution::Kind::kZipf, 0.99};
  auto draw = [&](uint64_t seed) {
    KeyChooser chooser(zipf, 1'000'000, seed);
    std::vector<uint64_t> keys;
    for (int i = 0; i < 20; ++i)
      keys.push_back(chooser.Next());
    return keys;
  };
  CHECK(draw(5) == draw(5));
  CHECK(draw(5) != draw(6));
}
