// What is kept of every finished call of a command.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "server/client.h"
#include "server/command_table.h"
#include "server/server_state.h"
#include "server/settings.h"
#include "server/statistics.h"

namespace larder {

// The one place where a finished call and its duration are known: it counts the call, puts the
// duration in the command's histogram, and tells the slow log and the latency monitor of long ones.
//
// Thread safety: none; each dispatcher has its own.
class CallRecorder {
 public:
  // Requires: `state` and `statistics` outlive the recorder.
  CallRecorder(ServerState& state, ThreadStatistics& statistics)
      : state_(state), statistics_(statistics), ticks_(state.statistics.tick_counter()) {}

  // Puts the settings about slow calls in force.
  void Apply(const Settings& settings);

  // A call has ended. `ticks` is how long it worked; the arguments are those that it was given.
  void Record(const CommandSpec& spec, std::span<const std::string_view> args, const Client& client,
              uint64_t ticks) {
    Count(spec, ticks);
    if (ticks >= slow_ticks_) [[unlikely]]
      NoteSlow(spec, args, client, ticks);
  }
  // The same for a call that was carried out in slices, whose length in between is no pause.
  void RecordSliced(const CommandSpec& spec, std::span<const std::string_view> args,
                    const Client& client, uint64_t ticks) {
    Count(spec, ticks);
    NoteInLog(spec, args, client, ticks);
  }
  // One of these slices has ended.
  void RecordSlice(uint64_t ticks) {
    state_.latency.Observe(LatencyEvent::kCommandSlice, ticks_.Nanoseconds(ticks));
  }

 private:
  void Count(const CommandSpec& spec, uint64_t ticks) {
    ThreadStatistics::PerCommand& counters = statistics_.per_command[CommandIndex(spec)];
    counters.calls.Add(1);
    counters.ticks.Add(ticks);
    if (!tracks_durations_) return;
    statistics_.DurationsOf(counters).Add(ticks);
  }
  void NoteSlow(const CommandSpec& spec, std::span<const std::string_view> args,
                const Client& client, uint64_t ticks);
  void NoteInLog(const CommandSpec& spec, std::span<const std::string_view> args,
                 const Client& client, uint64_t ticks);

  // Constant after construction.
  ServerState& state_;
  ThreadStatistics& statistics_;
  const TickCounter& ticks_;

  // Owned by the I/O thread: the settings, as ticks where they are compared with ticks.
  bool tracks_durations_ = true;
  uint64_t slow_ticks_ = 0;  // what takes less is of no interest to anybody
  int64_t log_us_ = 0;       // below zero: nothing is logged
  size_t log_size_ = 0;
};

}  // namespace larder
