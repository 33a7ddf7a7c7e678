// What is set of the statistics about keys, handed on to the shards.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "server/settings.h"
#include "storage/shard.h"

namespace larder {

// Shards are told by whoever holds their lock anyway: upkeep, ten times a second, and commands that
// read the statistics.
//
// Thread safety: any thread.
class KeyStatisticsSettings {
 public:
  void Apply(const Settings& settings);

  // Brings a shard's statistics up to date with the settings and with time. Requires: the shard's
  // lock is held.
  void Maintain(Shard& shard, int64_t now_ms) const;

 private:
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  KeyStatisticsOptions options_;
  // Atomic: written by Apply(), read by all threads; 0 before the first options.
  std::atomic<uint64_t> version_{0};
};

}  // namespace larder
