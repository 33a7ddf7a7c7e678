// The summaries of many shards put together, against exact counts.
#include "server/commands/key_figures.h"

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <random>
#include <string>

#include "storage/keyspace.h"

namespace larder {
namespace {

constexpr int64_t kNow = 1'700'000'000'000;

KeyStatisticsOptions Exact(size_t counters) {
  KeyStatisticsOptions options;
  options.interval = 1;
  options.prefixes = counters;
  options.hot_keys = counters;
  return options;
}

// The statistics of all shards of a keyspace, which nobody else uses.
class Watched {
 public:
  Watched(size_t shards, const KeyStatisticsOptions& options) : keyspace_(shards, 2, kNow) {
    ForEachShard([&](Shard& shard) {
      shard.key_statistics().Configure(options, 1);
      shard.database(1);
    });
  }

  void Look(const std::string& name, KeyEvent event, size_t database = 0) {
    const Key key{name, HashKey(name)};
    Shard& shard = keyspace_.shard(keyspace_.ShardOf(key.hash));
    const ShardGuard guard(shard);
    const Database* address = &shard.database(database);
    shard.key_statistics().CountEvent(event, address, name);
    shard.key_statistics().CountUse(address, name, key.hash, event == KeyEvent::kMiss);
  }

  PrefixFigures::Report Prefixes(size_t most) {
    PrefixFigures figures;
    ForEachShard([&](Shard& shard) { figures.Add(shard, kNow); });
    return figures.Take(most);
  }
  HotKeyFigures::Report HotKeys(size_t most, int64_t now_ms) {
    HotKeyFigures figures;
    ForEachShard([&](Shard& shard) {
      shard.key_statistics().Tick(now_ms);
      figures.Add(shard, now_ms);
    });
    return figures.Take(most);
  }
  void Swap() {
    ForEachShard([](Shard& shard) { shard.Swap(0, 1, kNow); });
  }

 private:
  template <class Work>
  void ForEachShard(Work&& work) {
    for (size_t i = 0; i < keyspace_.shard_count(); ++i) {
      const ShardGuard guard(keyspace_.shard(i));
      work(keyspace_.shard(i));
    }
  }

  Keyspace keyspace_;
};

// Numbers from 0 on, each less likely than the one before.
std::discrete_distribution<size_t> Zipf(size_t elements) {
  std::vector<double> weights;
  for (size_t i = 1; i <= elements; ++i)
    weights.push_back(1 / static_cast<double>(i));
  return {weights.begin(), weights.end()};
}

}  // namespace

TEST_CASE("What shards counted for a prefix is added up, and the error bounds hold") {
  for (const size_t shards : {1, 16}) {
    for (const size_t counters : {8, 64, 256}) {
      CAPTURE(shards);
      CAPTURE(counters);
      Watched watched(shards, Exact(counters));
      std::mt19937 random(1);
      std::discrete_distribution<size_t> prefixes = Zipf(200);
      std::map<std::string, KeyEventCounts> exact;
      KeyEventCounts all{};
      for (int i = 0; i < 40000; ++i) {
        const std::string prefix = std::to_string(prefixes(random)) + ":";
        const size_t event = random() % kKeyEvents;
        ++exact[prefix][event];
        ++all[event];
        watched.Look(prefix + std::to_string(random() % 1000), static_cast<KeyEvent>(event));
      }
      const PrefixFigures::Report report = watched.Prefixes(counters);
      REQUIRE(!report.rows.empty());
      CHECK(report.rows[0].prefix == "0:");
      CHECK(report.rows.size() <= counters);
      KeyEventCounts sums = report.others.events;
      uint64_t before = ~uint64_t{0};
      for (const PrefixFigures::Row& row : report.rows) {
        CHECK(row.total() <= before);
        before = row.total();
        uint64_t missing = 0;
        for (size_t event = 0; event < kKeyEvents; ++event) {
          CHECK(row.events[event] <= exact[row.prefix][event]);
          missing += exact[row.prefix][event] - row.events[event];
          sums[event] += row.events[event];
        }
        CHECK(missing <= row.error);
        if (counters == 256) CHECK(row.error == 0);
      }
      CHECK(sums == all);
    }
  }
}

TEST_CASE("Prefixes beyond the number asked for are among the others") {
  Watched watched(4, Exact(16));
  for (int i = 0; i < 10; ++i) {
    watched.Look("a:" + std::to_string(i), KeyEvent::kHit);
    if (i < 5) watched.Look("b:" + std::to_string(i), KeyEvent::kMiss);
    if (i < 2) watched.Look("c:" + std::to_string(i), KeyEvent::kExpired);
  }
  const PrefixFigures::Report report = watched.Prefixes(1);
  REQUIRE(report.rows.size() == 1);
  CHECK(report.rows[0].prefix == "a:");
  CHECK(report.rows[0].events == KeyEventCounts{10, 0, 0, 0});
  CHECK(report.others.events == KeyEventCounts{0, 5, 2, 0});
}

TEST_CASE("A prefix of which less was counted than may be missing is not reported") {
  Watched watched(1, Exact(1));
  watched.Look("a:1", KeyEvent::kHit);
  watched.Look("b:1", KeyEvent::kMiss);
  const PrefixFigures::Report report = watched.Prefixes(1);
  CHECK(report.rows.empty());
  CHECK(report.others.events == KeyEventCounts{1, 1, 0, 0});
}

TEST_CASE("The hot keys of all shards are found with their rates") {
  for (const size_t shards : {1, 16}) {
    CAPTURE(shards);
    Watched watched(shards, Exact(64));
    std::mt19937 random(1);
    std::discrete_distribution<size_t> keys = Zipf(5000);
    std::map<std::string, double> exact;
    for (int i = 0; i < 60000; ++i) {
      const std::string key = "key:" + std::to_string(keys(random));
      ++exact[key];
      watched.Look(key, i % 4 == 0 ? KeyEvent::kMiss : KeyEvent::kHit);
    }
    constexpr int64_t kSeconds = 50;
    const HotKeyFigures::Report report = watched.HotKeys(5, kNow + kSeconds * 1000);
    CHECK(report.requests == doctest::Approx(60000.0 / kSeconds));
    REQUIRE(report.rows.size() == 5);
    for (size_t i = 0; i < 5; ++i) {
      const HotKeyFigures::Row& row = report.rows[i];
      CHECK(row.key == "key:" + std::to_string(i));
      const double rate = exact[row.key] / kSeconds;
      CHECK(row.requests >= rate);
      CHECK(row.requests - row.error <= rate);
      CHECK(row.writes / row.requests == doctest::Approx(0.25).epsilon(0.2));
    }
  }
}

TEST_CASE(
    "Keys of different databases are told apart, and follow their database when it is swapped") {
  Watched watched(4, Exact(8));
  for (int i = 0; i < 3; ++i)
    watched.Look("a:1", KeyEvent::kHit, 1);
  watched.Look("a:1", KeyEvent::kHit, 0);
  for (const size_t busy : {1, 0}) {
    CAPTURE(busy);
    const PrefixFigures::Report prefixes = watched.Prefixes(8);
    REQUIRE(prefixes.rows.size() == 2);
    CHECK(prefixes.rows[0].database == busy);
    CHECK(prefixes.rows[0].events[0] == 3);
    CHECK(prefixes.rows[1].database == 1 - busy);
    const HotKeyFigures::Report keys = watched.HotKeys(8, kNow);
    REQUIRE(keys.rows.size() == 2);
    CHECK(keys.rows[0].database == busy);
    watched.Swap();
  }
}

}  // namespace larder
