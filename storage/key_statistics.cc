// Samples of the use of keys, summarized.
#include "storage/key_statistics.h"

#include <algorithm>
#include <utility>

#include "storage/key_hash.h"

namespace larder {
namespace {

constexpr int64_t kSecondMs = 1000;
constexpr int64_t kPeriodMs = 60 * kSecondMs;
constexpr double kPeriodSeconds = kPeriodMs / kSecondMs;

// The element of a summary that a text of a database is, given the text's hash.
uint64_t ElementOf(uint64_t hash, const void* database) {
  constexpr uint64_t kOdd = 0x9e3779b97f4a7c15;  // spreads addresses over all bits
  return hash ^ static_cast<uint64_t>(reinterpret_cast<uintptr_t>(database)) * kOdd;
}

uint64_t SeedFor(const void* owner) {
  return kKeyHashSeed ^ ElementOf(0, owner);
}

}  // namespace

KeyStatistics::KeyStatistics(int64_t now_ms)
    : events_(SeedFor(&events_)), uses_(SeedFor(&uses_)), period_started_ms_(now_ms) {
  options_.prefixes = 0;
  options_.hot_keys = 0;
}

void KeyStatistics::Configure(const KeyStatisticsOptions& options, uint64_t version) {
  const KeyStatisticsOptions before = std::exchange(options_, options);
  options_version_ = version;
  const bool other_interval = before.interval != options.interval;
  if (before.prefixes != options.prefixes || before.rule != options.rule) {
    prefix_counters_ = SpaceSaving(options.prefixes);
    prefixes_.assign(options.prefixes, {});
    ResetPrefixes();
  } else if (other_interval) {
    events_.Start(options.prefixes == 0 ? 0 : options.interval);
  }
  if (before.hot_keys != options.hot_keys) {
    key_counters_ = SpaceSaving(options.hot_keys);
    hot_keys_.assign(options.hot_keys, {});
    ResetHotKeys(period_started_ms_);
  } else if (other_interval) {
    uses_.Start(options.hot_keys == 0 ? 0 : options.interval);
  }
}

void KeyStatistics::ResetPrefixes() {
  prefix_counters_.Clear();
  std::ranges::fill(prefixes_, Prefix());
  others_ = {};
  events_.Start(options_.prefixes == 0 ? 0 : options_.interval);
}

void KeyStatistics::ResetHotKeys(int64_t now_ms) {
  key_counters_.Clear();
  period_started_ms_ = now_ms;
  earlier_seconds_ = 0;
  uses_.Start(options_.hot_keys == 0 ? 0 : options_.interval);
}

void KeyStatistics::Reset(int64_t now_ms) {
  ResetPrefixes();
  ResetHotKeys(now_ms);
}

void KeyStatistics::TakeEvent(KeyEvent event, const void* database, std::string_view key) {
  const uint64_t weight = events_.Take();
  const std::string_view name = options_.rule.PrefixOf(key);
  const auto [counter, taken_over] =
      prefix_counters_.Add(ElementOf(HashKey(name), database), weight);
  Prefix& prefix = prefixes_[counter];
  if (taken_over) {
    for (size_t i = 0; i < kKeyEvents; ++i)
      others_[i] += prefix.events[i];
    prefix.database = database;
    prefix.events = {};
    prefix.size = static_cast<uint8_t>(name.copy(prefix.text.data(), prefix.text.size()));
  }
  prefix.events[static_cast<size_t>(event)] += weight;
}

void KeyStatistics::TakeUse(const void* database, std::string_view key, uint64_t hash,
                            bool writes) {
  const uint64_t weight = uses_.Take();
  const auto [counter, taken_over] = key_counters_.Add(ElementOf(hash, database), weight);
  HotKey& hot = hot_keys_[counter];
  if (taken_over) {
    hot.database = database;
    hot.key_size = key.size();
    hot.writes = 0;
    key.copy(hot.text.data(), hot.text.size());
  }
  if (writes) hot.writes += weight;
}

void KeyStatistics::Tick(int64_t now_ms) {
  const int64_t second = now_ms / kSecondMs;
  if (second == refilled_second_) return;
  refilled_second_ = second;
  events_.Refill();
  uses_.Refill();
  if (now_ms < period_started_ms_) period_started_ms_ = now_ms;  // the clock was set back
  for (; now_ms - period_started_ms_ >= kPeriodMs; period_started_ms_ += kPeriodMs) {
    constexpr int64_t kNothingLeft = 64 * kPeriodMs;
    if (now_ms - period_started_ms_ >= kNothingLeft) {
      ResetHotKeys(now_ms);
      break;
    }
    key_counters_.Halve();
    for (HotKey& hot : hot_keys_)
      hot.writes /= 2;
    earlier_seconds_ = (earlier_seconds_ + kPeriodSeconds) / 2;
  }
}

double KeyStatistics::seconds(int64_t now_ms) const {
  const auto ms = static_cast<double>(std::max<int64_t>(0, now_ms - period_started_ms_));
  return std::max(1.0, earlier_seconds_ + ms / kSecondMs);
}

}  // namespace larder
