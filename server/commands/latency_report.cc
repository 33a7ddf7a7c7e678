// Draws the pauses of an event, and looks for advice.
#include "server/commands/latency_report.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "server/commands/info_writer.h"

namespace larder {
namespace {

constexpr size_t kColumns = 80;
constexpr size_t kRows = 4;
// A row of the graph shows the height within it in three steps.
constexpr std::string_view kFilled = "_o#";

struct Extremes {
  int64_t low;
  int64_t high;
};

Extremes ExtremesOf(const LatencyHistory& history) {
  const auto [low, high] =
      std::ranges::minmax_element(history.samples, {}, &LatencyHistory::Sample::ms);
  return {low->ms, high->ms};
}

// "42s", "3m", "5h" or "2d".
std::string Ago(int64_t seconds) {
  constexpr int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;
  seconds = std::max<int64_t>(seconds, 0);
  if (seconds < kMinute) return std::to_string(seconds) + "s";
  if (seconds < kHour) return std::to_string(seconds / kMinute) + "m";
  if (seconds < kDay) return std::to_string(seconds / kHour) + "h";
  return std::to_string(seconds / kDay) + "d";
}

// The part of one column that lies in a row, counted from the top.
char Cell(int64_t ms, const Extremes& extremes, size_t row) {
  const int64_t range = std::max<int64_t>(extremes.high - extremes.low, 1);
  const int64_t most = static_cast<int64_t>(kRows * kFilled.size()) - 1;
  const auto height = static_cast<size_t>((ms - extremes.low) * most / range);
  const size_t below = (kRows - 1 - row) * kFilled.size();
  if (height < below) return ' ';
  return kFilled[std::min(height - below, kFilled.size() - 1)];
}

// How the pauses of one event are spread.
struct Spread {
  int64_t mean_ms = 0;
  int64_t deviation_ms = 0;  // the mean absolute one
  double period_s = 0;       // between two of them
};

Spread SpreadOf(const LatencyHistory& history, int64_t now) {
  Spread spread;
  const auto count = static_cast<int64_t>(history.samples.size());
  for (const LatencyHistory::Sample& sample : history.samples)
    spread.mean_ms += sample.ms;
  spread.mean_ms /= count;
  for (const LatencyHistory::Sample& sample : history.samples)
    spread.deviation_ms += std::abs(sample.ms - spread.mean_ms);
  spread.deviation_ms /= count;
  const int64_t seconds = std::max<int64_t>(now - history.samples.front().unix_time, 1);
  spread.period_s = static_cast<double>(seconds) / static_cast<double>(count);
  return spread;
}

std::string_view AdviceAbout(LatencyEvent event) {
  switch (event) {
    case LatencyEvent::kCommand:
      return "SLOWLOG GET shows which calls took long. A command that takes many keys or a large "
             "value at once can be split up by the client.";
    case LatencyEvent::kFastCommand:
      return "Commands that have next to nothing to do took long: the threads of this server did "
             "not get the processor, or waited for memory that was swapped out. Lower the load of "
             "the machine, or set `threads` to the processors that this server has for itself; "
             "redis-cli --intrinsic-latency shows what the machine itself does.";
    case LatencyEvent::kCommandSlice:
    case LatencyEvent::kSnapshotSlice:
      return "A slice of long work is meant to last less than a millisecond: the thread was held "
             "up within it, most likely by other processes on the machine.";
    case LatencyEvent::kExpireCycle:
      return "Very many keys expire at the same time, or very large ones. Adding some random "
             "seconds to their deadlines spreads the work.";
    case LatencyEvent::kEvictionCycle:
      return "Keys are evicted in large numbers. A higher `maxmemory`, or lowering it in smaller "
             "steps, makes that rarer; so do shorter deadlines.";
    case LatencyEvent::kActiveDefragCycle:
      return "Moving entries together took long: the machine was busy, or memory was swapped out.";
  }
  return {};
}

// About the slow log, which shows what is behind the event `command`.
std::string AdviceAboutSlowlog(const Settings& settings) {
  const int64_t wanted_us = settings.latency_monitor_threshold * 1000;
  const std::string set = "CONFIG SET slowlog-log-slower-than " + std::to_string(wanted_us);
  if (settings.slowlog_log_slower_than < 0) {
    return "The slow log is off; turn it on with " + set + ".";
  }
  if (settings.latency_monitor_threshold != 0 && settings.slowlog_log_slower_than > wanted_us) {
    return "The slow log only keeps calls that take longer than what is watched here; " + set +
           " makes it keep these as well.";
  }
  return {};
}

std::string Summary(const LatencyHistory& history, int64_t now) {
  const Spread spread = SpreadOf(history, now);
  return std::string(WordOf(history.event)) + ": " + std::to_string(history.samples.size()) +
         " latency spikes (average " + std::to_string(spread.mean_ms) + "ms, mean deviation " +
         std::to_string(spread.deviation_ms) + "ms, period " + WithTwoDecimals(spread.period_s) +
         " sec). Worst all time event " + std::to_string(history.longest_ms) + "ms.";
}

}  // namespace

std::string LatencyGraph(const LatencyHistory& history, int64_t now) {
  const Extremes extremes = ExtremesOf(history);
  std::string text(WordOf(history.event));
  text += " - high " + std::to_string(extremes.high) + " ms, low " + std::to_string(extremes.low) +
          " ms (all time high " + std::to_string(history.longest_ms) + " ms)\n";
  text += std::string(kColumns, '-') + "\n";
  const size_t shown = std::min(history.samples.size(), kColumns);
  const std::span<const LatencyHistory::Sample> newest = std::span(history.samples).last(shown);
  for (size_t row = 0; row < kRows; ++row) {
    for (const LatencyHistory::Sample& sample : newest)
      text += Cell(sample.ms, extremes, row);
    text += '\n';
  }
  // The labels stand upright below their columns.
  std::vector<std::string> labels;
  size_t longest = 0;
  for (const LatencyHistory::Sample& sample : newest) {
    labels.push_back(Ago(now - sample.unix_time));
    longest = std::max(longest, labels.back().size());
  }
  for (size_t row = 0; row < longest; ++row) {
    text += '\n';
    for (const std::string& label : labels)
      text += row < label.size() ? label[row] : ' ';
  }
  return text + '\n';
}

std::string LatencyReport(std::span<const LatencyHistory> histories, const Settings& settings,
                          int64_t now) {
  if (histories.empty() && settings.latency_monitor_threshold == 0) {
    return "Nothing is watched: latency-monitor-threshold is 0. CONFIG SET "
           "latency-monitor-threshold <milliseconds> begins to keep what takes longer than that.\n";
  }
  if (histories.empty()) {
    return "Nothing took " + std::to_string(settings.latency_monitor_threshold) +
           " milliseconds or more since the server was started, or since LATENCY RESET.\n";
  }
  std::string text = "What made clients wait:\n\n";
  std::vector<std::string> advice;
  for (size_t i = 0; i < histories.size(); ++i) {
    text += std::to_string(i + 1) + ". " + Summary(histories[i], now) + "\n";
    if (histories[i].event == LatencyEvent::kCommand)
      advice.push_back(AdviceAboutSlowlog(settings));
    advice.emplace_back(AdviceAbout(histories[i].event));
  }
  text += "\nWhat may help:\n\n";
  for (auto line = advice.begin(); line != advice.end(); ++line) {
    const bool is_new = std::find(advice.begin(), line, *line) == line;
    if (is_new && !line->empty()) text += "- " + *line + "\n";
  }
  return text;
}

}  // namespace larder
