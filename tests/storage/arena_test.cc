// Tests of the arena: what it hands out, what it gives back, and what it costs.
#include "storage/arena.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <unordered_map>
#include <vector>

namespace larder {
namespace {

constexpr int kScale = kMemoryIsShadowed ? 1 : 10;

struct Block {
  Ref ref;
  size_t size;
  char fill;
};

void Fill(Arena& arena, const Block& block) {
  std::memset(arena.Address(block.ref), block.fill, block.size);
}

bool IsFilled(const Arena& arena, const Block& block) {
  const char* bytes = arena.Address(block.ref);
  return std::all_of(bytes, bytes + block.size, [&](char byte) { return byte == block.fill; });
}

TEST_CASE("size classes round up, by little, and in order") {
  for (size_t size = 1; size <= kMaxSlabBlock; ++size) {
    const unsigned size_class = SizeClassOf(size);
    REQUIRE(size_class < kSizeClasses);
    const size_t usable = SizeClassBytes(size_class);
    REQUIRE(usable >= size);
    REQUIRE(usable % kGranuleBytes == 0);
    REQUIRE(usable - size <= std::max<size_t>(3, size / 64));
    REQUIRE(SizeClassOf(usable) == size_class);
    REQUIRE((size_class == 0 || SizeClassBytes(size_class - 1) < size));
  }
}

TEST_CASE("slabs waste less than three percent at their end") {
  for (const SlabShape& shape : kSlabShapes) {
    const double bytes = double(shape.pages) * kArenaPageBytes;
    CHECK(shape.blocks > 0);
    CHECK(1 - double(shape.blocks) * shape.block_bytes / bytes < 0.03);
  }
}

TEST_CASE("blocks are aligned, disjoint, and found again by address") {
  Arena arena;
  std::vector<Block> blocks;
  for (size_t size : {0, 1, 7, 8, 9, 24, 100, 511, 512, 513, 4096, 20000, 32768, 32769, 200000}) {
    for (int copy = 0; copy < 20; ++copy) {
      const Block block{arena.Allocate(size), size, static_cast<char>(blocks.size())};
      REQUIRE(block.ref != kNullRef);
      REQUIRE(block.ref < (1u << 31));
      REQUIRE(reinterpret_cast<uintptr_t>(arena.Address(block.ref)) % kGranuleBytes == 0);
      REQUIRE(arena.RefOf(arena.Address(block.ref)) == block.ref);
      Fill(arena, block);
      blocks.push_back(block);
    }
  }
  for (const Block& block : blocks) {
    CHECK(IsFilled(arena, block));
    arena.Free(block.ref, block.size);
  }
  CHECK(arena.used_bytes() == 0);
}

TEST_CASE("a random history of blocks never mixes them up and counts them exactly") {
  std::mt19937_64 random(7);
  Arena arena;
  std::vector<Block> blocks;
  size_t expected = 0;
  for (int step = 0; step < 20000 * kScale; ++step) {
    if (blocks.empty() || random() % 100 < (step % 4000 < 2000 ? 70 : 35)) {
      const size_t size = random() % 50 == 0 ? random() % 100000 : random() % 600;
      const Block block{arena.Allocate(size), size, static_cast<char>(step)};
      REQUIRE(block.ref != kNullRef);
      Fill(arena, block);
      blocks.push_back(block);
      expected += Arena::UsableSize(size);
    } else {
      const size_t victim = random() % blocks.size();
      REQUIRE(IsFilled(arena, blocks[victim]));
      arena.Free(blocks[victim].ref, blocks[victim].size);
      expected -= Arena::UsableSize(blocks[victim].size);
      blocks[victim] = blocks.back();
      blocks.pop_back();
    }
    REQUIRE(arena.used_bytes() == expected);
    REQUIRE(arena.committed_bytes() >= expected + arena.slack_bytes());
    if (step % 100 == 0) arena.TrimStep();
  }
  for (const Block& block : blocks)
    arena.Free(block.ref, block.size);
  CHECK(arena.used_bytes() == 0);
  arena.Trim();
  CHECK(arena.committed_bytes() == 0);
}

TEST_CASE("a few blocks of each of many sizes share slabs") {
  Arena arena;
  std::vector<Block> blocks;
  size_t bytes = 0;
  for (size_t size = 1000; size <= 8000; size += 25) {
    blocks.push_back({arena.Allocate(size), size, 'x'});
    REQUIRE(blocks.back().ref != kNullRef);
    Fill(arena, blocks.back());
    bytes += size;
  }
  // Nearly as many classes, each of which would have a slab of more than 16 KB.
  CHECK(arena.used_bytes() + arena.slack_bytes() < bytes * 2);
  for (const Block& block : blocks) {
    CHECK(IsFilled(arena, block));
    arena.Free(block.ref, block.size);
  }
  CHECK(arena.used_bytes() == 0);
  arena.Trim();
  CHECK(arena.slack_bytes() == 0);
}

TEST_CASE("many blocks of one size cost little more than their bytes") {
  for (size_t size : {40, 100, 300, 1055, 4000, 10271}) {
    CAPTURE(size);
    Arena arena;
    const size_t count = (20 << 20) / size;
    for (size_t i = 0; i < count; ++i)
      REQUIRE(arena.Allocate(size) != kNullRef);
    CHECK(double(arena.committed_bytes()) / double(size * count) < 1.06);
  }
}

TEST_CASE("memory of freed blocks goes back in steps, but for a small reserve") {
  Arena arena;
  std::vector<Ref> refs;
  for (int i = 0; i < 100000; ++i)
    refs.push_back(arena.Allocate(200));
  for (Ref ref : refs)
    *arena.Address(ref) = 1;
  const size_t full = arena.committed_bytes();
  for (Ref ref : refs)
    arena.Free(ref, 200);
  CHECK(arena.committed_bytes() == full);
  size_t before = full;
  while (arena.TrimStep()) {
    CHECK(before - arena.committed_bytes() <= 256 * 1024);
    before = arena.committed_bytes();
  }
  CHECK(arena.committed_bytes() <= 256 * 1024);
  arena.Trim();
  CHECK(arena.committed_bytes() == 0);
  CHECK(arena.Allocate(200) != kNullRef);
}

TEST_CASE("freed memory serves blocks of other sizes") {
  Arena arena;
  size_t most = 0;
  for (size_t size : {100, 700, 50, 8000, 60000, 100}) {
    std::vector<Ref> refs;
    for (size_t i = 0; i < (8 << 20) / size; ++i)
      refs.push_back(arena.Allocate(size));
    most = std::max(most, arena.committed_bytes());
    for (Ref ref : refs)
      arena.Free(ref, size);
  }
  CHECK(most < (12 << 20));
}

TEST_CASE("one block freed and allocated again and again does not make and break slabs") {
  Arena arena;
  const Ref first = arena.Allocate(64);
  arena.Free(first, 64);
  for (int i = 0; i < 1000; ++i) {
    const Ref ref = arena.Allocate(64);
    REQUIRE(ref == first);
    arena.Free(ref, 64);
  }
}

TEST_CASE("an exhausted arena says so, and works again after a block was freed") {
  Arena arena(2 << 20);
  std::vector<Ref> refs;
  for (;;) {
    const Ref ref = arena.Allocate(1000);
    if (ref == kNullRef) break;
    refs.push_back(ref);
  }
  CHECK(refs.size() > 1900);
  CHECK(arena.Allocate(100000) == kNullRef);
  for (size_t i = 0; i < refs.size(); i += 2)
    arena.Free(refs[i], 1000);
  CHECK(arena.Allocate(100000) == kNullRef);  // every slab is half full
  CHECK(arena.Allocate(1000) != kNullRef);
  for (size_t i = 1; i < refs.size(); i += 2)
    arena.Free(refs[i], 1000);
  CHECK(arena.Allocate(1 << 20) != kNullRef);
  CHECK(arena.Allocate(Arena::kMaxBlock + 1) == kNullRef);
}

TEST_CASE("a sparse slab can be emptied by moving its blocks") {
  std::mt19937_64 random(11);
  Arena arena;
  std::unordered_map<Ref, uint32_t> contents;
  for (uint32_t i = 0; i < 20000; ++i) {
    const Ref ref = arena.Allocate(96);
    std::memcpy(arena.Address(ref), &i, sizeof i);
    contents[ref] = i;
  }
  for (auto entry = contents.begin(); entry != contents.end();) {
    if (random() % 10 == 0) {
      ++entry;
    } else {
      arena.Free(entry->first, 96);
      entry = contents.erase(entry);
    }
  }
  const size_t before = arena.committed_bytes();
  for (uint32_t page = arena.NextSlab(0, 16); page != 0; page = arena.NextSlab(page, 16)) {
    if (!arena.IsSlab(page)) continue;
    const Arena::SlabInfo slab = arena.Describe(page);
    if (slab.live * 2 >= slab.blocks) continue;
    arena.Close(page);
    uint32_t visited = 0;
    arena.ForEachBlock(page, [&](Ref old_ref) {
      ++visited;
      const Ref new_ref = arena.Allocate(96);
      std::memcpy(arena.Address(new_ref), arena.Address(old_ref), 96);
      REQUIRE(contents.count(old_ref) == 1);
      contents[new_ref] = contents[old_ref];
      contents.erase(old_ref);
      arena.Free(old_ref, 96);
    });
    REQUIRE(visited == slab.live);
  }
  arena.Trim();
  CHECK(arena.committed_bytes() < before / 4);
  for (const auto& [ref, value] : contents) {
    uint32_t stored;
    std::memcpy(&stored, arena.Address(ref), sizeof stored);
    REQUIRE(stored == value);
  }
}

TEST_CASE("a closed slab that is opened again is filled again") {
  Arena arena;
  const Ref first = arena.Allocate(5000);
  const uint32_t slab = arena.NextSlab(0, 100);
  REQUIRE(arena.IsSlab(slab));
  arena.Close(slab);
  const Ref elsewhere = arena.Allocate(5000);
  CHECK(arena.NextSlab(slab, 100) != 0);
  arena.Free(elsewhere, 5000);
  arena.Reopen(slab);
  arena.Trim();
  const Ref second = arena.Allocate(5000);
  CHECK(second == first + arena.Describe(slab).block_bytes / kGranuleBytes);
}

#ifdef LARDER_POISON
TEST_CASE("free blocks are poisoned") {
  Arena arena;
  const Ref ref = arena.Allocate(100);
  CHECK_FALSE(IsPoisoned(arena.Address(ref) + 99));
  arena.Free(ref, 100);
  CHECK(IsPoisoned(arena.Address(ref)));
  CHECK(IsPoisoned(arena.Address(ref) + 99));
}
#endif

}  // namespace
}  // namespace larder
