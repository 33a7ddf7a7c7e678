// What does a locked read of a key cost, and how many a second do 1, 2, 4 and 8 threads do
// together: of random keys over many shards, of random keys in one shard, and of one single hot
// key; and does a writer of the hot key get its turn, and leave the readers theirs?
//
// Candidates: the shard lock, std::mutex, and a spin lock that never sleeps, each around the same
// lookup. Threads beyond the number of cores show what happens when a holder loses its core.
//
// Run: ninja shard_bench && ./bench/shard_bench [seconds per line]
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bench/load/key_chooser.h"
#include "bench/measure.h"
#include "storage/arena.h"
#include "storage/database.h"
#include "storage/shard_lock.h"

namespace larder::bench {
namespace {

constexpr size_t kKeys = 100'000;
constexpr int64_t kNow = 1'700'000'000'000;
const std::string kValue(256, 'v');

class SpinLock {
 public:
  void lock() {
    while (held_.test_and_set(std::memory_order_acquire)) {  // sees what the last holder wrote
      __builtin_ia32_pause();
    }
  }
  void unlock() {
    held_.clear(std::memory_order_release);  // publishes to the next holder
  }

 private:
  std::atomic_flag held_;
};

template <typename Lock>
struct alignas(64) LockedShard {
  LockedShard()
      : database(arena, counters, key_statistics, garbage, eviction, account, images, kNow) {}

  Lock lock;
  // Guarded by `lock`.
  Arena arena{size_t{256} << 20};
  ShardCounters counters;
  KeyStatistics key_statistics{kNow};
  std::vector<BlobRef> garbage;
  MemoryBudget budget;
  MemoryAccount account{budget};
  Eviction eviction{arena, budget};
  SnapshotImages images{budget.snapshot()};
  Database database;
};

template <typename Lock>
class Shards {
 public:
  Shards(size_t shards, size_t keys) : shards_(shards) {
    for (auto& shard : shards_)
      shard = std::make_unique<LockedShard<Lock>>();
    for (size_t i = 0; i < keys; ++i) {
      names_.push_back("flask_cache_" + std::to_string(i));
      keys_.push_back({names_.back(), HashKey(names_.back())});
    }
    // Views are taken once all names are in place.
    for (size_t i = 0; i < keys; ++i)
      keys_[i].bytes = names_[i];
    for (size_t i = 0; i < keys; ++i)
      Write(i);
  }

  size_t Read(size_t index, char* out) {
    LockedShard<Lock>& shard = ShardOf(keys_[index]);
    std::lock_guard guard(shard.lock);
    const Entry* entry = shard.database.Read(keys_[index], kNow);
    std::memcpy(out, entry->value_data(), entry->value_size());
    return entry->value_size();
  }
  void Write(size_t index) {
    LockedShard<Lock>& shard = ShardOf(keys_[index]);
    std::lock_guard guard(shard.lock);
    if (shard.database.SetString(keys_[index], kValue, DeadlineChange::Clear()) !=
        StoreStatus::kStored) {
      std::abort();
    }
  }
  size_t key_count() const { return keys_.size(); }

 private:
  LockedShard<Lock>& ShardOf(const Key& key) { return *shards_[(key.hash >> 48) % shards_.size()]; }

  std::vector<std::unique_ptr<LockedShard<Lock>>> shards_;
  std::vector<std::string> names_;
  std::vector<Key> keys_;
};

struct Layout {
  const char* name;
  size_t shards;
  size_t keys;
  bool writer;
};
constexpr Layout kLayouts[] = {{"many shards", 64, kKeys, false},
                               {"one shard", 1, kKeys, false},
                               {"one key", 1, 1, false},
                               {"one key, 1 writer", 1, 1, true}};

template <typename Lock>
void Run(const char* name, const Layout& layout, size_t threads, double seconds) {
  Shards<Lock> shards(layout.shards, layout.keys);
  std::atomic<bool> stop{false};
  std::vector<uint64_t> done(threads);
  std::vector<double> processor_ns(threads);
  std::vector<std::thread> running;
  for (size_t t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      Random random(t + 1);
      char copy[256];
      const bool writes = layout.writer && t == 0;
      uint64_t count = 0;
      while (!stop.load(std::memory_order_relaxed)) {  // only says when to end
        const size_t key = random.Below(shards.key_count());
        if (writes) {
          shards.Write(key);
        } else {
          shards.Read(key, copy);
          asm volatile("" : : "r"(copy) : "memory");
        }
        ++count;
      }
      done[t] = count;
      processor_ns[t] = ThreadNanoseconds();
    });
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  stop.store(true, std::memory_order_relaxed);  // only says when to end
  for (std::thread& thread : running)
    thread.join();
  uint64_t all = 0;
  double processor = 0;
  for (size_t t = 0; t < threads; ++t) {
    all += done[t];
    processor += processor_ns[t];
  }
  std::printf("%-18s %-12s %zu threads  %7.2f M/s  %7.1f ns of processor time each", layout.name,
              name, threads, static_cast<double>(all) / seconds / 1e6,
              processor / static_cast<double>(all));
  if (layout.writer) std::printf("  writer %.2f M/s", static_cast<double>(done[0]) / seconds / 1e6);
  std::printf("\n");
  std::fflush(stdout);
}

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  using namespace larder::bench;
  const double seconds = argc > 1 ? std::atof(argv[1]) : 1.0;
  std::printf("%u cores\n", std::thread::hardware_concurrency());
  for (const Layout& layout : kLayouts) {
    for (size_t threads : {1, 2, 4, 8}) {
      if (layout.writer && threads == 1) continue;
      Run<larder::ShardLock>("ShardLock", layout, threads, seconds);
      Run<std::mutex>("std::mutex", layout, threads, seconds);
      Run<SpinLock>("spin lock", layout, threads, seconds);
    }
  }
}
