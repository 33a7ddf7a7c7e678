// The two clocks of the server, behind an interface so that tests can set the time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace larder {

// Thread safety: any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  // Wall-clock time in ms since the Unix epoch: what deadlines are measured in. It may step.
  virtual int64_t NowMs() const = 0;
  // The same in µs, for those who ask what time it is.
  virtual int64_t NowUs() const { return NowMs() * 1000; }
  // Time in µs from an arbitrary start, which never goes back: what durations are measured in.
  virtual int64_t MonotonicUs() const = 0;
};

class SystemClock : public Clock {
 public:
  int64_t NowMs() const override {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  }
  int64_t NowUs() const override {
    using namespace std::chrono;
    return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
  }
  int64_t MonotonicUs() const override {
    using namespace std::chrono;
    return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
  }
};

// A clock that stands still until it is told otherwise.
class ManualClock : public Clock {
 public:
  explicit ManualClock(int64_t now_ms) : now_ms_(now_ms) {}
  int64_t NowMs() const override { return now_ms_; }
  int64_t MonotonicUs() const override { return now_ms_ * 1000; }
  void Set(int64_t now_ms) { now_ms_ = now_ms; }
  void Advance(int64_t ms) { now_ms_ += ms; }

 private:
  std::atomic<int64_t> now_ms_;
};

}  // namespace larder
