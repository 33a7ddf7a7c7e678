// How many nanoseconds does a lookup take, hit and miss, at 100 k, 1 M and 10 M entries, and how
// many bytes does an entry cost?
//
// Candidates: a Database of one shard, one key at a time and in batches of 32 with the two prefetch
// passes of the dispatcher; absl::flat_hash_map and std::unordered_map from string to string, the
// former also in batches of 32 with its own prefetch. Keys have 19 bytes and values 32; all
// candidates hash the key, and read the value's first byte on a hit.
//
// Run: ninja table_bench && taskset -c 1 ./bench/table_bench [seconds per line] [most entries]
#include <malloc.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#if LARDER_HAS_ABSL
#include <absl/container/flat_hash_map.h>
#endif

#include "bench/measure.h"
#include "storage/arena.h"
#include "storage/database.h"

namespace larder::bench {
namespace {

constexpr size_t kKeySize = 19;
constexpr size_t kBatch = 32;
constexpr size_t kLookups = 1 << 19;
constexpr int64_t kNow = 1'700'000'000'000;
const std::string kValue(32, 'v');

std::string KeyOf(char kind, size_t number) {
  char key[32];
  std::snprintf(key, sizeof(key), "flask_cache_%c%06zx", kind, number);
  return std::string(key, kKeySize);
}

// Keys to look up, one behind the other in memory, in an order that no prefetcher guesses.
class Lookups {
 public:
  Lookups(char kind, size_t entries) {
    std::mt19937_64 random(1);
    for (size_t i = 0; i < kLookups; ++i)
      bytes_ += KeyOf(kind, random() % entries);
  }
  std::string_view operator[](size_t i) const { return {bytes_.data() + i * kKeySize, kKeySize}; }

 private:
  std::string bytes_;
};

size_t HeapBytes() {
  return mallinfo2().uordblks + mallinfo2().hblkhd;
}

class LarderTable {
 public:
  static constexpr const char* kName = "larder::Database";

  LarderTable()
      : database_(arena_, counters_, key_statistics_, garbage_, eviction_, account_, images_,
                  kNow) {}
  void Insert(const std::string& key) {
    if (database_.SetString(Hashed(key), kValue, DeadlineChange::Clear()) != StoreStatus::kStored) {
      std::abort();
    }
  }
  size_t Find(std::string_view key) { return Touch(database_.Read(Hashed(key), kNow)); }
  size_t FindBatch(const Lookups& lookups, size_t from) {
    Key keys[kBatch];
    for (size_t i = 0; i < kBatch; ++i) {
      keys[i] = Hashed(lookups[from + i]);
      database_.PrefetchBucket(keys[i].hash);
    }
    for (const Key& key : keys)
      database_.PrefetchEntries(key.hash);
    size_t found = 0;
    for (const Key& key : keys)
      found += Touch(database_.Read(key, kNow));
    return found;
  }
  size_t memory() const { return arena_.used_bytes() + database_.index_memory(); }

 private:
  static Key Hashed(std::string_view key) { return {key, HashKey(key)}; }
  static size_t Touch(const Entry* entry) {
    return entry != nullptr && *entry->value_data() == 'v';
  }

  Arena arena_;
  ShardCounters counters_;
  KeyStatistics key_statistics_{kNow};
  std::vector<BlobRef> garbage_;
  MemoryBudget budget_;
  MemoryAccount account_{budget_};
  Eviction eviction_{arena_, budget_};
  SnapshotImages images_{budget_.snapshot()};
  Database database_;
};

// A map of the standard library's shape.
template <typename Map>
class MapTable {
 public:
  MapTable() : empty_(HeapBytes()) {}
  void Insert(const std::string& key) { map_.emplace(key, kValue); }
  size_t Find(std::string_view key) {
    auto found = map_.find(key);
    return found != map_.end() && found->second[0] == 'v';
  }
  size_t memory() const { return HeapBytes() - empty_; }

 protected:
  Map map_;

 private:
  const size_t empty_;
};

// std::unordered_map finds a std::string_view only with a hash that says so.
struct ViewHash {
  using is_transparent = void;
  size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
};
struct StdTable
    : MapTable<std::unordered_map<std::string, std::string, ViewHash, std::equal_to<>>> {
  static constexpr const char* kName = "std::unordered_map";
};

#if LARDER_HAS_ABSL
struct AbslTable : MapTable<absl::flat_hash_map<std::string, std::string>> {
  static constexpr const char* kName = "absl::flat_hash_map";
  // Debian's absl has a string_view of its own.
  static absl::string_view View(std::string_view key) { return {key.data(), key.size()}; }
  size_t Find(std::string_view key) {
    auto found = map_.find(View(key));
    return found != map_.end() && found->second[0] == 'v';
  }
  size_t FindBatch(const Lookups& lookups, size_t from) {
    for (size_t i = 0; i < kBatch; ++i)
      map_.prefetch(View(lookups[from + i]));
    size_t found = 0;
    for (size_t i = 0; i < kBatch; ++i)
      found += Find(lookups[from + i]);
    return found;
  }
};
#endif

void Print(const char* name, const char* how, size_t entries, const Timing& hit, const Timing& miss,
           double bytes) {
  std::printf("%10zu  %-20s %-14s hit %7.1f ns (median %7.1f)  miss %7.1f ns (median %7.1f)  ",
              entries, name, how, hit.best, hit.median, miss.best, miss.median);
  std::printf("%5.0f bytes/entry\n", bytes);
  std::fflush(stdout);
}

template <typename Table>
void Run(size_t entries, double seconds) {
  Table table;
  for (size_t i = 0; i < entries; ++i)
    table.Insert(KeyOf('h', i));
  const double bytes = static_cast<double>(table.memory()) / static_cast<double>(entries);
  const Lookups hits('h', entries);
  const Lookups misses('m', entries);
  auto check = [](size_t found, const Lookups& lookups, const Lookups& all_found) {
    if (found != (&lookups == &all_found ? kLookups : 0)) std::abort();
  };
  auto single = [&](const Lookups& lookups) {
    return Measure(seconds, kLookups, [&] {
      size_t found = 0;
      for (size_t i = 0; i < kLookups; ++i)
        found += table.Find(lookups[i]);
      check(found, lookups, hits);
    });
  };
  const Timing hit = single(hits);
  Print(Table::kName, "one by one", entries, hit, single(misses), bytes);
  if constexpr (requires { table.FindBatch(hits, 0); }) {
    auto batched = [&](const Lookups& lookups) {
      return Measure(seconds, kLookups, [&] {
        size_t found = 0;
        for (size_t i = 0; i < kLookups; i += kBatch)
          found += table.FindBatch(lookups, i);
        check(found, lookups, hits);
      });
    };
    const Timing batch_hit = batched(hits);
    Print(Table::kName, "32 prefetched", entries, batch_hit, batched(misses), bytes);
  }
}

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  using namespace larder::bench;
  const double seconds = argc > 1 ? std::atof(argv[1]) : 1.0;
  const size_t most = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 10'000'000;
  std::printf("keys of %zu bytes, values of %zu; bytes per entry include both\n", kKeySize,
              kValue.size());
  for (size_t entries = 100'000; entries <= most; entries *= 10) {
    Run<LarderTable>(entries, seconds);
#if LARDER_HAS_ABSL
    Run<AbslTable>(entries, seconds);
#endif
    Run<StdTable>(entries, seconds);
  }
}
