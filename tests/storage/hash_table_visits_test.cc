// Tests of scanning and sampling the hash table.
#include "storage/hash_table_visits.h"

#include <doctest/doctest.h>

#include <random>
#include <set>
#include <unordered_set>
#include <vector>

#include "tests/storage/numbered_entries.h"

namespace larder {
namespace {

TEST_CASE("scan sees what is there throughout, while the table grows and shrinks") {
  constexpr Ref kStable = 500;
  for (int round = 0; round < (kFast ? 60 : 6); ++round) {
    std::mt19937_64 random(static_cast<uint64_t>(round));
    Table table{MixedHashes{}};
    std::unordered_set<Ref> seen;
    std::vector<Ref> others;
    Ref next = kStable + 1;
    for (Ref ref = 1; ref <= kStable; ++ref)
      Add(table, ref);
    uint64_t cursor = 0;
    size_t steps = 0;
    do {
      cursor = table.Scan(cursor, [&](Ref ref) { seen.insert(ref); });
      const bool grow = random() % 2 == 0;
      for (uint64_t change = random() % 200; change > 0; --change) {
        if (grow) {
          others.push_back(next);
          Add(table, next++);
        } else if (!others.empty()) {
          std::swap(others[random() % others.size()], others.back());
          Remove(table, others.back());
          others.pop_back();
        }
      }
      REQUIRE(++steps < 1000000);
    } while (cursor != 0);
    for (Ref ref = 1; ref <= kStable; ++ref)
      REQUIRE(seen.count(ref) == 1);
  }
}

TEST_CASE("scan survives growth from ten to a hundred thousand and back") {
  const Ref most = kFast ? 100000 : 20000;
  for (size_t grow_at : {0, 1, 2}) {
    for (size_t shrink_after : {1, 100, 1000, 5000}) {
      Table table{MixedHashes{}};
      for (Ref ref = 1; ref <= 10; ++ref)
        Add(table, ref);
      std::unordered_set<Ref> seen;
      uint64_t cursor = 0;
      size_t step = 0;
      do {
        if (step == grow_at) {
          for (Ref ref = 11; ref <= most; ++ref)
            Add(table, ref);
        }
        if (step == grow_at + shrink_after) {
          for (Ref ref = 11; ref <= most; ++ref)
            Remove(table, ref);
        }
        cursor = table.Scan(cursor, [&](Ref ref) { seen.insert(ref); });
        ++step;
      } while (cursor != 0);
      for (Ref ref = 1; ref <= 10; ++ref)
        REQUIRE(seen.count(ref) == 1);
    }
  }
}

TEST_CASE("scan of a table at rest sees each entry once, and its cursors stay small") {
  for (Ref entries : {1, 10, 100, 777, 5000}) {
    Table table{MixedHashes{}};
    for (Ref ref = 1; ref <= entries; ++ref)
      Add(table, ref);
    std::set<Ref> seen;
    uint64_t cursor = 0;
    size_t calls = 0;
    do {
      cursor = table.Scan(cursor, [&](Ref ref) { REQUIRE(seen.insert(ref).second); });
      REQUIRE(cursor < 2 * table.bucket_count());
      ++calls;
    } while (cursor != 0);
    CHECK(seen.size() == entries);
    CHECK(calls == table.bucket_count());
  }
}

TEST_CASE("scan takes any cursor that a client may make up") {
  std::mt19937_64 random(9);
  Table table{MixedHashes{}};
  for (Ref ref = 0; ref < 1000; ++ref) {
    for (uint64_t cursor : {~uint64_t{0}, uint64_t{1} << 63, uint64_t{0xffffffff}, random()}) {
      uint64_t next = table.Scan(cursor, [](Ref) {});
      for (size_t calls = 0; next != 0; ++calls) {
        REQUIRE(calls <= table.bucket_count());
        next = table.Scan(next, [](Ref) {});
      }
    }
    Add(table, ref + 1);
  }
}

TEST_CASE("samples are spread evenly over the entries") {
  for (Ref entries : {1, 5, 40, 700, 1000, 1300}) {
    CAPTURE(entries);
    Table table{MixedHashes{}};
    for (Ref ref = 1; ref <= entries; ++ref)
      Add(table, ref);
    std::vector<int> counts(entries + 1);
    std::mt19937_64 random(21);
    const int draws = static_cast<int>(entries) * 200;
    for (int i = 0; i < draws; ++i)
      ++counts[table.Sample(random())];
    CHECK(counts[0] == 0);
    double chi_square = 0;
    for (Ref ref = 1; ref <= entries; ++ref) {
      CHECK(counts[ref] > 0);
      chi_square += (counts[ref] - 200.0) * (counts[ref] - 200.0) / 200.0;
    }
    CHECK(chi_square <= 1.5 * entries + 20);
  }
}

TEST_CASE("sampling a table that has almost nothing in it ends") {
  std::vector<uint64_t> hashes(5001, 0);
  hashes[5000] = 77;
  GivenTable table{GivenHashes{&hashes}};
  for (Ref ref = 1; ref <= 5000; ++ref)
    table.Insert(hashes[ref], ref);
  std::mt19937_64 random(2);
  for (int i = 0; i < 200; ++i)
    CHECK(table.Sample(random()) != kNullRef);
}

}  // namespace
}  // namespace larder
