// Replies with what the latency monitor and the histograms of commands know.
#include "server/commands/latency.h"

#include <string_view>
#include <vector>

#include "server/command_table.h"
#include "server/commands/errors.h"
#include "server/commands/latency_report.h"
#include "server/server_state.h"

namespace larder {
namespace {

// The longest duration, in µs, of the class that begins with 1024 << octave nanoseconds: Redis's
// histograms have two significant digits, and its clients know these limits.
uint64_t LimitUs(int octave) {
  const uint64_t ns = uint64_t{1024} << octave;
  return (ns + ns / 128 - 1) / 1000;
}

// How many calls took at most a microsecond, two, four, and so on; as a map that leaves out limits
// which add nothing.
void ReplyDurations(CommandContext& c, const DurationDistribution& durations) {
  const TickCounter& ticks = c.server.statistics.tick_counter();
  c.reply.Map(2);
  c.reply.Bulk("calls");
  c.reply.Integer(static_cast<int64_t>(durations.total()));
  c.reply.Bulk("histogram_usec");
  const size_t map = c.reply.BeginMap();
  size_t pairs = 0;
  int octave = 0;
  uint64_t counted = 0;
  const auto end_octave = [&] {
    if (counted == 0) return;
    c.reply.Integer(static_cast<int64_t>(LimitUs(octave)));
    c.reply.Integer(static_cast<int64_t>(counted));
    ++pairs;
  };
  durations.ForEach([&](uint64_t duration, uint64_t count) {
    const uint64_t us = ticks.Nanoseconds(duration) / 1000;
    if (us > LimitUs(octave)) end_octave();
    while (us > LimitUs(octave))
      ++octave;
    counted += count;
  });
  end_octave();
  c.reply.EndMap(map, pairs);
}

// Calls visit(spec) for the named command and its subcommands.
template <class Visit>
void ForEachNamed(std::string_view name, Visit&& visit) {
  const CommandSpec* spec = FindFullName(name);
  if (spec == nullptr) return;
  visit(*spec);
  for (const CommandSpec& subcommand : SubcommandsOf(*spec))
    visit(subcommand);
}

}  // namespace

void LatencyHistogramCommand(CommandContext& c) {
  const size_t map = c.reply.BeginMap();
  size_t pairs = 0;
  const auto reply = [&](const CommandSpec& spec) {
    const DurationDistribution durations = c.server.statistics.Durations(CommandIndex(spec));
    if (durations.total() == 0) return;
    c.reply.Bulk(spec.name);
    ReplyDurations(c, durations);
    ++pairs;
  };
  if (c.args.size() == 2) {
    for (const CommandSpec& spec : AllCommands())
      reply(spec);
  }
  for (const std::string_view name : c.args.subspan(2))
    ForEachNamed(name, reply);
  c.reply.EndMap(map, pairs);
}

void LatencyLatestCommand(CommandContext& c) {
  const std::vector<LatencyHistory> histories = c.server.latency.Histories();
  c.reply.Array(histories.size());
  for (const LatencyHistory& history : histories) {
    c.reply.Array(4);
    c.reply.Bulk(WordOf(history.event));
    c.reply.Integer(history.samples.back().unix_time);
    c.reply.Integer(history.samples.back().ms);
    c.reply.Integer(history.longest_ms);
  }
}

void LatencyHistoryCommand(CommandContext& c) {
  const auto event = FindLatencyEvent(c.args[2]);
  if (!event) return c.reply.Array(0);
  const LatencyHistory history = c.server.latency.History(*event);
  c.reply.Array(history.samples.size());
  for (const LatencyHistory::Sample& sample : history.samples) {
    c.reply.Array(2);
    c.reply.Integer(sample.unix_time);
    c.reply.Integer(sample.ms);
  }
}

void LatencyGraphCommand(CommandContext& c) {
  const auto event = FindLatencyEvent(c.args[2]);
  const LatencyHistory history = event ? c.server.latency.History(*event) : LatencyHistory{};
  if (history.samples.empty()) return c.reply.Error(errors::NoLatencySamples(c.args[2]));
  c.reply.Verbatim("txt", LatencyGraph(history, c.now_ms / 1000));
}

void LatencyDoctorCommand(CommandContext& c) {
  const auto settings = c.server.settings.Current();
  c.reply.Verbatim("txt", LatencyReport(c.server.latency.Histories(), *settings, c.now_ms / 1000));
}

void LatencyResetCommand(CommandContext& c) {
  int64_t forgotten = 0;
  if (c.args.size() == 2) {
    for (size_t i = 0; i < kLatencyEvents; ++i)
      forgotten += c.server.latency.Reset(static_cast<LatencyEvent>(i));
  }
  for (const std::string_view word : c.args.subspan(2)) {
    const auto event = FindLatencyEvent(word);
    if (event) forgotten += c.server.latency.Reset(*event);
  }
  c.reply.Integer(forgotten);
}

}  // namespace larder
