// The compactor on a bare arena, and on a shard whose keys a model knows.
#include "storage/compactor.h"

#include <doctest/doctest.h>

#include <cstring>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/keyspace.h"
#include "tests/storage/database_model.h"

namespace larder {
namespace {

constexpr int64_t kStartMs = 1'700'000'000'000;

// Blocks that hold their own number, and where each lies.
class NumberedBlocks {
 public:
  void Add(size_t size) {
    const Ref ref = arena_.Allocate(size);
    REQUIRE(ref != kNullRef);
    std::memcpy(arena_.Address(ref), &next_, sizeof next_);
    blocks_[ref] = {next_++, size};
  }
  template <class Condition>
  void FreeIf(Condition&& condition) {
    for (auto block = blocks_.begin(); block != blocks_.end();) {
      if (condition(block->second.size)) {
        arena_.Free(block->first, block->second.size);
        block = blocks_.erase(block);
      } else {
        ++block;
      }
    }
  }
  // One step; notes what it moved.
  bool Step() {
    moved_blocks_ = 0;
    moved_bytes_ = 0;
    return compactor_.Step(arena_, [this](std::span<const Ref> refs) {
      for (const Ref ref : refs) {
        if (!Move(ref)) return false;
      }
      return true;
    });
  }
  void Check() const {
    for (const auto& [ref, block] : blocks_) {
      uint32_t number;
      std::memcpy(&number, arena_.Address(ref), sizeof number);
      REQUIRE(number == block.number);
    }
  }

  Arena& arena() { return arena_; }
  Compactor& compactor() { return compactor_; }
  size_t moved_blocks() const { return moved_blocks_; }
  size_t moved_bytes() const { return moved_bytes_; }
  bool moving_is_possible = true;

 private:
  struct Block {
    uint32_t number;
    size_t size;
  };

  bool Move(Ref ref) {
    if (!moving_is_possible) return false;
    REQUIRE(blocks_.count(ref) == 1);
    const Block block = blocks_[ref];
    const Ref moved = arena_.AllocateInRoom(block.size);
    if (moved == kNullRef) return false;
    std::memcpy(arena_.Address(moved), arena_.Address(ref), block.size);
    arena_.Free(ref, block.size);
    blocks_.erase(ref);
    blocks_[moved] = block;
    ++moved_blocks_;
    moved_bytes_ += block.size;
    return true;
  }

  Arena arena_;
  Compactor compactor_;
  std::unordered_map<Ref, Block> blocks_;
  uint32_t next_ = 0;
  size_t moved_blocks_ = 0;
  size_t moved_bytes_ = 0;
};

}  // namespace

TEST_CASE("compaction gains what sparse slabs waste, in steps that are bounded") {
  for (const size_t size : {40, 100, 300, 1000, 4000, 12000}) {
    CAPTURE(size);
    std::mt19937_64 random(3);
    NumberedBlocks blocks;
    for (size_t i = 0; i < (size_t{8} << 20) / size; ++i)
      blocks.Add(size);
    blocks.FreeIf([&](size_t) { return random() % 10 != 0; });
    const size_t used = blocks.arena().used_bytes();
    REQUIRE(blocks.arena().slack_bytes() > 2 * used);
    while (blocks.Step()) {
      REQUIRE(blocks.moved_blocks() <= Compactor::kBlocksPerStep);
      REQUIRE(blocks.moved_bytes() <= Compactor::kBytesPerStep);
    }
    CHECK(blocks.arena().used_bytes() == used);
    CHECK(blocks.arena().slack_bytes() < used / 10 + 192 * 1024);
    blocks.arena().Trim();
    CHECK(blocks.arena().committed_bytes() < used + used / 10 + 192 * 1024);
    blocks.Check();
  }
}

TEST_CASE("blocks of rare sizes move together") {
  std::mt19937_64 random(5);
  NumberedBlocks blocks;
  for (int i = 0; i < 4000; ++i)
    blocks.Add(1000 + random() % 7000);
  blocks.FreeIf([&](size_t) { return random() % 10 != 0; });
  const size_t used = blocks.arena().used_bytes();
  const size_t before = blocks.arena().slack_bytes();
  while (blocks.Step()) {
  }
  CHECK(blocks.arena().slack_bytes() < before / 3);
  CHECK(blocks.arena().used_bytes() == used);
  blocks.Check();
}

TEST_CASE("full slabs are left alone, and a finished compaction does nothing until slack grows") {
  NumberedBlocks blocks;
  for (int i = 0; i < 50000; ++i)
    blocks.Add(100);
  CHECK_FALSE(blocks.Step());
  std::mt19937_64 random(9);
  blocks.FreeIf([&](size_t) { return random() % 2 == 0; });
  CHECK(blocks.Step());
  while (blocks.Step()) {
  }
  CHECK_FALSE(blocks.Step());
  blocks.FreeIf([&](size_t) { return random() % 2 == 0; });
  CHECK(blocks.Step());
}

TEST_CASE("slabs with blocks that cannot be moved are opened again") {
  NumberedBlocks blocks;
  for (int i = 0; i < 50000; ++i)
    blocks.Add(100);
  std::mt19937_64 random(9);
  blocks.FreeIf([&](size_t) { return random() % 2 == 0; });
  blocks.moving_is_possible = false;
  while (blocks.Step()) {
  }
  const size_t slack = blocks.arena().slack_bytes();
  // All the room can still be filled.
  for (size_t i = 0; i < slack / Arena::UsableSize(100) * 9 / 10; ++i)
    blocks.Add(100);
  CHECK(blocks.arena().slack_bytes() < slack / 5);
  blocks.Check();
}

TEST_CASE("a slab that is freed while it is emptied is no trouble") {
  NumberedBlocks blocks;
  for (int i = 0; i < 50000; ++i)
    blocks.Add(40);
  std::mt19937_64 random(9);
  blocks.FreeIf([&](size_t) { return random() % 4 == 0; });
  for (int i = 0; i < 40; ++i) {
    blocks.Step();
    blocks.Step();
    blocks.FreeIf([&](size_t) { return random() % 4 == 0; });
    for (int added = 0; added < 2000; ++added)
      blocks.Add(random() % 2 == 0 ? 40 : 48);
  }
  blocks.Check();
}

namespace {

// Random operations on a shard of two databases, with compaction in between.
class CompactedShard {
 public:
  explicit CompactedShard(uint32_t seed) : random_(seed), keyspace_(1, 2, kStartMs) {}

  void Play(int operations) {
    for (int i = 0; i < operations; ++i) {
      // Sizes change with time, so that slabs of the sizes before become sparse.
      if (i % 1000 == 0) largest_value_ = size_t{1} << (3 + random_() % 11);
      Change();
      if (random_() % 4 == 0) Step();
      if (i % 997 == 0) CheckAll();
    }
    while (Step()) {
    }
    CheckAll();
  }

  // Evicts one entry after the other, which finds those that have moved, until none is left.
  void EvictAll() {
    const ShardGuard guard(shard());
    while (shard().Evict(1).any) {
    }
    CHECK(shard().database(0).size() + shard().database(1).size() == 0);
  }

  size_t steps() const { return steps_; }
  Shard& shard() { return keyspace_.shard(0); }

 private:
  static Key KeyOf(const std::string& name) { return {name, HashKey(name)}; }

  bool Step() {
    const ShardGuard guard(shard());
    const size_t used = shard().used_memory();
    const bool worked = shard().Compact();
    steps_ += worked;
    REQUIRE(shard().used_memory() == used);  // moving changes where entries lie, and no more
    while (shard().Trim()) {
    }
    return worked;
  }

  void Change() {
    const ShardGuard guard(shard());
    const size_t index = random_() % 2;
    Database& database = shard().database(index);
    DatabaseModel& model = models_[index];
    const std::string name = "key:" + std::to_string(random_() % 3000);
    const size_t dice = random_() % 1000;
    if (dice < 2) {
      shard().Flush(index);
      model.entries.clear();
    } else if (dice < 100) {
      while (shard().Reclaim(50)) {
      }
    } else if (dice < 300) {
      CHECK(database.Remove(KeyOf(name), now_ms_) == (model.Find(name, now_ms_) != nullptr));
      model.entries.erase(name);
    } else if (dice < 350) {
      now_ms_ += static_cast<int64_t>(random_() % 200);
      shard().Expire(now_ms_, 1000);
    } else {
      Set(database, model, name);
    }
  }

  void Set(Database& database, DatabaseModel& model, const std::string& name) {
    const std::string value(random_() % largest_value_, static_cast<char>('a' + random_() % 26));
    const DeadlineChange deadline =
        random_() % 2 == 0
            ? DeadlineChange::Clear()
            : DeadlineChange::To(now_ms_ + 1 + static_cast<int64_t>(random_() % 60000));
    model.Find(name, now_ms_);
    database.Find(KeyOf(name), now_ms_);
    REQUIRE(database.SetString(KeyOf(name), value, deadline) == StoreStatus::kStored);
    model.SetString(name, value, deadline);
  }

  void CheckAll() {
    const ShardGuard guard(shard());
    for (size_t index = 0; index < 2; ++index) {
      for (const auto& [name, expected] : models_[index].entries) {
        const Entry* entry = shard().database(index).Find(KeyOf(name), now_ms_);
        REQUIRE((entry == nullptr) == expected.IsExpired(now_ms_));
        if (entry == nullptr) continue;
        IntegerText text;
        REQUIRE(entry->String(text) == expected.bytes);
        REQUIRE(entry->deadline_ms() == expected.deadline_ms);
      }
      REQUIRE(shard().database(index).size() <= models_[index].entries.size());
    }
  }

  std::mt19937 random_;
  int64_t now_ms_ = kStartMs;
  Keyspace keyspace_;
  DatabaseModel models_[2];
  size_t largest_value_ = 100;
  size_t steps_ = 0;
};

}  // namespace

TEST_CASE("random operations between compaction steps keep every key, deadline and value") {
  for (const uint32_t seed : {1, 2, 3, 4}) {
    CAPTURE(seed);
    CompactedShard shard(seed);
    shard.Play(20000);
    CHECK(shard.steps() > 50);
    shard.EvictAll();
  }
}

TEST_CASE("entries keep their timers when they are moved") {
  Keyspace keyspace(1, 1, kStartMs);
  Shard& shard = keyspace.shard(0);
  const ShardGuard guard(shard);
  Database& database = shard.database(0);
  for (int i = 0; i < 40000; ++i) {
    const std::string name = "key:" + std::to_string(i);
    REQUIRE(database.SetString({name, HashKey(name)}, std::string(100, 'x'),
                               DeadlineChange::To(kStartMs + (i % 8 == 0 ? 50000 : 1000))) ==
            StoreStatus::kStored);
  }
  while (!shard.Expire(kStartMs + 2000, 100)) {
  }
  REQUIRE(database.size() == 5000);
  const size_t slack = shard.arena().slack_bytes();
  while (shard.Compact()) {
  }
  CHECK(shard.arena().slack_bytes() < slack / 4);
  CHECK(shard.Expire(kStartMs + 49000, 100000));
  CHECK(database.size() == 5000);
  while (!shard.Expire(kStartMs + 51000, 100)) {
  }
  CHECK(database.size() == 0);
}

}  // namespace larder
