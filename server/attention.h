// Why requests of all clients have to be looked at more closely for the time being.
#pragma once

#include <atomic>
#include <cstdint>

namespace larder {

// One word that every request looks at, so that what hardly ever happens costs next to nothing.
//
// Thread safety: any thread.
class Attention {
 public:
  enum Reason : uint32_t {
    kPaused = 1u << 0,
    kMonitored = 1u << 1,
    kRefusing = 1u << 2,
    kTracked = 1u << 3,
  };

  // Relaxed: whoever acts on a reason finds out by itself what it is about.
  bool any() const { return reasons_.load(std::memory_order_relaxed) != 0; }
  bool has(Reason reason) const {
    return (reasons_.load(std::memory_order_relaxed) & reason) != 0;  // as above
  }
  void Set(Reason reason) { reasons_.fetch_or(reason, std::memory_order_relaxed); }  // as above
  void Clear(Reason reason) {
    reasons_.fetch_and(~static_cast<uint32_t>(reason), std::memory_order_relaxed);  // as above
  }

 private:
  // Atomic: hardly ever written, read by all threads.
  std::atomic<uint32_t> reasons_{0};
};

}  // namespace larder
