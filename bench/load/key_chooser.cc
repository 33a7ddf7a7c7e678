// Uniform, zipf and sequential choice of keys.
#include "bench/load/key_chooser.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "bench/load/value_source.h"

namespace larder::bench {
namespace {

// log1p(x) / x and expm1(x) / x, which stay exact where x is almost 0.
double LogRatio(double x) {
  return std::abs(x) > 1e-8 ? std::log1p(x) / x : 1 - x / 2;
}
double ExpRatio(double x) {
  return std::abs(x) > 1e-8 ? std::expm1(x) / x : 1 + x / 2;
}

}  // namespace

uint64_t Random::Next() {
  state_ += 0x9e3779b97f4a7c15u;
  return Mix(state_);
}

bool KeyDistribution::Parse(std::string_view text, KeyDistribution& out) {
  KeyDistribution parsed;
  if (text == "uniform") {
    parsed.kind = Kind::kUniform;
  } else if (text == "sequential") {
    parsed.kind = Kind::kSequential;
  } else if (text.starts_with("zipf")) {
    parsed.kind = Kind::kZipf;
    std::string_view theta = text.substr(4);
    if (!theta.empty()) {
      if (theta.front() != '(' || theta.back() != ')') return false;
      theta = theta.substr(1, theta.size() - 2);
      auto [end, error] = std::from_chars(theta.data(), theta.data() + theta.size(), parsed.theta);
      if (error != std::errc() || end != theta.data() + theta.size()) return false;
      if (!(parsed.theta > 0 && parsed.theta < 10)) return false;
    }
  } else {
    return false;
  }
  out = parsed;
  return true;
}

KeyChooser::KeyChooser(KeyDistribution distribution, uint64_t count, uint64_t seed)
    : distribution_(distribution), count_(count), random_(seed) {
  if (distribution_.kind != KeyDistribution::Kind::kZipf) return;
  integral_low_ = Integral(1.5) - 1;
  integral_high_ = Integral(static_cast<double>(count_) + 0.5);
  accept_at_once_ = 2 - IntegralInverse(Integral(2.5) - Density(2));
}

uint64_t KeyChooser::Next() {
  switch (distribution_.kind) {
    case KeyDistribution::Kind::kUniform:
      return random_.Below(count_);
    case KeyDistribution::Kind::kZipf:
      return NextZipf();
    case KeyDistribution::Kind::kSequential:
      return next_in_sequence_++ % count_;
  }
  return 0;
}

// Inverts the integral of the density, rounds to the nearest rank, and accepts the rank when the
// point lies under its bar; the loop runs 1.1 times on average.
uint64_t KeyChooser::NextZipf() {
  for (;;) {
    double u = integral_high_ + random_.Fraction() * (integral_low_ - integral_high_);
    double x = IntegralInverse(u);
    double rank = std::clamp(std::floor(x + 0.5), 1.0, static_cast<double>(count_));
    if (rank - x <= accept_at_once_ || u >= Integral(rank + 0.5) - Density(rank)) {
      return static_cast<uint64_t>(rank) - 1;
    }
  }
}

// The integral of x^-theta, moved so that it is 0 at 1.
double KeyChooser::Integral(double x) const {
  double log_x = std::log(x);
  return ExpRatio((1 - distribution_.theta) * log_x) * log_x;
}

double KeyChooser::IntegralInverse(double x) const {
  double t = std::max(-1.0, x * (1 - distribution_.theta));
  return std::exp(LogRatio(t) * x);
}

double KeyChooser::Density(double x) const {
  return std::exp(-distribution_.theta * std::log(x));
}

}  // namespace larder::bench
