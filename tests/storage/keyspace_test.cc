// Tests of the keyspace: which shard a key belongs to, and what concerns all shards.
#include "storage/keyspace.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

namespace larder {
namespace {

constexpr int64_t kNow = 1'700'000'000'000;
constexpr size_t kDatabases = 4;

// A keyspace with all of its locks held.
class LockedKeyspace {
 public:
  explicit LockedKeyspace(size_t shards) : keyspace_(shards, kDatabases, kNow) {
    for (size_t i = 0; i < shards; ++i)
      keyspace_.shard(i).lock().lock();
  }
  ~LockedKeyspace() {
    for (size_t i = 0; i < keyspace_.shard_count(); ++i)
      keyspace_.shard(i).lock().unlock();
  }
  Keyspace* operator->() { return &keyspace_; }

  void Set(size_t database, const std::string& name, std::string_view value,
           DeadlineChange deadline = DeadlineChange::Clear()) {
    const Key key{name, HashKey(name)};
    REQUIRE(keyspace_.DatabaseOf(key, database).SetString(key, value, deadline) ==
            StoreStatus::kStored);
  }
  bool Has(size_t database, const std::string& name) {
    const Key key{name, HashKey(name)};
    return keyspace_.DatabaseOf(key, database).Read(key, kNow) != nullptr;
  }

 private:
  Keyspace keyspace_;
};

std::string Name(int i) {
  return "key:" + std::to_string(i);
}

}  // namespace

TEST_CASE("the highest bits of the hash choose the shard") {
  for (const size_t shards : {1, 2, 16, 1024}) {
    CAPTURE(shards);
    Keyspace keyspace(shards, 1, kNow);
    CHECK(keyspace.shard_count() == shards);
    CHECK(keyspace.ShardOf(0) == 0);
    CHECK(keyspace.ShardOf(std::numeric_limits<uint64_t>::max()) == shards - 1);
    CHECK(keyspace.ShardOf(uint64_t{1} << 63) == shards / 2);
  }
}

TEST_CASE("keys are spread evenly over the shards") {
  constexpr size_t kShards = 16;
  LockedKeyspace keyspace(kShards);
  for (int i = 0; i < 16000; ++i)
    keyspace.Set(0, Name(i), "v");
  for (size_t i = 0; i < kShards; ++i) {
    const size_t size = keyspace->shard(i).database(0).size();
    CHECK(size > 800);
    CHECK(size < 1200);
  }
}

TEST_CASE("the keyspace adds up, flushes and swaps over all its shards") {
  for (const size_t shards : {1, 16}) {
    CAPTURE(shards);
    LockedKeyspace keyspace(shards);
    CHECK(keyspace->database_count() == kDatabases);
    CHECK(keyspace->Totals().keys == 0);
    for (int i = 0; i < 1000; ++i) {
      keyspace.Set(0, Name(i), "v");
      keyspace.Set(2, Name(i), "v",
                   i < 100 ? DeadlineChange::To(kNow + i) : DeadlineChange::Clear());
    }
    keyspace.Set(3, "large", std::string(100'000, 'v'));
    CHECK(keyspace.Has(2, Name(999)));
    CHECK_FALSE(keyspace.Has(1, Name(999)));
    CHECK_FALSE(keyspace.Has(2, Name(0)));  // its deadline has passed

    KeyspaceTotals totals = keyspace->Totals();
    CHECK(totals.keys == 2000);
    REQUIRE(totals.databases.size() == kDatabases);
    CHECK(totals.databases[0].keys == 1000);
    CHECK(totals.databases[0].expiring == 0);
    CHECK(totals.databases[0].mean_deadline_ms == 0);
    CHECK(totals.databases[1].keys == 0);
    CHECK(totals.databases[2].keys == 999);
    CHECK(totals.databases[2].expiring == 99);
    CHECK(totals.databases[2].mean_deadline_ms >= kNow + 49);
    CHECK(totals.databases[2].mean_deadline_ms <= kNow + 50);
    CHECK(totals.counters.hits == 1);
    CHECK(totals.counters.misses == 2);
    CHECK(totals.counters.expired == 1);
    CHECK(totals.counters.blob_bytes >= 100'000);
    CHECK(totals.used_memory > totals.index_memory + 100'000);

    keyspace->ResetCounters(kNow);
    totals = keyspace->Totals();
    CHECK(totals.counters.hits + totals.counters.misses + totals.counters.expired == 0);
    CHECK(totals.counters.blob_bytes >= 100'000);  // a level, not a count

    keyspace->Swap(0, 1, kNow);
    CHECK(keyspace->Size(0) == 0);
    CHECK(keyspace->Size(1) == 1000);
    CHECK(keyspace.Has(1, Name(5)));
    keyspace->Flush(1);
    CHECK(keyspace->Size(1) == 0);
    CHECK(keyspace->Size(2) == 999);
    keyspace->FlushAll();
    CHECK(keyspace->Totals().keys == 0);
    for (size_t i = 0; i < shards; ++i) {
      while (keyspace->shard(i).Reclaim(100)) {
      }
    }
    totals = keyspace->Totals();
    CHECK(totals.counters.blob_bytes == 0);
    CHECK(totals.used_memory == totals.index_memory);
  }
}

TEST_CASE("deadlines at the end of time do not overflow the mean") {
  LockedKeyspace keyspace(16);
  constexpr int64_t kLast = std::numeric_limits<int64_t>::max();
  for (int i = 0; i < 100; ++i)
    keyspace.Set(0, Name(i), "v", DeadlineChange::To(kLast));
  CHECK(keyspace->Totals().databases[0].mean_deadline_ms == kLast);
}

}  // namespace larder
