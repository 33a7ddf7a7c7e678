// Passes long calls on to the slow log and the latency monitor.
#include "server/call_recorder.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>

namespace larder {

void CallRecorder::Apply(const Settings& settings) {
  constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();
  tracks_durations_ = settings.latency_tracking;
  constexpr int64_t kMostUs = std::numeric_limits<int64_t>::max() / 1000;
  log_us_ = std::min(settings.slowlog_log_slower_than, kMostUs);
  log_size_ = static_cast<size_t>(settings.slowlog_max_len);
  const uint64_t log_ticks =
      log_us_ < 0 ? kNever : ticks_.AtMostTicks(static_cast<uint64_t>(log_us_) * 1000);
  const uint64_t monitor_ticks = ticks_.AtMostTicks(state_.latency.threshold_ns());
  slow_ticks_ = std::min(log_ticks, monitor_ticks);
}

void CallRecorder::NoteSlow(const CommandSpec& spec, std::span<const std::string_view> args,
                            const Client& client, uint64_t ticks) {
  const bool is_fast = (spec.flags & kFast) != 0;
  state_.latency.Observe(is_fast ? LatencyEvent::kFastCommand : LatencyEvent::kCommand,
                         ticks_.Nanoseconds(ticks));
  NoteInLog(spec, args, client, ticks);
}

void CallRecorder::NoteInLog(const CommandSpec& spec, std::span<const std::string_view> args,
                             const Client& client, uint64_t ticks) {
  if (log_us_ < 0 || (spec.flags & kSkipSlowlog) != 0) return;
  SlowCall call;
  call.duration_us = static_cast<int64_t>(ticks_.Nanoseconds(ticks) / 1000);
  if (call.duration_us < log_us_) return;
  call.unix_time = state_.clock.NowMs() / 1000;
  call.args = ArgumentsForLog(spec, args);
  call.peer = client.peer;
  {
    const std::lock_guard lock(client.mutex);
    call.client_name = client.name;
  }
  state_.slow_log.Add(std::move(call), log_size_);
}

}  // namespace larder
