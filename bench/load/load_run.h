// A whole run: the load threads, the progress line, and the processor time of server and generator.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "bench/load/connection_opener.h"
#include "bench/load/cpu_time.h"
#include "bench/load/histogram.h"
#include "bench/load/load_loop.h"
#include "bench/load/reply_checker.h"

namespace larder::bench {

struct RunPlan {
  LoopPlan whole;  // connections, rate and requests are those of all threads together
  uint32_t threads = 1;
  pid_t server_pid = 0;  // 0: the server's processor time is not asked for
  // Called about once a second from the start, with the replies so far; may be empty.
  std::function<void(double seconds, uint64_t replies)> on_progress;
};

// The processor time of a process per request, in microseconds.
struct CpuPerRequest {
  double user_us = 0;
  double kernel_us = 0;
};

struct RunResult {
  Tally tally;
  Histogram latencies;
  double requests_per_second = 0;
  double seconds = 0;
  uint64_t unanswered = 0;
  // Nothing when no request was answered while the processor times were taken.
  std::optional<CpuPerRequest> generator_cpu;
  std::optional<CpuPerRequest> server_cpu;

  bool good() const {
    return tally.errors == 0 && tally.wrong == 0 && tally.lost == 0 && unanswered == 0;
  }
};

// Opens the connections, runs the load, and adds up what the threads found. Returns nothing when
// a connection could not be opened, with `error` saying which.
std::optional<RunResult> RunLoad(const RunPlan& plan, const ConnectionOpener& opener,
                                 const RequestTape& tape, const ValueSource& values,
                                 std::string& error);

}  // namespace larder::bench
