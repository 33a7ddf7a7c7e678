// Timing of repeated runs, for the micro-benches.
#pragma once

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace larder::bench {

// Nanoseconds that this thread has spent on a processor: what others do in between does not count.
inline double ThreadNanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// Nanoseconds per operation. The best run is what to compare, since noise only ever adds time; the
// median shows how much noise there was.
struct Timing {
  double best;
  double median;
};

// Calls run(), which carries out `operations` of them, for about `seconds` and at least three
// times.
template <typename Run>
Timing Measure(double seconds, size_t operations, Run&& run) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> runs;
  const auto start = Clock::now();
  Clock::time_point now = start;
  while (runs.size() < 3 || now - start < std::chrono::duration<double>(seconds)) {
    const double before = ThreadNanoseconds();
    run();
    const double elapsed = ThreadNanoseconds() - before;
    now = Clock::now();
    runs.push_back(elapsed / static_cast<double>(operations));
  }
  std::sort(runs.begin(), runs.end());
  return {runs.front(), runs[runs.size() / 2]};
}

// Makes the compiler believe that somebody looks at `value`.
template <typename T>
void Keep(const T& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

}  // namespace larder::bench
