// What one shard knows about the use of its keys: figures for each prefix, and the hot keys.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "storage/event_sampler.h"
#include "storage/key_prefix.h"
#include "storage/space_saving.h"

namespace larder {

// What can be set.
// Thread safety: a value.
struct KeyStatisticsOptions {
  size_t prefixes = 64;     // that are told apart; 0: none are
  size_t hot_keys = 32;     // candidates; 0: none
  uint32_t interval = 128;  // of a busy shard's events one in so many is looked at
  PrefixRule rule{":/ _-.", 1};
};

// What can become of a key when it is looked up, or of an entry that goes by itself.
enum class KeyEvent : uint8_t { kHit, kMiss, kExpired, kEvicted };
inline constexpr size_t kKeyEvents = 4;
using KeyEventCounts = std::array<uint64_t, kKeyEvents>;

// Two streams are sampled (see EventSampler) and summarized (see SpaceSaving):
//   - hits, misses, expiries and evictions, by prefix, since the last reset. Counts of prefixes
//     that had to give their counter up are kept together as `others`, so that all counts add up
//     to the events, but for the few that the sampler has yet to account for;
//   - requests by key, whatever they do with it, present or missing. What is older weighs half as
//     much for each minute that has passed, so that the hot keys are those of now.
// Keys of different databases are different. A database is known by an address that only has to
// stay the same.
//
// Memory is fixed by the options: keys and prefixes are kept up to a bounded length.
//
// Thread safety: guarded by the lock of its shard.
class KeyStatistics {
 public:
  // As much as is kept of a key.
  static constexpr size_t kMostKeyBytes = 128;

  struct Prefix {
    const void* database = nullptr;
    KeyEventCounts events{};  // since it was given its counter
    uint8_t size = 0;
    std::array<char, PrefixRule::kMostBytes> text{};

    std::string_view name() const { return {text.data(), size}; }
  };
  struct HotKey {
    const void* database = nullptr;
    size_t key_size = 0;
    uint64_t writes = 0;  // requests that may change the key
    std::array<char, kMostKeyBytes> text{};

    // The key, or its beginning.
    std::string_view name() const { return {text.data(), std::min(key_size, kMostKeyBytes)}; }
  };

  // Counts nothing until Configure().
  explicit KeyStatistics(int64_t now_ms);

  // Takes options over. What they change begins anew. `version` is for the caller to remember which
  // options these were; 0 before the first ones.
  void Configure(const KeyStatisticsOptions& options, uint64_t version);
  uint64_t options_version() const { return options_version_; }

  // These are on the path of each request.
  void CountEvent(KeyEvent event, const void* database, std::string_view key) {
    if (events_.Pass()) [[unlikely]]
      TakeEvent(event, database, key);
  }
  // `hash` is the key's.
  void CountUse(const void* database, std::string_view key, uint64_t hash, bool writes) {
    if (uses_.Pass()) [[unlikely]]
      TakeUse(database, key, hash, writes);
  }

  // To be called a few times a second.
  void Tick(int64_t now_ms);
  void Reset(int64_t now_ms);

  const SpaceSaving& prefix_counters() const { return prefix_counters_; }
  const Prefix& prefix(size_t counter) const { return prefixes_[counter]; }
  const KeyEventCounts& others() const { return others_; }
  // Events that no count has yet.
  uint64_t passed_events() const { return events_.passed(); }

  const SpaceSaving& key_counters() const { return key_counters_; }
  const HotKey& hot_key(size_t counter) const { return hot_keys_[counter]; }
  // What to divide a key's count by to get its requests per second. Requires: Tick() was called
  // with this time.
  double seconds(int64_t now_ms) const;

 private:
  void TakeEvent(KeyEvent event, const void* database, std::string_view key);
  void TakeUse(const void* database, std::string_view key, uint64_t hash, bool writes);
  void ResetPrefixes();
  void ResetHotKeys(int64_t now_ms);

  // Guarded by the shard lock. The samplers come first: beside the shard's counters.
  EventSampler events_;
  EventSampler uses_;

  KeyStatisticsOptions options_;
  uint64_t options_version_ = 0;
  int64_t refilled_second_ = 0;

  SpaceSaving prefix_counters_{0};
  std::vector<Prefix> prefixes_;  // by counter
  KeyEventCounts others_{};

  SpaceSaving key_counters_{0};
  std::vector<HotKey> hot_keys_;  // by counter
  int64_t period_started_ms_;     // of the minute after which everything is halved
  double earlier_seconds_ = 0;    // what is left of those before it
};

}  // namespace larder
