// Keeps the longest pause of each second, for the last 160 seconds that had one.
#include "server/latency_monitor.h"

#include <algorithm>
#include <cstdint>

namespace larder {
namespace {

constexpr std::string_view kWords[] = {"command",       "fast-command",   "command-slice",
                                       "expire-cycle",  "eviction-cycle", "active-defrag-cycle",
                                       "snapshot-slice"};
static_assert(std::size(kWords) == kLatencyEvents);

}  // namespace

std::string_view WordOf(LatencyEvent event) {
  return kWords[static_cast<size_t>(event)];
}

std::optional<LatencyEvent> FindLatencyEvent(std::string_view word) {
  const auto* found = std::ranges::find(kWords, word);
  if (found == std::end(kWords)) return std::nullopt;
  return static_cast<LatencyEvent>(found - kWords);
}

void LatencyMonitor::set_threshold_ms(int64_t ms) {
  constexpr int64_t kNanosecondsPerMs = 1'000'000;
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / kNanosecondsPerMs;
  const uint64_t ns =
      ms == 0 ? kNever : static_cast<uint64_t>(std::min(ms, kMost) * kNanosecondsPerMs);
  threshold_ns_.store(ns, std::memory_order_relaxed);  // a setting, orders nothing
}

void LatencyMonitor::Keep(LatencyEvent event, uint64_t nanoseconds) {
  const int64_t now = clock_.NowMs() / 1000;
  const auto ms = static_cast<int64_t>(nanoseconds / 1'000'000);
  const std::lock_guard lock(mutex_);
  LatencyHistory& history = histories_[static_cast<size_t>(event)];
  history.longest_ms = std::max(history.longest_ms, ms);
  auto& samples = history.samples;
  if (!samples.empty() && samples.back().unix_time == now) {
    samples.back().ms = std::max(samples.back().ms, ms);
    return;
  }
  if (samples.size() == kMostLatencySamples) samples.erase(samples.begin());
  samples.push_back({now, ms});
}

std::vector<LatencyHistory> LatencyMonitor::Histories() const {
  std::vector<LatencyHistory> happened;
  for (size_t i = 0; i < kLatencyEvents; ++i) {
    LatencyHistory history = History(static_cast<LatencyEvent>(i));
    if (!history.samples.empty()) happened.push_back(std::move(history));
  }
  return happened;
}

LatencyHistory LatencyMonitor::History(LatencyEvent event) const {
  const std::lock_guard lock(mutex_);
  LatencyHistory history = histories_[static_cast<size_t>(event)];
  history.event = event;
  return history;
}

bool LatencyMonitor::Reset(LatencyEvent event) {
  const std::lock_guard lock(mutex_);
  LatencyHistory& history = histories_[static_cast<size_t>(event)];
  const bool happened = !history.samples.empty();
  history = {};
  return happened;
}

}  // namespace larder
