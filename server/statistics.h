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

#include "server/tick_counter.h"

namespace larder {

// A counter that one thread writes and others read.
class Counter {
 public:
  void Add(uint64_t n) {
    // Only the owner writes, so no read-modify-write is needed; readers may see a slightly old
    // value.
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  uint64_t Get() const {
    return value_.load(std::memory_order_relaxed);
  }  // a statistic, orders nothing

 private:
  std::atomic<uint64_t> value_{0};
};

struct CommandCounters {
  uint64_t calls = 0;
  uint64_t nanoseconds = 0;
  uint64_t rejected = 0;  // refused before the handler ran: arity, authentication, …
  uint64_t failed = 0;    // the handler answered with an error
};

// What one I/O thread counts.
// Thread safety: written by that thread, read by any.
struct ThreadStatistics {
  struct PerCommand {
    Counter calls, ticks, rejected, failed;  // ticks of the TickCounter
  };

  explicit ThreadStatistics(size_t commands) : per_command(commands) {}

  std::vector<PerCommand> per_command;  // by CommandIndex()
  Counter connections_received;
  Counter connections_rejected;
  Counter bytes_in;
  Counter bytes_out;
  Counter output_limit_disconnections;
  Counter query_limit_disconnections;
  Counter evicted_clients;
  Counter changes;  // to the keyspace
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
  // Sets all but `changes` to zero: remembers the sums of now as the base of later ones.
  void Reset();

 private:
  StatisticsTotals Sum() const;  // Requires: mutex_ is held.

  // Constant after construction.
  const size_t commands_;
  const TickCounter ticks_;

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<std::unique_ptr<ThreadStatistics>> threads_;
  std::map<std::string, uint64_t, std::less<>> errors_;
  uint64_t error_replies_ = 0;
  StatisticsTotals base_;
};

}  // namespace larder
