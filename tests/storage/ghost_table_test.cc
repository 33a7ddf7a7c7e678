// Tests of the ghost queue: what it remembers, and for how long.
#include "storage/ghost_table.h"

#include <doctest/doctest.h>

#include <string>

#include "storage/key_hash.h"

namespace larder {
namespace {

uint64_t HashOf(size_t number) {
  return HashKey("key:" + std::to_string(number));
}

// How many of the keys from `begin` to `end` are remembered.
size_t CountTaken(GhostTable& ghost, size_t begin, size_t end) {
  size_t taken = 0;
  for (size_t i = begin; i < end; ++i)
    taken += ghost.Take(HashOf(i));
  return taken;
}

TEST_CASE("an empty ghost remembers nothing, and adding needs a capacity first") {
  GhostTable ghost;
  CHECK_FALSE(ghost.Take(HashOf(1)));
  ghost.Add(HashOf(1));
  CHECK_FALSE(ghost.Take(HashOf(1)));
  CHECK(ghost.memory() == 0);
}

TEST_CASE("a key is remembered once") {
  GhostTable ghost;
  ghost.SetCapacity(100);
  ghost.Add(HashOf(1));
  CHECK_FALSE(ghost.Take(HashOf(2)));
  CHECK(ghost.Take(HashOf(1)));
  CHECK_FALSE(ghost.Take(HashOf(1)));
}

TEST_CASE("the latest keys are remembered, about as many as the capacity says") {
  for (const size_t capacity : {size_t{50}, size_t{1000}, size_t{100'000}}) {
    CAPTURE(capacity);
    GhostTable ghost;
    ghost.SetCapacity(capacity);
    for (size_t i = 0; i < 5 * capacity; ++i)
      ghost.Add(HashOf(i));
    // A bucket that got more keys than it has slots has lost a few of them.
    CHECK(CountTaken(ghost, 4 * capacity, 5 * capacity) >= capacity * 85 / 100);
    CHECK(CountTaken(ghost, 0, 4 * capacity - capacity / 10) <= capacity / 500 + 1);
  }
}

TEST_CASE("a ghost that grows or shrinks still knows what it was told before") {
  GhostTable ghost;
  ghost.SetCapacity(1000);
  for (size_t i = 0; i < 1000; ++i)
    ghost.Add(HashOf(i));
  ghost.SetCapacity(5000);
  CHECK(CountTaken(ghost, 0, 500) >= 400);
  ghost.SetCapacity(800);
  for (size_t i = 1000; i < 1100; ++i)
    ghost.Add(HashOf(i));
  CHECK(CountTaken(ghost, 1000, 1100) >= 95);
}

TEST_CASE("a remembered key costs about six bytes at most") {
  GhostTable ghost;
  constexpr size_t kKeys = 100'000;
  ghost.SetCapacity(kKeys);
  CHECK(ghost.memory() <= kKeys * 6);
  ghost.Clear();
  CHECK(ghost.memory() == 0);
}

}  // namespace
}  // namespace larder
