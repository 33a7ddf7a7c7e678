// Tests of the pool of chunks.
#include "storage/chunk_pool.h"

#include <doctest/doctest.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace larder {
namespace {

constexpr size_t kChunk = ChunkPool::kChunkBytes;
constexpr size_t kPage = 4096;

// Bytes of memory that the system holds for the first `chunks` chunks.
size_t ResidentBytes(const ChunkPool& pool, size_t chunks) {
  std::vector<unsigned char> pages(chunks * kChunk / kPage);
  REQUIRE(mincore(pool.At(0), pages.size() * kPage, pages.data()) == 0);
  size_t resident = 0;
  for (const unsigned char page : pages)
    resident += (page & 1) * kPage;
  return resident;
}

TEST_CASE("chunks do not overlap, and keep what is written to them") {
  ChunkPool pool(1000);
  std::mt19937 random(3);
  std::map<uint32_t, char> live;
  for (int i = 0; i < 20'000; ++i) {
    const bool grows = i / 2000 % 2 == 0;
    if (random() % 3 == 0 ? !grows : grows) {
      const uint32_t number = pool.Allocate();
      if (number == 0) {
        REQUIRE(live.size() > 900);
        continue;
      }
      REQUIRE(live.try_emplace(number, static_cast<char>(i)).second);
      std::memset(pool.At(number), live[number], kChunk);
    } else if (!live.empty()) {
      auto chosen = live.lower_bound(random() % 1000);
      if (chosen == live.end()) chosen = live.begin();
      const std::vector<char> expected(kChunk, chosen->second);
      REQUIRE(std::memcmp(pool.At(chosen->first), expected.data(), kChunk) == 0);
      pool.Free(chosen->first);
      live.erase(chosen);
    }
    REQUIRE(pool.memory() >= live.size() * kChunk);
    REQUIRE(pool.memory() <= live.size() * kChunk + 1000 / 64 * 16);
  }
}

TEST_CASE("a pool deals out what it was made for, and then says that there is no more") {
  ChunkPool pool(256);
  std::set<uint32_t> numbers;
  for (int i = 0; i < 255; ++i)
    numbers.insert(pool.Allocate());
  CHECK(numbers.size() == 255);
  CHECK_FALSE(numbers.contains(0));
  CHECK(pool.Allocate() == 0);
  pool.Free(200);
  CHECK(pool.Allocate() == 200);
}

TEST_CASE("the memory of chunks that are free again goes back to the system") {
  constexpr size_t kChunks = 6400;
  ChunkPool pool(kChunks);
  std::vector<uint32_t> numbers;
  for (size_t i = 1; i < kChunks; ++i) {
    numbers.push_back(pool.Allocate());
    std::memset(pool.At(numbers.back()), 1, kChunk);
  }
  CHECK(ResidentBytes(pool, kChunks) == kChunks * kChunk);
  for (const uint32_t number : numbers) {
    if (number % 1000 != 0) pool.Free(number);
  }
  CHECK(ResidentBytes(pool, kChunks) == 6 * 64 * kChunk);  // whole groups are kept
  for (int i = 0; i < 6 * 63; ++i)
    pool.Allocate();
  CHECK(ResidentBytes(pool, kChunks) == 6 * 64 * kChunk);  // and used before others
}

}  // namespace
}  // namespace larder
