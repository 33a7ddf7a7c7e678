// How many nanoseconds does it take to give a key a deadline, to change it, and to expire it, with
// 10 k, 1 M and 10 M keys whose deadlines lie as a cache's do, and when all fall on one moment?
//
// Candidates: the timer wheel; std::set of (deadline, key), the textbook's answer, which knows the
// earliest deadline exactly. (Redis keeps no order and looks at random keys instead, so its cost is
// not per key but lateness.)
//
// Run: ninja wheel_bench && taskset -c 1 ./bench/wheel_bench [most keys]
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "bench/measure.h"
#include "storage/timer_wheel.h"

namespace larder::bench {
namespace {

constexpr int64_t kNow = 1'700'000'000'000;
constexpr int64_t kDay = 86'400'000;
// As many as a shard lets the wheel visit before it gives its lock back.
constexpr size_t kBudget = 256;

// What an entry keeps for its deadline.
struct Timed {
  int64_t deadline_ms;
  Ref next;
  Ref prev;
};

struct Links {
  Timed* entries;
  int64_t DeadlineMs(Ref ref) const { return entries[ref].deadline_ms; }
  Ref Next(Ref ref) const { return entries[ref].next; }
  Ref Prev(Ref ref) const { return entries[ref].prev; }
  void SetNext(Ref ref, Ref next) { entries[ref].next = next; }
  void SetPrev(Ref ref, Ref prev) { entries[ref].prev = prev; }
  const void* Address(Ref ref) const { return &entries[ref]; }
};

class Wheel {
 public:
  static constexpr const char* kName = "timer wheel";

  explicit Wheel(size_t keys) : entries_(keys + 1), wheel_(Links{entries_.data()}, kNow) {}
  void Add(Ref key, int64_t deadline_ms) {
    entries_[key].deadline_ms = deadline_ms;
    wheel_.Add(key);
  }
  void Change(Ref key, int64_t deadline_ms) {
    wheel_.Remove(key);
    Add(key, deadline_ms);
  }
  void Expire(int64_t now_ms, size_t& expired) {
    while (!wheel_.Advance(now_ms, kBudget, [&](Ref) { ++expired; })) {
    }
  }

 private:
  std::vector<Timed> entries_;
  TimerWheel<Links> wheel_;
};

class OrderedSet {
 public:
  static constexpr const char* kName = "std::set";

  explicit OrderedSet(size_t keys) : deadlines_(keys + 1) {}
  void Add(Ref key, int64_t deadline_ms) {
    deadlines_[key] = deadline_ms;
    set_.emplace(deadline_ms, key);
  }
  void Change(Ref key, int64_t deadline_ms) {
    set_.erase({deadlines_[key], key});
    Add(key, deadline_ms);
  }
  void Expire(int64_t now_ms, size_t& expired) {
    for (; !set_.empty() && set_.begin()->first <= now_ms; ++expired)
      set_.erase(set_.begin());
  }

 private:
  std::vector<int64_t> deadlines_;
  std::set<std::pair<int64_t, Ref>> set_;
};

double NanosecondsEach(size_t count, const std::function<void()>& run) {
  const double before = ThreadNanoseconds();
  run();
  return (ThreadNanoseconds() - before) / static_cast<double>(count);
}

// Deadlines of a minute to a day ahead, most of them near; or all the same.
std::vector<int64_t> Deadlines(size_t keys, bool spread, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<int64_t> deadlines(keys);
  for (int64_t& deadline : deadlines) {
    const int64_t ahead = static_cast<int64_t>(random() % kDay >> random() % 10);
    deadline = kNow + 60'000 + (spread ? ahead : 0);
  }
  return deadlines;
}

template <typename Candidate>
void Run(size_t keys, bool spread) {
  const std::vector<int64_t> first = Deadlines(keys, spread, 1);
  const std::vector<int64_t> second = Deadlines(keys, spread, 2);
  std::vector<Ref> order(keys);
  for (size_t i = 0; i < keys; ++i)
    order[i] = static_cast<Ref>(i + 1);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(3));

  Candidate candidate(keys);
  const double add = NanosecondsEach(keys, [&] {
    for (size_t i = 0; i < keys; ++i)
      candidate.Add(order[i], first[i]);
  });
  const double change = NanosecondsEach(keys, [&] {
    for (size_t i = 0; i < keys; ++i)
      candidate.Change(order[keys - 1 - i], second[i]);
  });
  size_t expired = 0;
  const double expire = NanosecondsEach(keys, [&] {
    // The time passes in steps of a minute, as far apart as they are the worse for a wheel.
    for (int64_t now = kNow; now <= kNow + kDay + 120'000; now += 60'000) {
      candidate.Expire(now, expired);
    }
  });
  if (expired != keys) std::abort();
  std::printf("%10zu  %-12s %-11s add %7.1f ns  change %7.1f ns  expire %7.1f ns\n", keys,
              Candidate::kName, spread ? "spread" : "one moment", add, change, expire);
  std::fflush(stdout);
}

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  using namespace larder::bench;
  const size_t most = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000;
  for (size_t keys : {size_t{10'000}, size_t{1'000'000}, size_t{10'000'000}}) {
    if (keys > most) continue;
    for (bool spread : {true, false}) {
      Run<Wheel>(keys, spread);
      if (keys <= 1'000'000) Run<OrderedSet>(keys, spread);  // beyond that it takes minutes
    }
  }
}
