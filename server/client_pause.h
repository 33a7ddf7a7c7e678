// CLIENT PAUSE: until when clients have to wait, and with what.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "server/attention.h"
#include "storage/memory_budget.h"

namespace larder {

// A pause that stops writes stops expiry and eviction, too, so that nothing changes meanwhile.
//
// Thread safety: any thread.
class ClientPause {
 public:
  enum class Kind : uint8_t { kWrites, kAll };  // the stricter one is greater

  // Requires: both outlive it.
  ClientPause(Attention& attention, MemoryBudget& budget)
      : attention_(attention), budget_(budget) {}

  // Times are of the wall clock, in ms. A pause under way only becomes longer and stricter.
  void Begin(Kind kind, int64_t end_ms, int64_t now_ms);
  void End();

  // Whether a command has to wait, which changes something or may do so, or does not.
  bool Holds(bool writes, int64_t now_ms) {
    return attention_.has(Attention::kPaused) && HoldsNow(writes, now_ms);
  }
  // When the pause ends by itself; of no meaning without one.
  int64_t end_ms() const { return end_ms_.load(std::memory_order_relaxed); }  // a hint for a timer

 private:
  bool HoldsNow(bool writes, int64_t now_ms);

  // Constant after construction.
  Attention& attention_;
  MemoryBudget& budget_;

  std::mutex mutex_;
  // Guarded by mutex_.
  Kind kind_ = Kind::kWrites;
  bool paused_ = false;
  // Atomic: written under mutex_, read by any thread.
  std::atomic<int64_t> end_ms_{0};
};

}  // namespace larder
