// A counter that one thread writes and others read.
#pragma once

#include <atomic>
#include <cstdint>

namespace larder {

// Thread safety: one thread adds, any thread reads.
class Counter {
 public:
  void Add(uint64_t n) {
    // Only the owner writes, so no read-modify-write is needed; readers may see a slightly old
    // value.
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  uint64_t Get() const {
    return value_.load(std::memory_order_relaxed);
  }  // a statistic, orders nothing

 private:
  std::atomic<uint64_t> value_{0};
};

}  // namespace larder
