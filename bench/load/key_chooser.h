// Which key the next request of the load asks for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace larder::bench {

// A small fast generator of random numbers (splitmix64); the same seed gives the same load.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next();
  uint64_t Below(uint64_t bound) {
    return static_cast<uint64_t>(static_cast<unsigned __int128>(Next()) * bound >> 64);
  }
  // Uniform in [0, 1).
  double Fraction() { return static_cast<double>(Next() >> 11) * 0x1p-53; }

 private:
  uint64_t state_;
};

// How keys are chosen, written as `uniform`, `zipf`, `zipf(0.99)` or `sequential`.
struct KeyDistribution {
  enum class Kind : uint8_t { kUniform, kZipf, kSequential };
  Kind kind = Kind::kUniform;
  double theta = 0.99;

  // Returns false when `text` is none of these.
  static bool Parse(std::string_view text, KeyDistribution& out);
};

// Draws keys from 0 to n - 1. With zipf, key k is drawn in proportion to 1 / (k + 1)^theta, exactly
// and for any theta over 0, by rejection-inversion (Hörmann and Derflinger, 1996).
//
// Owns its random numbers.
// Thread safety: none.
class KeyChooser {
 public:
  // Requires: count > 0.
  KeyChooser(KeyDistribution distribution, uint64_t count, uint64_t seed);

  uint64_t Next();
  Random& random() { return random_; }

 private:
  uint64_t NextZipf();
  double Integral(double x) const;
  double IntegralInverse(double x) const;
  double Density(double x) const;

  // Constant after construction.
  const KeyDistribution distribution_;
  const uint64_t count_;
  double integral_low_ = 0;
  double integral_high_ = 0;
  double accept_at_once_ = 0;

  Random random_;
  uint64_t next_in_sequence_ = 0;
};

}  // namespace larder::bench
