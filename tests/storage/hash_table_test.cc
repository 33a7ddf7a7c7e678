// Tests of the hash table: growth, shrinking, draining, and what the index costs.
#include "storage/hash_table.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tests/storage/numbered_entries.h"

namespace larder {
namespace {

double BytesPerEntry(const Table& table) {
  return double(table.memory()) / double(table.size());
}

TEST_CASE("an empty table finds nothing and holds no memory but itself") {
  Table table{MixedHashes{}};
  CHECK_FALSE(Locate(table, 1));
  CHECK(ScanAll(table).empty());
  CHECK(table.Sample(123) == kNullRef);
  CHECK(table.Drain(10, [](Ref) { FAIL("nothing to drain"); }) == 0);
  CHECK(table.memory() == sizeof table);
  table.PrefetchBucket(99);
  table.PrefetchEntries(99);
}

TEST_CASE("growing and shrinking one by one keeps every entry in reach") {
  Table table{MixedHashes{}};
  constexpr Ref kEntries = 3000;
  size_t leaves = 0;
  for (Ref ref = 1; ref <= kEntries; ++ref) {
    Add(table, ref);
    REQUIRE(table.size() == ref);
    REQUIRE(table.bucket_count() <= leaves + 1);
    leaves = table.bucket_count();
    if (ref % 37 == 0) {
      for (Ref present = 1; present <= ref; ++present)
        REQUIRE(Locate(table, present).ref() == present);
      REQUIRE(ScanAll(table).size() == ref);
    }
    REQUIRE_FALSE(Locate(table, ref + 1));
  }
  CHECK(table.bucket_count() >= kEntries / 10);
  for (Ref ref = kEntries; ref >= 1; --ref) {
    Remove(table, ref);
    REQUIRE_FALSE(Locate(table, ref));
    REQUIRE(table.bucket_count() + 1 >= leaves);
    leaves = table.bucket_count();
    if (ref % 41 == 0) {
      for (Ref present = 1; present < ref; ++present)
        REQUIRE(Locate(table, present));
      REQUIRE(ScanAll(table).size() == ref - 1);
    }
  }
  CHECK(table.size() == 0);
  CHECK(table.bucket_count() == 1);
  CHECK(table.memory() < 4096);
}

TEST_CASE("a random history agrees with std::unordered_map") {
  std::mt19937_64 random(3);
  Table table{MixedHashes{}};
  std::unordered_map<Ref, bool> model;
  for (int step = 0; step < (kFast ? 2000000 : 200000); ++step) {
    // The number of entries swings, so that splits and merges follow one another.
    const Ref ref = 1 + static_cast<Ref>(random() % (1u << (4 + step / 1000 % 12)));
    const Table::Position position = Locate(table, ref);
    REQUIRE(static_cast<bool>(position) == (model.count(ref) == 1));
    if (position) {
      table.Erase(position);
      model.erase(ref);
    } else {
      Add(table, ref);
      model[ref] = true;
    }
    REQUIRE(table.size() == model.size());
    if (step % 20000 == 0) {
      const std::vector<Ref> seen = ScanAll(table);
      REQUIRE(seen.size() == model.size());
      for (Ref each : seen)
        REQUIRE(model.count(each) == 1);
    }
  }
}

TEST_CASE("a replaced entry is found under its new name") {
  std::vector<uint64_t> hashes(4000);
  for (size_t i = 0; i < hashes.size(); ++i)
    hashes[i] = Mix(i % 2000);
  GivenTable table{GivenHashes{&hashes}};
  for (Ref ref = 1; ref < 2000; ++ref)
    table.Insert(hashes[ref], ref);
  for (Ref ref = 1; ref < 2000; ++ref) {
    const auto position = table.Find(hashes[ref], [&](Ref candidate) { return candidate == ref; });
    REQUIRE(position);
    table.Replace(position, ref + 2000);
    REQUIRE(position.ref() == ref + 2000);
  }
  std::vector<Ref> seen = ScanAll(table);
  std::sort(seen.begin(), seen.end());
  REQUIRE(seen.size() == 1999);
  CHECK(seen.front() == 2001);
  CHECK(seen.back() == 3999);
}

TEST_CASE("keys whose hashes collide are slow, but right") {
  struct Case {
    const char* name;
    uint64_t (*hash)(uint64_t);
    Ref entries;
  };
  const Case cases[] = {
      {"all hashes equal", [](uint64_t) { return uint64_t{0x123456789abcdef}; }, 1500},
      {"low bits equal", [](uint64_t i) { return Mix(i) << 32; }, 1500},
      {"tags equal", [](uint64_t i) { return Mix(i) & ~(uint64_t{0xff} << 40); }, 20000},
      {"sequential", [](uint64_t i) { return i; }, 20000},
      {"only high bits differ", [](uint64_t i) { return i << 48; }, 1500},
  };
  for (const Case& each : cases) {
    CAPTURE(each.name);
    std::vector<uint64_t> hashes(each.entries + 1);
    for (Ref ref = 1; ref <= each.entries; ++ref)
      hashes[ref] = each.hash(ref);
    GivenTable table{GivenHashes{&hashes}};
    for (Ref ref = 1; ref <= each.entries; ++ref)
      table.Insert(hashes[ref], ref);
    std::mt19937_64 random(5);
    std::vector<Ref> order(each.entries);
    for (Ref i = 0; i < each.entries; ++i)
      order[i] = i + 1;
    std::shuffle(order.begin(), order.end(), random);
    size_t left = order.size();
    for (Ref ref : order) {
      const auto position =
          table.Find(hashes[ref], [&](Ref candidate) { return candidate == ref; });
      REQUIRE(position);
      table.Erase(position);
      if (--left == order.size() / 2) {
        const std::vector<Ref> seen = ScanAll(table);
        REQUIRE(std::set<Ref>(seen.begin(), seen.end()).size() == left);
        REQUIRE(table.Sample(random()) != kNullRef);
      }
    }
    CHECK(table.size() == 0);
    CHECK(table.overflow_count() == 0);
    CHECK(table.memory() < 16 * 1024);
  }
}

TEST_CASE("the index costs little at every size, growing and shrinking") {
  Table table{MixedHashes{}};
  const Ref most = kFast ? 1500000 : 250000;
  double worst = 0;
  for (Ref ref = 1; ref <= most; ++ref) {
    Add(table, ref);
    if (ref >= 100000 && ref % 1000 == 0) worst = std::max(worst, BytesPerEntry(table));
  }
  MESSAGE("growing, most bytes per entry: ", worst);
  CHECK(worst <= 10);
  worst = 0;
  for (Ref ref = most; ref > 0; --ref) {
    if (ref >= 100000 && ref % 1000 == 0) worst = std::max(worst, BytesPerEntry(table));
    Remove(table, ref);
  }
  MESSAGE("shrinking, most bytes per entry: ", worst);
  CHECK(worst <= 12);
  CHECK(table.memory() < 600 * 1024);
}

TEST_CASE("a small table is small") {
  for (Ref entries : {1, 10, 100, 300, 1000}) {
    CAPTURE(entries);
    Table table{MixedHashes{}};
    for (Ref ref = 1; ref <= entries; ++ref)
      Add(table, ref);
    CHECK(table.memory() <= sizeof table + 600 + 16 * entries);
  }
}

TEST_CASE("ten million entries are found, and no others") {
  const Ref entries = kFast ? 10000000 : 300000;
  Table table{MixedHashes{}};
  for (Ref ref = 1; ref <= entries; ++ref)
    Add(table, ref);
  CHECK(table.size() == entries);
  CHECK(BytesPerEntry(table) <= 10);
  for (Ref ref = 1; ref <= entries; ref += 13)
    REQUIRE(Locate(table, ref));
  for (Ref ref = 1; ref <= entries; ref += 17)
    REQUIRE_FALSE(Locate(table, ref + entries));
  uint64_t sum = 0;
  while (table.Drain(1000, [&](Ref ref) { sum += ref; }) != 0) {
  }
  CHECK(sum == uint64_t{entries} * (entries + 1) / 2);
  CHECK(table.size() == 0);
  CHECK(table.memory() == sizeof table);
}

TEST_CASE("drain removes about as many as asked for, and leaves the rest in reach") {
  Table table{MixedHashes{}};
  std::unordered_set<Ref> left;
  for (Ref ref = 1; ref <= 10000; ++ref) {
    Add(table, ref);
    left.insert(ref);
  }
  while (!left.empty()) {
    const size_t drained = table.Drain(100, [&](Ref ref) { REQUIRE(left.erase(ref) == 1); });
    REQUIRE(drained >= std::min<size_t>(left.size(), 100));
    REQUIRE(drained < 200);
    REQUIRE(table.size() == left.size());
    if (left.size() % 10 == 0) {
      for (Ref ref : left)
        REQUIRE(Locate(table, ref));
    }
  }
  CHECK(table.memory() == sizeof table);
  Add(table, 5);
  CHECK(Locate(table, 5));
}

TEST_CASE("swapping exchanges the contents, also with an empty table") {
  Table a{MixedHashes{}};
  Table b{MixedHashes{}};
  for (Ref ref = 1; ref <= 5000; ++ref)
    Add(a, ref);
  a.Swap(b);
  CHECK(a.size() == 0);
  CHECK_FALSE(Locate(a, 1));
  CHECK(b.size() == 5000);
  for (Ref ref = 1; ref <= 5000; ++ref)
    REQUIRE(Locate(b, ref));
  Add(a, 7);
  a.Swap(b);
  CHECK(Locate(b, 7));
  CHECK(b.size() == 1);
}

}  // namespace
}  // namespace larder
