// Tests of the page heap: runs are cut, merged, and given back to the system.
#include "storage/page_heap.h"

#include <doctest/doctest.h>
#include <sys/mman.h>

#include <cstring>
#include <map>
#include <random>
#include <vector>

#include "storage/poison.h"

namespace larder {
namespace {

constexpr size_t kReserve = size_t{64} << 20;

TEST_CASE("freed neighbours become one run") {
  PageHeap heap(kReserve);
  std::vector<uint32_t> runs;
  for (int i = 0; i < 64; ++i)
    runs.push_back(heap.Allocate(3));
  const uint32_t end = heap.end_page();
  for (size_t i = 0; i < runs.size(); i += 2)
    heap.Free(runs[i], 3);
  for (size_t i = 1; i < runs.size(); i += 2)
    heap.Free(runs[i], 3);
  CHECK(heap.dirty_bytes() == 64 * 3 * kArenaPageBytes);
  CHECK(heap.Allocate(64 * 3) != 0);
  CHECK(heap.end_page() == end);
  CHECK(heap.dirty_bytes() == 0);
}

TEST_CASE("dirty and clean runs side by side serve a large request") {
  PageHeap heap(size_t{2} << 20);
  const uint32_t first = heap.Allocate(60);
  REQUIRE(first != 0);
  REQUIRE(heap.Allocate(100) == 0);
  heap.Free(first, 60);
  CHECK(heap.Allocate(120) != 0);
}

TEST_CASE("what is given back is zero when it is used again") {
  PageHeap heap(kReserve);
  const uint32_t run = heap.Allocate(10);
  Unpoison(heap.Address(run), 10 * kArenaPageBytes);
  std::memset(heap.Address(run), 1, 10 * kArenaPageBytes);
  heap.Free(run, 10);
  while (heap.TrimStep(0)) {
  }
  CHECK(heap.committed_bytes() == 0);
  REQUIRE(heap.Allocate(10) == run);
  CHECK(heap.Address(run)[5 * kArenaPageBytes] == 0);
}

TEST_CASE("trimming stops at what is to be kept") {
  PageHeap heap(kReserve);
  heap.Free(heap.Allocate(1000), 1000);
  while (heap.TrimStep(200 * kArenaPageBytes)) {
  }
  CHECK(heap.dirty_bytes() <= 200 * kArenaPageBytes);
  CHECK(heap.dirty_bytes() > 100 * kArenaPageBytes);
}

TEST_CASE("a random history of runs never overlaps and loses no page") {
  std::mt19937_64 random(4);
  PageHeap heap(kReserve);
  std::map<uint32_t, uint32_t> runs;
  size_t used = 0;
  for (int step = 0; step < 50000; ++step) {
    if (random() % 2 == 0) {
      const auto pages = static_cast<uint32_t>(1 + random() % (random() % 20 == 0 ? 500 : 20));
      const uint32_t first = heap.Allocate(pages);
      if (first == 0) continue;
      const auto after = runs.lower_bound(first);
      REQUIRE((after == runs.end() || after->first >= first + pages));
      if (after != runs.begin()) {
        const auto before = std::prev(after);
        REQUIRE(before->first + before->second <= first);
      }
      runs[first] = pages;
      used += pages;
    } else if (!runs.empty()) {
      auto victim = runs.lower_bound(static_cast<uint32_t>(random() % heap.end_page()));
      if (victim == runs.end()) victim = runs.begin();
      heap.Free(victim->first, victim->second);
      used -= victim->second;
      runs.erase(victim);
    }
    if (step % 10 == 0) heap.TrimStep(100 * kArenaPageBytes);
    REQUIRE(heap.committed_bytes() == used * kArenaPageBytes + heap.dirty_bytes());
  }
  for (const auto& [first, pages] : runs)
    heap.Free(first, pages);
  while (heap.TrimStep(0)) {
  }
  CHECK(heap.committed_bytes() == 0);
  CHECK(heap.Allocate(kReserve / kArenaPageBytes - 1) == 1);
}

}  // namespace
}  // namespace larder
