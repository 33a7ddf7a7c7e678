// Tests of the limit on memory: that it holds, what goes, and that nothing else does.
#include "storage/evictor.h"

#include <doctest/doctest.h>

#include <atomic>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/storage/limited_store.h"

namespace larder {

TEST_CASE("the limit holds whatever the sizes are, and every key that is gone was counted") {
  ForEachOf(kAllKeysPolicies, [](EvictionPolicy policy) {
    for (const size_t shards : {size_t{1}, size_t{16}}) {
      CAPTURE(shards);
      LimitedStore store(shards, policy, 2 << 20);
      std::mt19937 random(3);
      std::set<std::string> stored;
      uint64_t removed = 0;
      for (int i = 0; i < 20000; ++i) {
        const std::string name = NameOf(static_cast<int>(random() % 8000));
        const size_t size = random() % 200 == 0 ? random() % 60000 : random() % 1000;
        const bool was_there = store.Has(name);
        const bool known = stored.contains(name);
        REQUIRE((!was_there || known));
        if (random() % 10 == 0) {
          REQUIRE(store.Remove(name) == was_there);
          removed += was_there;
        } else {
          REQUIRE(store.Set(name, std::string(size, 'v')));
          stored.insert(name);
        }
        if (i % 100 == 0) REQUIRE(store.WithinLimit());
      }
      CHECK(store.WithinLimit());
      CHECK(store.Evicted() > 1000);
      CHECK(store.Keys() > 1000);
      size_t left = 0;
      for (const std::string& name : stored)
        left += store.Has(name);
      CHECK(left == store.Keys());
    }
  });
}

TEST_CASE("keys stored minus keys evicted are the keys that are left") {
  ForEachOf(kAllKeysPolicies, [](EvictionPolicy policy) {
    LimitedStore store(16, policy, 1 << 20);
    constexpr int kStored = 10000;
    for (int i = 0; i < kStored; ++i)
      REQUIRE(store.Set(NameOf(i), std::string(300, 'v'), DeadlineChange::Clear(),
                        /*database=*/static_cast<size_t>(i % 2)));
    CHECK(store.Keys() + store.Evicted() == kStored);
    CHECK(store.Keys() > 2400);
    size_t found = 0;
    for (int i = 0; i < kStored; ++i)
      found += store.Has(NameOf(i), static_cast<size_t>(i % 2));
    CHECK(found == store.Keys());
  });
}

TEST_CASE("volatile policies never evict a key without a deadline") {
  ForEachOf(kVolatilePolicies, [](EvictionPolicy policy) {
    LimitedStore store(4, policy, 1 << 20);
    constexpr int kLasting = 1000;
    for (int i = 0; i < kLasting; ++i)
      REQUIRE(store.Set(NameOf(i), std::string(300, 'v')));
    REQUIRE(store.Evicted() == 0);
    const DeadlineChange later = DeadlineChange::To(kNow + 1'000'000);
    for (int i = 0; i < 10000; ++i)
      REQUIRE(store.Set("timed:" + std::to_string(i), std::string(300, 'v'), later));
    CHECK(store.Evicted() > 7000);
    for (int i = 0; i < kLasting; ++i)
      REQUIRE(store.Has(NameOf(i)));
    // Now keys without a deadline displace all that have one; then nothing more fits in.
    int next = kLasting;
    while (store.Set(NameOf(next), std::string(300, 'v')))
      REQUIRE(++next < 10000);
    CHECK(store.Evicted() == 10000);
    for (int i = 0; i < next; ++i)
      REQUIRE(store.Has(NameOf(i)));
    CHECK(store.WithinLimit());
  });
}

TEST_CASE("without eviction, what does not fit is refused and nothing is lost") {
  LimitedStore store(4, EvictionPolicy::kNoEviction, 4'000'000);
  int next = 0;
  while (store.Set(NameOf(next), std::string(100, 'v')))
    ++next;
  CHECK(next > 20000);
  CHECK(store.Keys() == static_cast<size_t>(next));
  CHECK(store.Evicted() == 0);
  CHECK(store.WithinLimit());
  // The last key may have brought a chunk of a queue along.
  for (int i = 0; i < 200; ++i)
    CHECK(store.Remove(NameOf(i)));
  CHECK(store.Set(NameOf(0), std::string(100, 'v')));
}

TEST_CASE("a value that can never fit is refused, and evicts hardly anything") {
  for (const size_t shards : {size_t{1}, size_t{16}}) {
    LimitedStore store(shards, EvictionPolicy::kAllKeysS3Fifo, 4 << 20);
    for (int i = 0; i < 20000; ++i)
      REQUIRE(store.Set(NameOf(i), std::string(200, 'v')));
    const size_t before = store.Keys();
    CHECK_FALSE(store.Set("huge", std::string(5 << 20, 'v')));
    CHECK(store.Keys() == before);
    // What is large but can fit displaces what it must.
    CHECK(store.Set("large", std::string(1 << 20, 'v')));
    CHECK(store.Has("large"));
    CHECK(store.WithinLimit());
    CHECK(store.Keys() > before / 2);
  }
}

TEST_CASE("whether a value could fit depends on what the policy may evict") {
  LimitedStore store(4, EvictionPolicy::kAllKeysS3Fifo, 4 << 20);
  for (int i = 0; i < 10000; ++i)
    REQUIRE(store.Set(NameOf(i), std::string(300, 'v')));
  Evictor evictor(store.keyspace());
  CHECK(evictor.CouldFit(3 << 20));
  CHECK_FALSE(evictor.CouldFit(5 << 20));
  {
    MemoryAccount of_clients(store.keyspace().budget());
    of_clients.Report(2 << 20);  // which nobody can evict, but which may be the value itself
    CHECK_FALSE(evictor.CouldFit(3 << 20));
    CHECK(evictor.CouldFit(3 << 20, /*counted=*/2 << 20));
  }
  store.SetPolicy(EvictionPolicy::kVolatileS3Fifo);
  CHECK_FALSE(evictor.CouldFit(3 << 20));
  store.SetPolicy(EvictionPolicy::kNoEviction);
  CHECK_FALSE(evictor.CouldFit(3 << 20));
  CHECK(evictor.CouldFit(10'000));  // small values are not looked at closely
}

TEST_CASE("a shard with few keys keeps them while others are over their share") {
  LimitedStore store(4, EvictionPolicy::kAllKeysS3Fifo, 1 << 20);
  // Some keys of shard 0, and then very many of shard 1 that fill the memory.
  std::vector<std::string> few;
  int next = 0;
  const auto name_in = [&](size_t shard) {
    std::string name;
    do {
      name = NameOf(next++);
    } while (store.keyspace().ShardOf(HashKey(name)) != shard);
    return name;
  };
  for (int i = 0; i < 200; ++i) {
    few.push_back(name_in(0));
    REQUIRE(store.Set(few.back(), std::string(500, 'v')));
  }
  size_t many = 0;
  for (int i = 0; i < 3000; ++i)
    many += store.Set(name_in(1), std::string(500, 'v'));
  CHECK(many == 3000);
  for (const std::string& name : few)
    CHECK(store.Has(name));
  CHECK(store.Keys() > 1600);  // the rest of the memory belongs to shard 1
  // A write to the small shard is paid for by the large one.
  for (int i = 0; i < 200; ++i) {
    few.push_back(name_in(0));
    REQUIRE(store.Set(few.back(), std::string(500, 'v')));
  }
  for (const std::string& name : few)
    CHECK(store.Has(name));
}

TEST_CASE("changing the policy keeps the keys, and the new one takes over") {
  LimitedStore store(4, EvictionPolicy::kAllKeysS3Fifo, 2 << 20);
  constexpr int kKeys = 3000;
  for (int i = 0; i < kKeys; ++i)
    REQUIRE(store.Set(NameOf(i), std::string(200, 'v'),
                      i % 2 == 0 ? DeadlineChange::To(kNow + 1'000'000) : DeadlineChange::Clear()));
  REQUIRE(store.Evicted() == 0);
  std::mt19937 random(5);
  std::vector<EvictionPolicy> policies(std::begin(kAllKeysPolicies), std::end(kAllKeysPolicies));
  policies.insert(policies.end(), std::begin(kVolatilePolicies), std::end(kVolatilePolicies));
  policies.push_back(EvictionPolicy::kNoEviction);
  for (int change = 0; change < 60; ++change) {
    const EvictionPolicy policy = policies[random() % policies.size()];
    store.SetPolicy(policy);
    for (int i = 0; i < 300; ++i) {  // half converted, things go on happening
      REQUIRE(store.Get(NameOf(static_cast<int>(random() % kKeys))));
      const int number = static_cast<int>(random() % kKeys);
      REQUIRE(store.Set(
          NameOf(number), std::string(random() % 300, 'w'),
          number % 2 == 0 ? DeadlineChange::To(kNow + 1'000'000) : DeadlineChange::Clear()));
    }
    if (change % 3 == 0) continue;
    store.Maintain();
    if (policy == EvictionPolicy::kAllKeysS3Fifo) CHECK(store.Queued() == kKeys);
    if (!IsS3Fifo(policy)) CHECK(store.Queued() == 0);
  }
  CHECK(store.Keys() == kKeys);
  CHECK(store.Evicted() == 0);
  // And each policy finds what to evict among keys that came under another.
  ForEachOf(policies, [&](EvictionPolicy policy) {
    if (policy == EvictionPolicy::kNoEviction) return;
    store.SetPolicy(policy);
    const size_t before = store.Keys();
    store.SetRoom(store.Keys() * 150);
    store.Maintain();
    CHECK(store.Keys() <= before);
  });
}

TEST_CASE("lowering the limit evicts until it holds, and raising it gives room at once") {
  ForEachOf(kAllKeysPolicies, [](EvictionPolicy policy) {
    LimitedStore store(16, policy, 8 << 20);
    for (int i = 0; i < 20000; ++i)
      REQUIRE(store.Set(NameOf(i), std::string(200, 'v')));
    REQUIRE(store.Evicted() == 0);
    store.SetRoom(2 << 20);
    // A write evicts some of it, but not everything at once.
    REQUIRE(store.Set("one", "more"));
    CHECK(store.Evicted() > 0);
    CHECK(store.Evicted() < 2000);
    CHECK(store.Used() > store.limit());
    store.Maintain();
    CHECK(store.WithinLimit());
    CHECK(store.Used() > store.limit() * 9 / 10);
    const uint64_t evicted = store.Evicted();
    store.SetRoom(8 << 20);
    for (int i = 0; i < 10000; ++i)
      REQUIRE(store.Set("more:" + std::to_string(i), std::string(200, 'v')));
    CHECK(store.Evicted() == evicted);
  });
}

TEST_CASE("what was flushed goes before any key") {
  LimitedStore store(4, EvictionPolicy::kAllKeysS3Fifo, 1 << 20);
  for (int i = 0; i < 2000; ++i)
    REQUIRE(store.Set(NameOf(i), std::string(300, 'v')));
  store.Flush();
  const uint64_t evicted = store.Evicted();
  for (int i = 0; i < 2000; ++i)
    REQUIRE(store.Set("new:" + std::to_string(i), std::string(300, 'v')));
  CHECK(store.Evicted() == evicted);
  CHECK(store.Keys() == 2000);
}

TEST_CASE("threads that write at the limit keep it, and lose no count") {
  LimitedStore store(4, EvictionPolicy::kAllKeysS3Fifo, 1 << 20);
  constexpr int kThreads = 4;
  constexpr int kWrites = 5000;
  std::vector<std::thread> threads;
  std::atomic<int> stored{0};
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kWrites; ++i) {
        const std::string name = std::to_string(thread) + ":" + std::to_string(i);
        stored += store.Set(name, std::string(static_cast<size_t>(i % 400), 'v'));
        store.Get(std::to_string((thread + 1) % kThreads) + ":" + std::to_string(i));
        if (i % 1000 == 500) {
          store.SetPolicy(thread == 0 ? EvictionPolicy::kAllKeysLru
                                      : EvictionPolicy::kAllKeysS3Fifo);
        }
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  CHECK(stored == kThreads * kWrites);
  CHECK(store.Keys() + store.Evicted() == kThreads * kWrites);
  CHECK(store.Evicted() > 5000);
  store.Maintain();
  CHECK(store.WithinLimit());
}

}  // namespace larder
