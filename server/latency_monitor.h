// Pauses that clients could notice, by what caused them, for LATENCY.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "server/clock.h"

namespace larder {

// What can keep a client waiting. docs/compatibility.md says what each of them is.
enum class LatencyEvent : uint8_t {
  kCommand,
  kFastCommand,
  kCommandSlice,
  kExpireCycle,
  kEvictionCycle,
  kActiveDefragCycle,
  kSnapshotSlice,
};
inline constexpr size_t kLatencyEvents = 7;

std::string_view WordOf(LatencyEvent event);
// The event of that name, in the table's own spelling as Redis has it.
std::optional<LatencyEvent> FindLatencyEvent(std::string_view word);

// The pauses of one cause.
struct LatencyHistory {
  struct Sample {
    int64_t unix_time = 0;  // in seconds
    int64_t ms = 0;         // the longest of that second
  };
  LatencyEvent event;
  std::vector<Sample> samples;  // at most kMostLatencySamples, the oldest first
  int64_t longest_ms = 0;       // of all that there ever were
};
inline constexpr size_t kMostLatencySamples = 160;

// Owns what was observed.
// Thread safety: any thread.
class LatencyMonitor {
 public:
  // Requires: `clock` outlives it.
  explicit LatencyMonitor(const Clock& clock) : clock_(clock) {}

  // What takes less is not kept; 0: nothing is.
  void set_threshold_ms(int64_t ms);
  uint64_t threshold_ns() const {
    return threshold_ns_.load(std::memory_order_relaxed);  // a setting, orders nothing
  }

  // Something took that long. Costs nothing to speak of while it is shorter than the threshold.
  void Observe(LatencyEvent event, uint64_t nanoseconds) {
    if (nanoseconds >= threshold_ns()) [[unlikely]]
      Keep(event, nanoseconds);
  }

  // The events that happened, and one of them.
  std::vector<LatencyHistory> Histories() const;
  LatencyHistory History(LatencyEvent event) const;
  // Forgets an event; returns whether it had happened.
  bool Reset(LatencyEvent event);

 private:
  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

  void Keep(LatencyEvent event, uint64_t nanoseconds);

  // Constant after construction.
  const Clock& clock_;
  // Atomic: written when the setting changes, read by all threads.
  std::atomic<uint64_t> threshold_ns_{kNever};

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::array<LatencyHistory, kLatencyEvents> histories_ = {};
};

}  // namespace larder
