// Tests of a shard: its databases, flushing, swapping, expiry and garbage.
#include "storage/shard.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <thread>

namespace larder {
namespace {

constexpr int64_t kNow = 1'700'000'000'000;

Key KeyOf(std::string_view name) {
  return {name, HashKey(name)};
}

void Set(Database& database, std::string_view name, std::string_view value,
         DeadlineChange deadline = DeadlineChange::Clear()) {
  REQUIRE(database.SetString(KeyOf(name), value, deadline) == StoreStatus::kStored);
}

bool Has(Shard& shard, size_t database, std::string_view name) {
  return shard.database(database).Find(KeyOf(name), kNow) != nullptr;
}

}  // namespace

TEST_CASE("a shard makes its databases when they are asked for") {
  MemoryBudget budget;
  Shard shard(16, kNow, budget);
  ShardGuard guard(shard);
  CHECK(shard.database_count() == 16);
  CHECK(shard.database_if_present(3) == nullptr);
  Database& database = shard.database(3);
  CHECK(shard.database_if_present(3) == &database);
  CHECK(&shard.database(3) == &database);
  CHECK(shard.database_if_present(4) == nullptr);
  Set(database, "k", "v");
  CHECK(Has(shard, 3, "k"));
  CHECK_FALSE(Has(shard, 4, "k"));
}

TEST_CASE("a flushed database is empty at once, and its memory comes back in slices") {
  MemoryBudget budget;
  Shard shard(2, kNow, budget);
  ShardGuard guard(shard);
  shard.database(0);
  shard.database(1);
  const size_t before = shard.used_memory();
  for (int i = 0; i < 3000; ++i) {
    Set(shard.database(0), "key:" + std::to_string(i), "v", DeadlineChange::To(kNow + 10));
    Set(shard.database(1), "key:" + std::to_string(i), std::string(100, 'v'));
  }
  const size_t full = shard.used_memory();
  CHECK(full > before + 3000 * 100);
  CHECK_FALSE(shard.has_flushed());
  CHECK_FALSE(shard.Reclaim(100));

  shard.Flush(0);
  shard.Flush(1);
  CHECK(shard.has_flushed());
  CHECK(shard.database(0).size() == 0);
  CHECK(shard.database(1).size() == 0);
  CHECK_FALSE(Has(shard, 1, "key:1"));
  CHECK(shard.used_memory() >= full);
  // In between the databases are used, and flushed again.
  Set(shard.database(0), "new", "v");
  int slices = 0;
  while (shard.Reclaim(500)) {
    REQUIRE(++slices < 100);
    if (slices == 2) shard.Flush(0);
  }
  CHECK(slices >= 10);
  CHECK_FALSE(shard.has_flushed());
  // The directory of the queues' chunks keeps its size.
  constexpr size_t kDirectory = 3 * 6000 / 60 * sizeof(void*);
  CHECK(shard.used_memory() >= before);
  CHECK(shard.used_memory() <= before + kDirectory);
  CHECK(shard.Expire(kNow + 1000, 100));
  CHECK(shard.counters().expired == 0);
}

TEST_CASE("flushing what is empty or was never used does nothing") {
  MemoryBudget budget;
  Shard shard(2, kNow, budget);
  ShardGuard guard(shard);
  shard.Flush(0);
  shard.database(1);
  shard.Flush(1);
  CHECK_FALSE(shard.has_flushed());
}

TEST_CASE("swapped databases have exchanged their keys, their deadlines too") {
  MemoryBudget budget;
  Shard shard(3, kNow, budget);
  ShardGuard guard(shard);
  Set(shard.database(0), "a", "0");
  Set(shard.database(1), "b", "1", DeadlineChange::To(kNow + 500));
  shard.Swap(0, 1, kNow);
  CHECK(Has(shard, 0, "b"));
  CHECK(Has(shard, 1, "a"));
  CHECK(shard.database(0).expiring() == 1);
  CHECK(shard.Expire(kNow + 1000, 100));
  CHECK(shard.database(0).size() == 0);
  // With a database that does not exist yet, and with itself.
  shard.Swap(1, 2, kNow);
  CHECK(Has(shard, 2, "a"));
  CHECK_FALSE(Has(shard, 1, "a"));
  shard.Swap(2, 2, kNow);
  CHECK(Has(shard, 2, "a"));
}

TEST_CASE("Expire gives each database its share of the budget") {
  MemoryBudget budget;
  Shard shard(4, kNow, budget);
  ShardGuard guard(shard);
  CHECK(shard.NextExpiryMs() == std::numeric_limits<int64_t>::max());
  CHECK(shard.Expire(kNow, 1));
  for (size_t database = 0; database < 3; ++database) {
    for (int i = 0; i < 1000; ++i) {
      Set(shard.database(database), "key:" + std::to_string(i), "v",
          DeadlineChange::To(kNow + 100));
    }
  }
  Set(shard.database(3), "later", "v", DeadlineChange::To(kNow + 10'000));
  CHECK(shard.NextExpiryMs() <= kNow + 100 + 64);
  CHECK(shard.Expire(kNow + 50, 100));
  CHECK_FALSE(shard.Expire(kNow + 1000, 300));
  for (size_t database = 0; database < 3; ++database) {
    CHECK(shard.database(database).size() < 1000);
    CHECK(shard.database(database).size() >= 900);
  }
  int calls = 0;
  while (!shard.Expire(kNow + 1000, 300)) {
    REQUIRE(++calls < 100);
  }
  CHECK(shard.counters().expired == 3000);
  CHECK(shard.database(3).size() == 1);
  CHECK(shard.NextExpiryMs() > kNow + 1000);
  CHECK(shard.NextExpiryMs() <= kNow + 10'000 + 64);
}

TEST_CASE("large values that were dropped are handed out to be freed without the lock") {
  MemoryBudget budget;
  Shard shard(1, kNow, budget);
  ShardGuard guard(shard);
  Set(shard.database(0), "k", std::string(20000, 'v'));
  CHECK_FALSE(shard.has_garbage());
  CHECK(shard.used_memory() > 20000);
  Set(shard.database(0), "k", std::string(20000, 'w'));
  CHECK(shard.has_garbage());
  CHECK(shard.TakeGarbage().size() == 1);
  CHECK_FALSE(shard.has_garbage());
  REQUIRE(shard.database(0).Remove(KeyOf("k"), kNow));
  CHECK(shard.TakeGarbage().size() == 1);
  CHECK(shard.used_memory() < 20000);
}

TEST_CASE("a guard frees the garbage once it has given the lock back") {
  MemoryBudget budget;
  Shard shard(1, kNow, budget);
  BlobRef held = Blob::Create(20000);
  held->set_size(20000);
  {
    ShardGuard guard(shard);
    REQUIRE(shard.database(0).SetBlob(KeyOf("k"), held, DeadlineChange::Clear()) ==
            StoreStatus::kStored);
    REQUIRE(shard.database(0).Remove(KeyOf("k"), kNow));
    CHECK_FALSE(held->unique());
  }
  CHECK(held->unique());
  CHECK(shard.lock().try_lock());
  shard.lock().unlock();
}

TEST_CASE("threads that hold the lock see each other's writes") {
  MemoryBudget budget;
  Shard shard(1, kNow, budget);
  constexpr int kRounds = 2000;
  const auto work = [&shard] {
    for (int i = 0; i < kRounds; ++i) {
      ShardGuard guard(shard);
      Database& database = shard.database(0);
      const Entry* entry = database.Find(KeyOf("counter"), kNow);
      const int64_t value = entry == nullptr ? 0 : entry->integer();
      REQUIRE(database.SetInteger(KeyOf("counter"), value + 1) == StoreStatus::kStored);
      REQUIRE(database.SetString(KeyOf("large"), std::string(20000, 'v'),
                                 DeadlineChange::Clear()) == StoreStatus::kStored);
    }
  };
  // As a request ahead does it, without the lock.
  const auto prefetch = [&shard] {
    for (int i = 0; i < kRounds; ++i) {
      const Database* database = shard.database_if_present(0);
      if (database != nullptr) database->PrefetchBucket(static_cast<uint64_t>(i) << 20);
    }
  };
  std::thread a(work);
  std::thread b(work);
  std::thread c(prefetch);
  a.join();
  b.join();
  c.join();
  ShardGuard guard(shard);
  CHECK(shard.database(0).Find(KeyOf("counter"), kNow)->integer() == 2 * kRounds);
}

}  // namespace larder
