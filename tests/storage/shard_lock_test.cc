// Tests of the shard lock with threads that compete for it.
#include "storage/shard_lock.h"

#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace larder {
namespace {

TEST_CASE("the lock excludes others") {
  ShardLock lock;
  uint64_t counter = 0;
  constexpr uint64_t kRounds = 50000;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (uint64_t round = 0; round < kRounds; ++round) {
        const std::lock_guard guard(lock);
        ++counter;
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  CHECK(counter == 4 * kRounds);
  CHECK(lock.try_lock());
  lock.unlock();
}

TEST_CASE("a lock that is held cannot be tried, and a freed one can") {
  ShardLock lock;
  REQUIRE(lock.try_lock());
  std::thread([&] { CHECK_FALSE(lock.try_lock()); }).join();
  lock.unlock();
  std::thread([&] {
    CHECK(lock.try_lock());
    lock.unlock();
  }).join();
}

TEST_CASE("those who wait long sleep and are all woken") {
  ShardLock lock;
  std::atomic<int> waiting{0};
  int entered = 0;
  lock.lock();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      waiting.fetch_add(1);
      const std::lock_guard guard(lock);
      ++entered;
    });
  }
  while (waiting.load() < 8)
    std::this_thread::yield();
  for (int i = 0; i < 1000; ++i)
    std::this_thread::yield();
  CHECK(entered == 0);
  lock.unlock();
  for (std::thread& thread : threads)
    thread.join();
  CHECK(entered == 8);
}

TEST_CASE("a thread that takes the lock all the time does not keep another out") {
  ShardLock lock;
  std::atomic<bool> done{false};
  std::thread greedy([&] {
    while (!done.load()) {
      for (int i = 0; i < 1000; ++i) {
        const std::lock_guard guard(lock);
      }
    }
  });
  for (int i = 0; i < 2000; ++i) {
    const std::lock_guard guard(lock);
  }
  done.store(true);
  greedy.join();
  CHECK(lock.try_lock());
  lock.unlock();
}

#ifndef NDEBUG
TEST_CASE("debug builds know who holds the lock") {
  ShardLock lock;
  CHECK_FALSE(lock.HeldByCaller());
  lock.lock();
  CHECK(lock.HeldByCaller());
  std::thread([&] { CHECK_FALSE(lock.HeldByCaller()); }).join();
  lock.unlock();
  CHECK_FALSE(lock.HeldByCaller());
}
#endif

}  // namespace
}  // namespace larder
