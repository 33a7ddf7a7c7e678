// Chooses the events of a stream that are worth a look, so that the others cost a decrement.
#pragma once

#include <cstdint>
#include <limits>

namespace larder {

// Of a busy stream one event in about `interval` is looked at, at random distances, so that no
// regularity of the stream can hide from it; each stands for itself and for those passed over
// before it. So the weights always add up to the number of events, and an estimate of n events has
// a standard error of about sqrt(interval * n). Of a stream with few events all are looked at: the
// first kExactEvents after each Refill().
//
// Thread safety: guarded by the owner.
class EventSampler {
 public:
  static constexpr uint32_t kExactEvents = 64;

  // Looks at nothing until Start().
  explicit EventSampler(uint64_t seed) : random_(seed | 1) {}

  // `interval` 1 looks at every event, 0 at none.
  void Start(uint32_t interval) {
    interval_ = interval;
    exact_left_ = 0;
    left_ = stride_ = interval == 0 ? kNever : 1;
  }

  // Counts an event; true if it is to be looked at, which begins with Take().
  bool Pass() { return --left_ == 0; }
  // For how many events the chosen one stands.
  uint64_t Take() {
    const uint64_t weight = stride_;
    left_ = stride_ = Draw();
    return weight;
  }

  // The next events are looked at one by one.
  void Refill() {
    if (interval_ <= 1) return;
    exact_left_ = kExactEvents;
    stride_ = passed() + 1;
    left_ = 1;
  }
  // Events since the last one that was looked at.
  uint64_t passed() const { return stride_ - left_; }

 private:
  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

  // From half the interval to one and a half.
  uint64_t Draw() {
    if (exact_left_ > 0) {
      --exact_left_;
      return 1;
    }
    if (interval_ <= 1) return interval_ == 0 ? kNever : 1;
    random_ ^= random_ << 13;  // Marsaglia's xorshift
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return interval_ / 2 + (random_ >> 32) % (interval_ + 1);
  }

  uint64_t left_ = kNever;
  uint64_t stride_ = kNever;
  uint64_t random_;
  uint32_t interval_ = 0;
  uint32_t exact_left_ = 0;
};

}  // namespace larder
