// How far the load of a snapshot has come.
#pragma once

#include <atomic>
#include <cstdint>

namespace larder {

// Thread safety: any thread; each figure stands alone.
struct LoadProgress {
  std::atomic<uint64_t> total_bytes{0};
  std::atomic<uint64_t> loaded_bytes{0};
  std::atomic<uint64_t> loaded{0};      // keys
  std::atomic<uint64_t> expired{0};     // keys whose deadline had passed
  std::atomic<uint64_t> superseded{0};  // keys that clients have written meanwhile
  std::atomic<uint64_t> damaged{0};     // keys that were passed over for it
  std::atomic<uint64_t> unsupported{0};

  void Reset() {
    for (std::atomic<uint64_t>* figure :
         {&total_bytes, &loaded_bytes, &loaded, &expired, &superseded, &damaged, &unsupported}) {
      figure->store(0, std::memory_order_relaxed);  // a statistic, orders nothing
    }
  }
};

}  // namespace larder
