// Tests of the pool of overflow buckets.
#include "storage/overflow_pool.h"

#include <doctest/doctest.h>

#include <set>
#include <vector>

namespace larder {
namespace {

TEST_CASE("numbers start at one, are distinct, and are used again") {
  OverflowPool pool;
  std::set<uint32_t> numbers;
  for (int i = 0; i < 100; ++i)
    numbers.insert(pool.Allocate());
  CHECK(numbers.size() == 100);
  CHECK(*numbers.begin() == 1);
  CHECK(pool.used_count() == 100);
  pool.At(17).Set(2, 3, 4);
  pool.Free(17);
  CHECK(pool.used_count() == 99);
  CHECK(pool.Allocate() == 17);
  CHECK(pool.At(17).Occupied() == 0);
}

TEST_CASE("the pool gives up free buckets at its end, and names the one that is in the way") {
  OverflowPool pool;
  std::vector<uint32_t> numbers;
  for (int i = 0; i < 1000; ++i) {
    numbers.push_back(pool.Allocate());
    pool.At(numbers.back()).Set(0, 1, 1);
  }
  CHECK(pool.DropFreeTail() == 0);
  const size_t full = pool.memory();
  for (int i = 0; i < 900; ++i)
    pool.Free(numbers[i]);
  CHECK(pool.IsSparse());
  while (const uint32_t last = pool.DropFreeTail()) {
    REQUIRE(pool.At(last).Occupied() != 0);
    const uint32_t to = pool.Allocate();
    REQUIRE(to < last);
    pool.At(to) = pool.At(last);
    pool.Free(last);
  }
  CHECK_FALSE(pool.IsSparse());
  CHECK(pool.used_count() == 100);
  CHECK(pool.memory() <= full / 4);
}

}  // namespace
}  // namespace larder
