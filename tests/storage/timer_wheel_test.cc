// Tests of the timer wheel against a sorted list of deadlines.
#include "storage/timer_wheel.h"

#include <doctest/doctest.h>

#include <limits>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace larder {
namespace {

constexpr int kScale = kMemoryIsShadowed ? 1 : 5;
constexpr int64_t kNow = 1700000000000;
constexpr size_t kPlenty = std::numeric_limits<size_t>::max();
constexpr int64_t kForever = std::numeric_limits<int64_t>::max();

struct Timer {
  int64_t deadline_ms;
  Ref next;
  Ref prev;
};

struct VectorLinks {
  std::vector<Timer>* timers;
  int64_t DeadlineMs(Ref ref) const { return (*timers)[ref].deadline_ms; }
  Ref Next(Ref ref) const { return (*timers)[ref].next; }
  void SetNext(Ref ref, Ref next) { (*timers)[ref].next = next; }
  Ref Prev(Ref ref) const { return (*timers)[ref].prev; }
  void SetPrev(Ref ref, Ref prev) { (*timers)[ref].prev = prev; }
};

// A wheel over timers in a vector.
struct Fixture {
  explicit Fixture(size_t count, int64_t now_ms = kNow)
      : timers(count + 1), wheel(VectorLinks{&timers}, now_ms) {}

  void Add(Ref ref, int64_t deadline_ms) {
    timers[ref].deadline_ms = deadline_ms;
    wheel.Add(ref);
  }
  // The entries handed out by a full advance.
  std::vector<Ref> Advance(int64_t now_ms) {
    std::vector<Ref> expired;
    REQUIRE(wheel.Advance(now_ms, kPlenty, [&](Ref ref) { expired.push_back(ref); }));
    return expired;
  }

  std::vector<Timer> timers;
  TimerWheel<VectorLinks> wheel;
};

TEST_CASE("an entry comes out after its deadline and at most a tick late") {
  const int64_t spans[] = {0,
                           1,
                           63,
                           64,
                           65,
                           1000,
                           4095,
                           4096,
                           60000,
                           3600000,
                           86400000,
                           31536000000,
                           1 << 30,
                           1ll << 40,
                           1ll << 50,
                           1ll << 55,
                           9466848000000000};  // 300,000 years
  for (int64_t start : {int64_t{0}, int64_t{1}, kNow, kNow + 37}) {
    for (int64_t span : spans) {
      CAPTURE(start);
      CAPTURE(span);
      Fixture fixture(1, start);
      const int64_t deadline = start + span;
      fixture.Add(1, deadline);
      if (span > 0) {
        CHECK(fixture.Advance(start).empty());
        CHECK(fixture.Advance(start + span / 2).empty());
        CHECK(fixture.Advance(deadline - 1).empty());
      }
      CHECK(fixture.wheel.size() == 1);
      CHECK(fixture.wheel.NextVisitMs() <= deadline + fixture.wheel.kTickMs);
      CHECK(fixture.Advance(deadline + fixture.wheel.kTickMs).size() == 1);
      CHECK(fixture.wheel.size() == 0);
      CHECK(fixture.wheel.NextVisitMs() == kForever);
    }
  }
}

TEST_CASE("the largest deadline can be added and removed") {
  Fixture fixture(2);
  fixture.Add(1, kForever);
  fixture.Add(2, kForever - 1000000);
  CHECK(fixture.Advance(kNow + (1ll << 60)).empty());
  fixture.wheel.Remove(1);
  fixture.wheel.Remove(2);
  CHECK(fixture.wheel.NextVisitMs() == kForever);
}

TEST_CASE("an entry that is overdue when it is added comes out at once") {
  Fixture fixture(1);
  fixture.Add(1, kNow - 100000);
  CHECK(fixture.wheel.NextVisitMs() == 0);
  CHECK(fixture.Advance(kNow).size() == 1);
}

// Deadlines of all sizes.
int64_t RandomSpan(std::mt19937_64& random) {
  return static_cast<int64_t>(random() >> (20 + random() % 43));
}

TEST_CASE("a random history agrees with a sorted list of deadlines") {
  for (uint64_t seed = 1; seed <= 4 * kScale; ++seed) {
    std::mt19937_64 random(seed);
    constexpr Ref kTimers = 300;
    Fixture fixture(kTimers);
    std::multimap<int64_t, Ref> model;
    std::map<Ref, std::multimap<int64_t, Ref>::iterator> places;
    int64_t now = kNow;
    for (int step = 0; step < 20000; ++step) {
      const Ref ref = 1 + static_cast<Ref>(random() % kTimers);
      if (random() % 4 != 0) {
        if (const auto place = places.find(ref); place != places.end()) {
          fixture.wheel.Remove(ref);
          model.erase(place->second);
          places.erase(place);
        } else {
          const int64_t deadline = now + RandomSpan(random);
          fixture.Add(ref, deadline);
          places[ref] = model.emplace(deadline, ref);
        }
        continue;
      }
      // The clock goes on, jumps, or is set back.
      now += random() % 50 == 0 ? -RandomSpan(random) % 10000000 : RandomSpan(random) % (1 << 23);
      const auto next = fixture.wheel.NextVisitMs();
      const std::vector<Ref> expired = fixture.Advance(now);
      REQUIRE((expired.empty() || next <= now));
      for (Ref each : expired) {
        REQUIRE(places.count(each) == 1);
        REQUIRE(places[each]->first <= now);
        model.erase(places[each]);
        places.erase(each);
      }
      REQUIRE((model.empty() || model.begin()->first > now - fixture.wheel.kTickMs));
      REQUIRE(fixture.wheel.size() == model.size());
    }
  }
}

TEST_CASE("rewriting one deadline a million times costs nothing") {
  std::mt19937_64 random(1);
  Fixture fixture(2);
  fixture.Add(2, kNow + 5000);
  fixture.Add(1, kNow + 1);
  const size_t before = fixture.wheel.memory();
  for (int i = 0; i < 1000000; ++i) {
    fixture.wheel.Remove(1);
    fixture.Add(1, kNow + 1000 + RandomSpan(random));
  }
  CHECK(fixture.wheel.memory() == before);
  CHECK(fixture.wheel.size() == 2);
}

TEST_CASE("a million entries with one deadline come out in bounded steps") {
  const Ref count = 200000 * kScale;
  Fixture fixture(count);
  for (Ref ref = 1; ref <= count; ++ref)
    fixture.Add(ref, kNow + 61234);
  size_t out = 0;
  size_t steps = 0;
  bool done = false;
  for (int64_t now = kNow; !done || out < count; now += 100) {
    for (;;) {
      size_t visits = 0;
      done = fixture.wheel.Advance(now, 1000, [&](Ref) { ++visits; });
      REQUIRE(visits <= 1000);
      out += visits;
      ++steps;
      if (done) break;
      REQUIRE(fixture.wheel.NextVisitMs() <= now);
    }
    REQUIRE(out == (now >= kNow + 61234 + 64 ? count : now < kNow + 61234 ? 0 : out));
  }
  CHECK(out == count);
  CHECK(steps < 620 + 3 * count / 999);
}

TEST_CASE("a budget that ends in the middle of a slot is resumed without loss") {
  for (size_t budget : {1, 2, 3, 7}) {
    Fixture fixture(500);
    std::mt19937_64 random(budget);
    for (Ref ref = 1; ref <= 500; ++ref) {
      fixture.Add(ref, kNow + static_cast<int64_t>(random() % 100000));
    }
    std::set<Ref> expired;
    size_t calls = 0;
    while (!fixture.wheel.Advance(kNow + 100064, budget,
                                  [&](Ref ref) { REQUIRE(expired.insert(ref).second); })) {
      REQUIRE(++calls < 10000);
    }
    CHECK(expired.size() == 500);
  }
}

TEST_CASE("expire may add and remove other entries") {
  Fixture fixture(4);
  for (Ref ref = 1; ref <= 3; ++ref)
    fixture.Add(ref, kNow + 10);
  std::vector<Ref> expired;
  fixture.wheel.Advance(kNow + 1000, kPlenty, [&](Ref ref) {
    expired.push_back(ref);
    if (expired.size() == 1) {
      fixture.wheel.Remove(ref == 2 ? 1 : 2);
      fixture.Add(4, kNow + 20);
    }
  });
  CHECK(expired.size() == 3);
  CHECK(std::set<Ref>(expired.begin(), expired.end()).count(4) == 1);
  CHECK(fixture.wheel.size() == 0);
}

TEST_CASE("an entry may move, wherever it stands in its slot") {
  for (Ref moved = 1; moved <= 3; ++moved) {
    Fixture fixture(4);
    for (Ref ref = 1; ref <= 3; ++ref)
      fixture.Add(ref, kNow + 1000);
    fixture.timers[4] = fixture.timers[moved];
    fixture.wheel.Relink(moved, 4);
    fixture.timers[moved] = Timer{-1, 99, 99};
    std::vector<Ref> expired = fixture.Advance(kNow + 2000);
    CHECK(expired.size() == 3);
    CHECK(std::set<Ref>(expired.begin(), expired.end()).count(4) == 1);
  }
}

TEST_CASE("after the clock was set back no entry is late") {
  Fixture fixture(3);
  fixture.Add(1, kNow + 10000);
  fixture.Add(2, kNow - 3600000);  // overdue by this clock
  fixture.timers[2].deadline_ms = kNow - 3600000;
  CHECK(fixture.Advance(kNow - 7200000).empty());
  fixture.Add(3, kNow - 7100000);
  CHECK(fixture.Advance(kNow - 7100000 + 64) == std::vector<Ref>{3});
  CHECK(fixture.Advance(kNow - 3600001).empty());
  CHECK(fixture.Advance(kNow - 3600000 + 64) == std::vector<Ref>{2});
  CHECK(fixture.Advance(kNow + 9999).empty());
  CHECK(fixture.Advance(kNow + 10064) == std::vector<Ref>{1});
}

TEST_CASE("a jump over a thousand years takes few steps") {
  Fixture fixture(1);
  fixture.Add(1, kNow + 31536000000000);
  size_t calls = 0;
  while (!fixture.wheel.Advance(kNow + 31536000000064, 1, [](Ref) {}))
    ++calls;
  CHECK(calls < 30);
}

}  // namespace
}  // namespace larder
