// Entries for tests of the hash table: numbers, with a hash that is a function of the number or
// given.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "storage/hash_table.h"

namespace larder {

// Optimised builds can afford more.
#ifdef NDEBUG
inline constexpr bool kFast = !kMemoryIsShadowed;
#else
inline constexpr bool kFast = false;
#endif

inline uint64_t Mix(uint64_t value) {
  value = (value ^ (value >> 31)) * 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 29)) * 0xbf58476d1ce4e5b9;
  return value ^ (value >> 32);
}

// An entry is its number, and its hash a function of that.
struct MixedHashes {
  uint64_t HashOf(Ref ref) const { return Mix(ref); }
  const void* Address(Ref ref) const { return reinterpret_cast<const void*>(uintptr_t{ref} << 6); }
};
using Table = HashTable<MixedHashes>;

// The same with any hash.
struct GivenHashes {
  const std::vector<uint64_t>* hashes;
  uint64_t HashOf(Ref ref) const { return (*hashes)[ref]; }
  const void* Address(Ref ref) const { return &(*hashes)[ref]; }
};
using GivenTable = HashTable<GivenHashes>;

inline Table::Position Locate(const Table& table, Ref ref) {
  return table.Find(Mix(ref), [&](Ref candidate) { return candidate == ref; });
}

inline void Add(Table& table, Ref ref) {
  table.Insert(Mix(ref), ref);
}

inline void Remove(Table& table, Ref ref) {
  const Table::Position position = Locate(table, ref);
  REQUIRE(position);
  table.Erase(position);
}

template <class AnyTable>
std::vector<Ref> ScanAll(const AnyTable& table) {
  std::vector<Ref> seen;
  uint64_t cursor = 0;
  do {
    cursor = table.Scan(cursor, [&](Ref ref) { seen.push_back(ref); });
  } while (cursor != 0);
  return seen;
}

}  // namespace larder
