// Tests of what each policy prefers.
#include "storage/eviction.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "storage/shard.h"

namespace larder {
namespace {

constexpr int64_t kNow = 1'700'000'000'000;

// A shard whose policy a test chooses.
class PolicyShard {
 public:
  explicit PolicyShard(EvictionPolicy policy, uint32_t samples = 20) : shard_(1, kNow, budget_) {
    EvictionSettings settings;
    settings.policy = policy;
    settings.samples = samples;
    budget_.set_policy(settings);
    budget_.set_seconds(1000);
    shard_.lock().lock();
  }
  ~PolicyShard() { shard_.lock().unlock(); }

  void Set(const std::string& name, size_t size = 100, int64_t deadline_ms = kNoDeadline) {
    REQUIRE(database().SetString(KeyOf(name), std::string(size, 'v'),
                                 DeadlineChange::To(deadline_ms)) == StoreStatus::kStored);
  }
  Entry* Find(const std::string& name) { return database().Find(KeyOf(name), kNow); }
  void Use(const std::string& name, int times = 1) {
    for (int i = 0; i < times; ++i)
      REQUIRE(database().Read(KeyOf(name), kNow) != nullptr);
  }
  bool Has(const std::string& name) { return Find(name) != nullptr; }
  // Evicts so many entries; returns how many of the names with this prefix are left of `count`.
  void Evict(size_t count) {
    for (size_t i = 0; i < count; ++i)
      REQUIRE(shard_.Evict(0).any);
  }
  size_t Left(const std::string& prefix, int count) {
    size_t left = 0;
    for (int i = 0; i < count; ++i)
      left += Has(prefix + std::to_string(i));
    return left;
  }
  Database& database() { return shard_.database(0); }
  Shard& shard() { return shard_; }
  MemoryBudget& budget() { return budget_; }

 private:
  static Key KeyOf(const std::string& name) { return {name, HashKey(name)}; }

  MemoryBudget budget_;
  Shard shard_;
};

constexpr int kMany = 200;  // so few that entries are evicted one by one

}  // namespace

TEST_CASE("S3-FIFO lets what was never used go first, in its order, and keeps what is used") {
  PolicyShard shard(EvictionPolicy::kAllKeysS3Fifo);
  for (int i = 0; i < kMany; ++i)
    shard.Set("used:" + std::to_string(i));
  for (int i = 0; i < kMany; ++i)
    shard.Use("used:" + std::to_string(i), 3);
  for (int i = 0; i < kMany; ++i)
    shard.Set("once:" + std::to_string(i));
  shard.Evict(kMany - 30);  // so much that the small queue would not be smaller than its share
  CHECK(shard.Left("used:", kMany) == kMany);
  CHECK(shard.Left("once:", kMany) == 30);
  CHECK_FALSE(shard.Has("once:0"));
  CHECK(shard.Has("once:199"));
}

TEST_CASE("S3-FIFO takes a key that comes back soon into its main queue") {
  PolicyShard shard(EvictionPolicy::kAllKeysS3Fifo);
  for (int i = 0; i < kMany; ++i)
    shard.Set("key:" + std::to_string(i));
  shard.Evict(10);
  REQUIRE_FALSE(shard.Has("key:0"));
  Eviction& eviction = shard.shard().eviction();
  const size_t in_main = eviction.queued(EvictionQueues::kMain);
  shard.Set("key:0");
  CHECK(eviction.queued(EvictionQueues::kMain) == in_main + 1);
  shard.Set("new");
  CHECK(eviction.queued(EvictionQueues::kMain) == in_main + 1);
}

TEST_CASE("a read under S3-FIFO changes two bits of the entry at most") {
  PolicyShard shard(EvictionPolicy::kAllKeysS3Fifo);
  shard.Set("key");
  CHECK(shard.Find("key")->uses() == 0);
  for (unsigned uses = 1; uses <= 5; ++uses) {
    const uint32_t position = shard.Find("key")->queue_position();
    shard.Use("key");
    CHECK(shard.Find("key")->uses() == std::min(uses, 3u));
    CHECK(shard.Find("key")->queue_position() == position);
  }
}

TEST_CASE("a victim is found although every entry was used very often") {
  PolicyShard shard(EvictionPolicy::kAllKeysS3Fifo);
  for (int i = 0; i < kMany; ++i) {
    shard.Set("key:" + std::to_string(i));
    shard.Use("key:" + std::to_string(i), 3);
  }
  shard.Evict(kMany);
  CHECK(shard.database().size() == 0);
  CHECK_FALSE(shard.shard().Evict(0).any);
}

TEST_CASE("a large entry makes way for small ones that are used as often") {
  PolicyShard shard(EvictionPolicy::kAllKeysS3Fifo);
  for (int i = 0; i < 100; ++i) {
    shard.Set("small:" + std::to_string(i), 100);
    if (i % 10 == 0) shard.Set("large:" + std::to_string(i / 10), 12'000);
  }
  // A tenth of the bytes is given back at once by what is large.
  shard.Evict(10);
  CHECK(shard.Left("large:", 10) < 10);
  CHECK(shard.Left("small:", 100) >= 90);
}

TEST_CASE("LRU evicts what was not used for long") {
  PolicyShard shard(EvictionPolicy::kAllKeysLru);
  for (int i = 0; i < kMany; ++i) {
    shard.Set("old:" + std::to_string(i));
    shard.Set("used:" + std::to_string(i));
  }
  shard.budget().set_seconds(2000);
  for (int i = 0; i < kMany; ++i)
    shard.Use("used:" + std::to_string(i));
  shard.budget().set_seconds(2010);
  shard.Evict(kMany / 2);
  CHECK(shard.Left("used:", kMany) == kMany);
  CHECK(shard.Left("old:", kMany) == kMany / 2);
  CHECK(shard.shard().eviction().IdleSeconds(*shard.Find("used:0")) == 10);
}

TEST_CASE("LFU evicts what was used less often, and forgets with time") {
  PolicyShard shard(EvictionPolicy::kAllKeysLfu);
  for (int i = 0; i < kMany; ++i) {
    shard.Set("rare:" + std::to_string(i));
    shard.Set("often:" + std::to_string(i));
    shard.Use("often:" + std::to_string(i), 30);
  }
  Eviction& eviction = shard.shard().eviction();
  CHECK(eviction.Frequency(*shard.Find("rare:0")) == 5);
  CHECK(eviction.Frequency(*shard.Find("often:0")) >= 6);
  shard.Evict(kMany / 2);
  CHECK(shard.Left("often:", kMany) == kMany);
  CHECK(shard.Left("rare:", kMany) == kMany / 2);
  const uint32_t before = eviction.Frequency(*shard.Find("often:0"));
  shard.budget().set_seconds(1000 + 3 * 60);
  CHECK(eviction.Frequency(*shard.Find("often:0")) == before - 3);
}

TEST_CASE("volatile-ttl evicts what expires soonest") {
  PolicyShard shard(EvictionPolicy::kVolatileTtl);
  for (int i = 0; i < kMany; ++i) {
    shard.Set("later:" + std::to_string(i), 100, kNow + 10'000'000 + i);
    shard.Set("soon:" + std::to_string(i), 100, kNow + 60'000 + i);
    shard.Set("never:" + std::to_string(i), 100);
  }
  shard.Evict(kMany);
  CHECK(shard.Left("soon:", kMany) == 0);
  CHECK(shard.Left("later:", kMany) == kMany);
  CHECK(shard.Left("never:", kMany) == kMany);
}

TEST_CASE("random eviction takes keys from everywhere") {
  PolicyShard shard(EvictionPolicy::kAllKeysRandom);
  for (int i = 0; i < kMany; ++i) {
    shard.Set("a:" + std::to_string(i));
    shard.Set("b:" + std::to_string(i));
  }
  shard.Evict(kMany);
  CHECK(shard.Left("a:", kMany) > kMany / 3);
  CHECK(shard.Left("b:", kMany) > kMany / 3);
}

TEST_CASE("the few keys with a deadline among very many are found") {
  for (const EvictionPolicy policy :
       {EvictionPolicy::kVolatileLru, EvictionPolicy::kVolatileLfu, EvictionPolicy::kVolatileRandom,
        EvictionPolicy::kVolatileTtl, EvictionPolicy::kVolatileS3Fifo}) {
    CAPTURE(static_cast<int>(policy));
    PolicyShard shard(policy);
    for (int i = 0; i < 5000; ++i)
      shard.Set("lasting:" + std::to_string(i), 10);
    for (int i = 0; i < 5; ++i)
      shard.Set("timed:" + std::to_string(i), 10, kNow + 1'000'000);
    shard.Evict(5);
    CHECK_FALSE(shard.shard().Evict(0).any);
    CHECK(shard.database().size() == 5000);
    CHECK(shard.Left("lasting:", 5000) == 5000);
  }
}

TEST_CASE("a key that loses its deadline leaves the queues of a volatile policy") {
  PolicyShard shard(EvictionPolicy::kVolatileS3Fifo);
  shard.Set("key", 20'000, kNow + 1000);
  const Eviction& eviction = shard.shard().eviction();
  CHECK(eviction.queued(EvictionQueues::kSmall) == 1);
  CHECK(eviction.queued_bytes(EvictionQueues::kSmall) >= 20'000);
  const Key key{"key", HashKey("key")};
  REQUIRE(shard.database().SetDeadline(key, shard.Find("key"), kNoDeadline) ==
          StoreStatus::kStored);
  CHECK(eviction.queued(EvictionQueues::kSmall) == 0);
  CHECK(eviction.queued_bytes(EvictionQueues::kSmall) == 0);
  CHECK_FALSE(shard.shard().Evict(0).any);
  REQUIRE(shard.database().SetDeadline(key, shard.Find("key"), kNow + 5000) ==
          StoreStatus::kStored);
  CHECK(eviction.queued(EvictionQueues::kSmall) == 1);
  CHECK(eviction.queued_bytes(EvictionQueues::kSmall) >= 20'000);
}

TEST_CASE("what a file says of an entry restores how it was used, for each policy") {
  using Kind = EvictionHint::Kind;
  const auto said = [](EvictionPolicy policy, EvictionHint hint) {
    PolicyShard shard(policy);
    shard.Set("key");
    shard.shard().eviction().Recall(*shard.Find("key"), hint);
    return shard.shard().eviction().HintOf(*shard.Find("key"));
  };
  const EvictionHint idle{Kind::kIdleSeconds, 300};
  const EvictionHint count{Kind::kFrequency, 200};
  CHECK(said(EvictionPolicy::kAllKeysLru, idle) == idle);
  CHECK(said(EvictionPolicy::kAllKeysLru, count) == EvictionHint{Kind::kIdleSeconds, 0});
  CHECK(said(EvictionPolicy::kVolatileLfu, count) == count);
  CHECK(said(EvictionPolicy::kVolatileLfu, idle) == EvictionHint{Kind::kFrequency, 5});
  CHECK(said(EvictionPolicy::kNoEviction, idle) == EvictionHint{});
  CHECK(said(EvictionPolicy::kVolatileS3Fifo, count) == EvictionHint{});  // not queued
  for (const uint32_t frequency : {5u, 6u, 8u, 9u, 12u}) {  // small queue to 8, main from 9 on
    const EvictionHint hint{Kind::kFrequency, frequency};
    CHECK(said(EvictionPolicy::kAllKeysS3Fifo, hint) == hint);
  }
  CHECK(said(EvictionPolicy::kAllKeysS3Fifo, count) == EvictionHint{Kind::kFrequency, 12});
  CHECK(said(EvictionPolicy::kAllKeysS3Fifo, {Kind::kFrequency, 0}) ==
        EvictionHint{Kind::kFrequency, 5});
  CHECK(said(EvictionPolicy::kAllKeysS3Fifo, idle) == EvictionHint{Kind::kFrequency, 5});

  PolicyShard shard(EvictionPolicy::kAllKeysS3Fifo);
  shard.Set("key");
  Eviction& eviction = shard.shard().eviction();
  const size_t bytes = eviction.queued_bytes(EvictionQueues::kSmall);
  eviction.Recall(*shard.Find("key"), count);
  CHECK(eviction.queued(EvictionQueues::kMain) == 1);
  CHECK(eviction.queued_bytes(EvictionQueues::kMain) == bytes);
  CHECK(eviction.queued_bytes(EvictionQueues::kSmall) == 0);
}

}  // namespace larder
