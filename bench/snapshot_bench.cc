// For how many microseconds at a time does a snapshot hold the lock of a shard, when values are of
// 16 B, 256 B, 4 KB and 40 KB, nobody writes, or every key is written over while it runs?
//
// Other threads wait for that long at most. The clock runs on while the machine does something else
// with the processor, so the longest times are the machine's on a busy one.
//
// Run: ninja snapshot_bench && taskset -c 1 ./bench/snapshot_bench [most megabytes of values]
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "storage/key_hash.h"
#include "storage/keyspace_snapshot.h"
#include "storage/shard_set.h"

namespace larder::bench {
namespace {

constexpr size_t kShards = 16;
constexpr int64_t kNow = 1'700'000'000'000;
constexpr size_t kMostKeys = 2'000'000;

void Set(Keyspace& keyspace, size_t number, size_t value_bytes, char byte) {
  const std::string name = "key:" + std::to_string(number);
  const Key key{name, HashKey(name)};
  Shard& shard = keyspace.shard(keyspace.ShardOf(key.hash));
  const ShardGuard guard(shard);
  if (shard.database(0).SetString(key, std::string(value_bytes, byte), DeadlineChange::Clear()) !=
      StoreStatus::kStored)
    std::abort();
}

void Run(size_t keys, size_t value_bytes, bool writes) {
  Keyspace keyspace(kShards, 1, kNow);
  for (size_t i = 0; i < keys; ++i)
    Set(keyspace, i, value_bytes, 'a');
  KeyspaceSnapshot snapshot(keyspace);
  {
    ShardSet all(kShards);
    all.AddAll(kShards);
    const ShardSetGuard guard(keyspace, all);
    snapshot.Begin();
  }
  std::vector<int64_t> held;
  size_t seen = 0;
  size_t written = 0;
  bool more = true;
  while (more) {
    more = snapshot.Continue([&](const EntryImage&) { ++seen; });
    held.push_back(snapshot.held_ns());
    // As fast as the snapshot goes on, but in an order that has nothing to do with its own.
    for (; writes && written < seen; ++written)
      Set(keyspace, written, value_bytes, 'b');
  }
  if (seen != keys || snapshot.lost()) std::abort();
  std::sort(held.begin(), held.end());
  const auto at = [&](double share) {
    return static_cast<double>(held[static_cast<size_t>(share * (held.size() - 1.0))]) / 1000;
  };
  std::printf(
      "%8zu keys of %6zu B  %-12s  %8zu holds  p50 %6.1f  p99 %6.1f  p99.9 %6.1f  max %7.1f us\n",
      keys, value_bytes, writes ? "all written" : "none written", held.size(), at(0.5), at(0.99),
      at(0.999), at(1));
  std::fflush(stdout);
}

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  using namespace larder::bench;
  const size_t most_bytes = (argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 600) << 20;
  for (const size_t value_bytes : {size_t{16}, size_t{256}, size_t{4096}, size_t{40'000}}) {
    const size_t keys = std::min(kMostKeys, most_bytes / value_bytes);
    for (const bool writes : {false, true})
      Run(keys, value_bytes, writes);
  }
}
