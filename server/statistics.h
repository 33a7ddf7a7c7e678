// Counters of the server: kept per I/O thread, without sharing, and added up when somebody asks.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "server/counter.h"
#include "server/duration_histogram.h"
#include "server/tick_counter.h"

namespace larder {

struct CommandCounters {
  uint64_t calls = 0;
  uint64_t nanoseconds = 0;
  uint64_t rejected = 0;  // refused before the handler ran: arity, authentication, …
  uint64_t failed = 0;    // the handler answered with an error
};

// What one I/O thread counts, in cache lines that no other thread writes to.
// Thread safety: written by that thread, read by any.
struct alignas(64) ThreadStatistics {
  struct alignas(64) PerCommand {
    Counter calls, ticks, rejected, failed;  // ticks of the TickCounter
    // Written by the thread with the command's first call, read by any; null before that.
    std::atomic<DurationHistogram*> durations{nullptr};
  };

  explicit ThreadStatistics(size_t commands) : per_command(commands) {}

  // Where the durations of a command's calls are counted. For the thread itself.
  DurationHistogram& DurationsOf(PerCommand& command) {
    // Relaxed: nobody else writes it.
    DurationHistogram* const durations = command.durations.load(std::memory_order_relaxed);
    return durations != nullptr ? *durations : NewDurations(command);
  }

  std::vector<PerCommand> per_command;  // by CommandIndex()
  Counter connections_received;
  Counter connections_rejected;
  Counter bytes_in;
  Counter bytes_out;
  Counter output_limit_disconnections;
  Counter query_limit_disconnections;
  Counter evicted_clients;
  Counter changes;  // to the keyspace

 private:
  DurationHistogram& NewDurations(PerCommand& command);

  std::vector<std::unique_ptr<DurationHistogram>> durations_;  // for the thread itself
};

// The sums over all threads since the last reset.
struct StatisticsTotals {
  std::vector<CommandCounters> per_command;
  uint64_t commands_processed = 0;
  uint64_t connections_received = 0;
  uint64_t connections_rejected = 0;
  uint64_t bytes_in = 0;
  uint64_t bytes_out = 0;
  uint64_t output_limit_disconnections = 0;
  uint64_t query_limit_disconnections = 0;
  uint64_t evicted_clients = 0;
  uint64_t changes = 0;  // never reset
  uint64_t error_replies = 0;
  std::map<std::string, uint64_t, std::less<>> errors;  // by error code, "ERR"
};

// Owns every thread's counters.
// Thread safety: any thread.
class Statistics {
 public:
  explicit Statistics(size_t commands);

  // The counters of a new I/O thread, which live as long as this object.
  ThreadStatistics& AddThread();
  // Counts an error reply by its first word. At most 128 different words are kept, as in Redis.
  void CountError(std::string_view message);

  // What turns the threads' ticks into time.
  const TickCounter& tick_counter() const { return ticks_; }

  StatisticsTotals Totals() const;
  // The durations of a command's calls since the last reset, in ticks.
  DurationDistribution Durations(size_t command) const;
  // Sets all but `changes` to zero: remembers the sums of now as the base of later ones.
  void Reset();

 private:
  StatisticsTotals Sum() const;                             // Requires: mutex_ is held.
  DurationDistribution SumDurations(size_t command) const;  // Requires: mutex_ is held.

  // Constant after construction.
  const size_t commands_;
  const TickCounter ticks_;

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<std::unique_ptr<ThreadStatistics>> threads_;
  std::map<std::string, uint64_t, std::less<>> errors_;
  uint64_t error_replies_ = 0;
  StatisticsTotals base_;
  std::vector<DurationDistribution> base_durations_;  // by CommandIndex()
};

}  // namespace larder
