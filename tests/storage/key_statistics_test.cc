// Tests of what a shard knows about the use of its keys.
#include "storage/key_statistics.h"

#include <doctest/doctest.h>

#include <numeric>
#include <optional>
#include <random>
#include <string>

#include "storage/key_hash.h"
#include "storage/shard.h"

namespace larder {
namespace {

constexpr int64_t kNow = 1'700'000'000'000;
constexpr int64_t kMinute = 60'000;

KeyStatisticsOptions Exact() {
  KeyStatisticsOptions options;
  options.interval = 1;
  return options;
}

// Statistics of keys of two databases.
class Watch {
 public:
  explicit Watch(const KeyStatisticsOptions& options = Exact()) {
    statistics.Configure(options, ++version_);
  }

  void Configure(const KeyStatisticsOptions& options) { statistics.Configure(options, ++version_); }
  void Event(KeyEvent event, std::string_view key, int times = 1, int database = 0) {
    for (int i = 0; i < times; ++i)
      statistics.CountEvent(event, &databases_[database], key);
  }
  void Use(std::string_view key, int times = 1, int database = 0, bool writes = false) {
    for (int i = 0; i < times; ++i)
      statistics.CountUse(&databases_[database], key, HashKey(key), writes);
  }

  // Null where there is no counter.
  const KeyStatistics::Prefix* Prefix(std::string_view name, int database = 0) const {
    for (size_t i = 0; i < statistics.prefix_counters().size(); ++i) {
      const KeyStatistics::Prefix& prefix = statistics.prefix(i);
      if (prefix.name() == name && prefix.database == &databases_[database]) return &prefix;
    }
    return nullptr;
  }
  std::optional<uint64_t> Uses(std::string_view name, int database = 0) const {
    for (size_t i = 0; i < statistics.key_counters().size(); ++i) {
      const KeyStatistics::HotKey& hot = statistics.hot_key(i);
      if (hot.name() == name && hot.database == &databases_[database]) {
        return statistics.key_counters().count(i);
      }
    }
    return std::nullopt;
  }
  // Of all prefixes and of the others.
  KeyEventCounts Sums() const {
    KeyEventCounts sums = statistics.others();
    for (size_t i = 0; i < statistics.prefix_counters().size(); ++i) {
      for (size_t event = 0; event < kKeyEvents; ++event)
        sums[event] += statistics.prefix(i).events[event];
    }
    return sums;
  }

  KeyStatistics statistics{kNow};

 private:
  int databases_[2] = {};
  uint64_t version_ = 0;
};

}  // namespace

TEST_CASE("Nothing is counted before the options are known") {
  Watch watch;
  KeyStatistics unconfigured(kNow);
  unconfigured.Tick(kNow + 1000);
  for (int i = 0; i < 1000; ++i) {
    unconfigured.CountEvent(KeyEvent::kHit, nullptr, "a:1");
    unconfigured.CountUse(nullptr, "a:1", HashKey("a:1"), false);
  }
  CHECK(unconfigured.prefix_counters().size() == 0);
  CHECK(unconfigured.key_counters().size() == 0);
  CHECK(unconfigured.options_version() == 0);
}

TEST_CASE("Events are counted for the prefix and the database") {
  Watch watch;
  watch.Event(KeyEvent::kHit, "user:1", 3);
  watch.Event(KeyEvent::kMiss, "user:2", 2);
  watch.Event(KeyEvent::kExpired, "user:3");
  watch.Event(KeyEvent::kEvicted, "user:4", 4);
  watch.Event(KeyEvent::kMiss, "user:1", 5, /*database=*/1);
  watch.Event(KeyEvent::kHit, "counter", 6);
  CHECK(watch.Prefix("user:")->events == KeyEventCounts{3, 2, 1, 4});
  CHECK(watch.Prefix("user:", 1)->events == KeyEventCounts{0, 5, 0, 0});
  CHECK(watch.Prefix("")->events == KeyEventCounts{6, 0, 0, 0});
}

TEST_CASE("The counts of all prefixes and of the others add up to the events") {
  for (const uint32_t interval : {1, 2, 128}) {
    for (const size_t prefixes : {1, 4, 64}) {
      CAPTURE(interval);
      CAPTURE(prefixes);
      KeyStatisticsOptions options;
      options.interval = interval;
      options.prefixes = prefixes;
      Watch watch(options);
      std::mt19937 random(interval);
      KeyEventCounts exact{};
      for (int i = 0; i < 50000; ++i) {
        const size_t event = random() % kKeyEvents;
        ++exact[event];
        watch.Event(static_cast<KeyEvent>(event), std::to_string(random() % 100) + ":key");
        if (i % 10000 == 0) watch.statistics.Tick(kNow + i);
      }
      const KeyEventCounts sums = watch.Sums();
      CHECK(std::accumulate(sums.begin(), sums.end(), watch.statistics.passed_events()) == 50000);
      if (interval == 1) CHECK(sums == exact);
    }
  }
}

TEST_CASE("Counters that a prefix had to give up go to the others") {
  KeyStatisticsOptions options = Exact();
  options.prefixes = 2;
  Watch watch(options);
  watch.Event(KeyEvent::kHit, "a:", 10);
  watch.Event(KeyEvent::kMiss, "b:", 3);
  watch.Event(KeyEvent::kHit, "c:", 2);
  CHECK(watch.Prefix("b:") == nullptr);
  CHECK(watch.Prefix("c:")->events == KeyEventCounts{2, 0, 0, 0});
  CHECK(watch.statistics.others() == KeyEventCounts{0, 3, 0, 0});
}

TEST_CASE("Long and binary keys are kept up to a bounded length") {
  Watch watch;
  const std::string binary("\0\xff\r\n:x", 6);
  watch.Event(KeyEvent::kHit, binary);
  CHECK(watch.Prefix(binary.substr(0, 5)) != nullptr);
  const std::string longer(100'000, 'k');
  watch.Use(longer);
  watch.Use(longer + "other");
  CHECK(watch.statistics.key_counters().size() == 2);  // told apart all the same
  CHECK(watch.statistics.hot_key(0).name() == longer.substr(0, KeyStatistics::kMostKeyBytes));
  CHECK(watch.statistics.hot_key(0).key_size == longer.size());
  watch.Use("");
  CHECK(watch.Uses("") == 1);
}

TEST_CASE("Uses are counted by key and database, those that write once more") {
  Watch watch;
  watch.Use("a", 5);
  watch.Use("a", 2, /*database=*/1);
  watch.Use("b", 3, 0, /*writes=*/true);
  watch.Use("b");
  CHECK(watch.Uses("a") == 5);
  CHECK(watch.Uses("a", 1) == 2);
  CHECK(watch.Uses("b") == 4);
  CHECK(watch.statistics.hot_key(2).writes == 3);
}

TEST_CASE("What was used a minute ago weighs half, and in an hour it is forgotten") {
  Watch watch;
  watch.Use("then", 600);
  watch.statistics.Tick(kNow + kMinute - 1);
  CHECK(watch.Uses("then") == 600);
  CHECK(watch.statistics.seconds(kNow + kMinute - 1) == doctest::Approx(59.999));
  watch.statistics.Tick(kNow + kMinute);
  CHECK(watch.Uses("then") == 300);
  CHECK(watch.statistics.seconds(kNow + kMinute) == doctest::Approx(30));
  watch.Use("now", 600);
  watch.statistics.Tick(kNow + 2 * kMinute);
  CHECK(watch.Uses("then") == 150);
  CHECK(watch.Uses("now") == 300);
  CHECK(watch.statistics.seconds(kNow + 2 * kMinute) == doctest::Approx(45));
  watch.statistics.Tick(kNow + 70 * kMinute);
  CHECK(watch.statistics.key_counters().size() == 0);
  CHECK(watch.statistics.seconds(kNow + 70 * kMinute) == doctest::Approx(1));
}

TEST_CASE("A key's count over the seconds is its rate, however long it has been used") {
  Watch watch;
  for (int second = 1; second <= 400; ++second) {
    watch.Use("steady", 7);
    const int64_t now_ms = kNow + second * 1000;
    watch.statistics.Tick(now_ms);
    const double rate =
        static_cast<double>(*watch.Uses("steady")) / watch.statistics.seconds(now_ms);
    CHECK(rate == doctest::Approx(7).epsilon(0.01));
  }
}

TEST_CASE("A clock that is set back does no harm") {
  Watch watch;
  watch.Use("a", 10);
  watch.statistics.Tick(kNow - 5 * kMinute);
  CHECK(watch.Uses("a") == 10);
  CHECK(watch.statistics.seconds(kNow - 5 * kMinute) == doctest::Approx(1));
  watch.statistics.Tick(kNow - 4 * kMinute);
  CHECK(watch.Uses("a") == 5);
}

TEST_CASE("Reset() forgets everything") {
  Watch watch;
  watch.Event(KeyEvent::kHit, "a:1", 10);
  watch.Use("a:1", 10);
  watch.statistics.Reset(kNow + 1000);
  CHECK(watch.statistics.prefix_counters().size() == 0);
  CHECK(watch.statistics.key_counters().size() == 0);
  watch.Event(KeyEvent::kMiss, "a:1");
  CHECK(watch.Prefix("a:")->events == KeyEventCounts{0, 1, 0, 0});
  CHECK(watch.Sums() == KeyEventCounts{0, 1, 0, 0});
}

TEST_CASE("New options begin anew what they change, and nothing else") {
  Watch watch;
  const auto use = [&] {
    watch.Event(KeyEvent::kHit, "a:1");
    watch.Use("a:1");
  };
  use();
  KeyStatisticsOptions options = Exact();
  SUBCASE("no change") {
    watch.Configure(options);
    use();
    CHECK(watch.Prefix("a:")->events[0] == 2);
    CHECK(watch.Uses("a:1") == 2);
  }
  SUBCASE("another delimiter") {
    options.rule = PrefixRule("1", 1);
    watch.Configure(options);
    use();
    CHECK(watch.Prefix("a:") == nullptr);
    CHECK(watch.Prefix("a:1")->events[0] == 1);
    CHECK(watch.Uses("a:1") == 2);
  }
  SUBCASE("other numbers") {
    options.prefixes = 1;
    options.hot_keys = 1;
    watch.Configure(options);
    use();
    CHECK(watch.Prefix("a:")->events[0] == 1);
    CHECK(watch.Uses("a:1") == 1);
  }
  SUBCASE("off") {
    options.prefixes = 0;
    options.hot_keys = 0;
    watch.Configure(options);
    use();
    watch.statistics.Tick(kNow + 5000);
    use();
    CHECK(watch.statistics.prefix_counters().size() == 0);
    CHECK(watch.statistics.key_counters().size() == 0);
    options.interval = 2;
    watch.Configure(options);
    use();
    CHECK(watch.statistics.key_counters().size() == 0);
  }
  SUBCASE("another interval") {
    options.interval = 1000;
    watch.Configure(options);
    for (int i = 0; i < 400; ++i)
      use();
    CHECK(watch.Prefix("a:")->events[0] == 2);  // the first of the new interval
    CHECK(watch.Uses("a:1") == 2);
  }
}

TEST_CASE("A shard's databases report hits, misses, expiries and evictions as they count them") {
  MemoryBudget budget;
  Shard shard(2, kNow, budget);
  const ShardGuard guard(shard);
  KeyStatisticsOptions options = Exact();
  options.prefixes = 3;
  shard.key_statistics().Configure(options, 1);
  std::mt19937 random(1);
  int64_t now_ms = kNow;
  for (int i = 0; i < 20000; ++i) {
    const std::string name = std::to_string(random() % 10) + ":" + std::to_string(random() % 50);
    const Key key{name, HashKey(name)};
    Database& database = shard.database(random() % 2);
    switch (random() % 5) {
      case 0:
        database.Read(key, now_ms);
        break;
      case 1:
        database.Inspect(key, now_ms);
        break;
      case 2:
        database.Find(key, now_ms);
        break;
      case 3: {
        const auto deadline = random() % 2 == 0
                                  ? DeadlineChange::Clear()
                                  : DeadlineChange::To(now_ms + static_cast<int>(random() % 200));
        REQUIRE(database.SetString(key, "value", deadline) == StoreStatus::kStored);
        break;
      }
      default:
        now_ms += static_cast<int>(random() % 10);
        if (i % 7 == 0) shard.Expire(now_ms, 1000);
        if (i % 50 == 0) shard.Evict(1);
    }
  }
  KeyEventCounts sums = shard.key_statistics().others();
  for (size_t i = 0; i < shard.key_statistics().prefix_counters().size(); ++i) {
    CHECK(shard.IndexOf(shard.key_statistics().prefix(i).database) < 2);
    for (size_t event = 0; event < kKeyEvents; ++event)
      sums[event] += shard.key_statistics().prefix(i).events[event];
  }
  const ShardCounters& counters = shard.counters();
  CHECK(sums == KeyEventCounts{counters.hits, counters.misses, counters.expired, counters.evicted});
  for (const uint64_t sum : sums)
    CHECK(sum > 50);
}

}  // namespace larder
