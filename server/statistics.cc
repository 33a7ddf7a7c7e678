// Adds the counters of all threads up, and keeps those of errors.
#include "server/statistics.h"

#include <algorithm>

namespace larder {
namespace {

constexpr size_t kMaxErrorWords = 128;

}  // namespace

DurationHistogram& ThreadStatistics::NewDurations(PerCommand& command) {
  durations_.push_back(std::make_unique<DurationHistogram>());
  // release: who sees the histogram sees it empty at least.
  command.durations.store(durations_.back().get(), std::memory_order_release);
  return *durations_.back();
}

Statistics::Statistics(size_t commands) : commands_(commands), base_durations_(commands) {
  base_.per_command.resize(commands);
}

ThreadStatistics& Statistics::AddThread() {
  std::lock_guard lock(mutex_);
  threads_.push_back(std::make_unique<ThreadStatistics>(commands_));
  return *threads_.back();
}

void Statistics::CountError(std::string_view message) {
  const std::string_view word = message.substr(0, message.find(' '));
  std::lock_guard lock(mutex_);
  ++error_replies_;
  const auto found = errors_.find(word);
  if (found != errors_.end()) {
    ++found->second;
  } else if (errors_.size() < kMaxErrorWords) {
    errors_.emplace(word, 1);
  }
}

StatisticsTotals Statistics::Sum() const {
  StatisticsTotals sum;
  sum.per_command.resize(commands_);
  for (const std::unique_ptr<ThreadStatistics>& thread : threads_) {
    for (size_t i = 0; i < commands_; ++i) {
      const ThreadStatistics::PerCommand& from = thread->per_command[i];
      CommandCounters& to = sum.per_command[i];
      to.calls += from.calls.Get();
      sum.commands_processed += from.calls.Get();
      to.nanoseconds += ticks_.Nanoseconds(from.ticks.Get());
      to.rejected += from.rejected.Get();
      to.failed += from.failed.Get();
    }
    sum.connections_received += thread->connections_received.Get();
    sum.connections_rejected += thread->connections_rejected.Get();
    sum.bytes_in += thread->bytes_in.Get();
    sum.bytes_out += thread->bytes_out.Get();
    sum.output_limit_disconnections += thread->output_limit_disconnections.Get();
    sum.query_limit_disconnections += thread->query_limit_disconnections.Get();
    sum.evicted_clients += thread->evicted_clients.Get();
    sum.changes += thread->changes.Get();
  }
  return sum;
}

StatisticsTotals Statistics::Totals() const {
  std::lock_guard lock(mutex_);
  StatisticsTotals totals = Sum();
  for (size_t i = 0; i < commands_; ++i) {
    CommandCounters& counters = totals.per_command[i];
    const CommandCounters& base = base_.per_command[i];
    counters.calls -= base.calls;
    counters.nanoseconds -= base.nanoseconds;
    counters.rejected -= base.rejected;
    counters.failed -= base.failed;
  }
  totals.commands_processed -= base_.commands_processed;
  totals.connections_received -= base_.connections_received;
  totals.connections_rejected -= base_.connections_rejected;
  totals.bytes_in -= base_.bytes_in;
  totals.bytes_out -= base_.bytes_out;
  totals.output_limit_disconnections -= base_.output_limit_disconnections;
  totals.query_limit_disconnections -= base_.query_limit_disconnections;
  totals.evicted_clients -= base_.evicted_clients;
  totals.error_replies = error_replies_;
  totals.errors = errors_;
  return totals;
}

DurationDistribution Statistics::SumDurations(size_t command) const {
  DurationDistribution sum;
  for (const std::unique_ptr<ThreadStatistics>& thread : threads_) {
    // acquire: pairs with the release in NewDurations().
    const DurationHistogram* durations =
        thread->per_command[command].durations.load(std::memory_order_acquire);
    if (durations != nullptr) sum.Add(*durations);
  }
  return sum;
}

DurationDistribution Statistics::Durations(size_t command) const {
  std::lock_guard lock(mutex_);
  DurationDistribution durations = SumDurations(command);
  durations.Subtract(base_durations_[command]);
  return durations;
}

void Statistics::Reset() {
  std::lock_guard lock(mutex_);
  base_ = Sum();
  for (size_t i = 0; i < commands_; ++i)
    base_durations_[i] = SumDurations(i);
  errors_.clear();
  error_replies_ = 0;
}

}  // namespace larder
