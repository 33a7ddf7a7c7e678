// Follows the settings about key prefixes and hot keys.
#include "server/key_statistics_settings.h"

namespace larder {

void KeyStatisticsSettings::Apply(const Settings& settings) {
  KeyStatisticsOptions options;
  options.prefixes = static_cast<size_t>(settings.prefix_stats_max);
  options.hot_keys = static_cast<size_t>(settings.hotkeys_max);
  options.interval = static_cast<uint32_t>(settings.key_stats_sampling);
  options.rule = PrefixRule(settings.prefix_delimiters, static_cast<size_t>(settings.prefix_depth));
  const std::lock_guard lock(mutex_);
  options_ = options;
  version_.fetch_add(1, std::memory_order_relaxed);  // options are read with the mutex held
}

void KeyStatisticsSettings::Maintain(Shard& shard, int64_t now_ms) const {
  KeyStatistics& statistics = shard.key_statistics();
  const uint64_t version = version_.load(std::memory_order_relaxed);  // see Apply()
  if (statistics.options_version() != version) {
    const std::lock_guard lock(mutex_);
    statistics.Configure(options_, version_.load(std::memory_order_relaxed));  // has the mutex
  }
  statistics.Tick(now_ms);
}

}  // namespace larder
