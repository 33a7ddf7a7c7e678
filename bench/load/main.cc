// larder-bench: a load generator for servers that speak the Redis protocol.
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "bench/load/connection_opener.h"
#include "bench/load/load_run.h"
#include "bench/load/options.h"
#include "bench/load/report.h"

namespace larder::bench {
namespace {

constexpr int kBadReplies = 1;
constexpr int kCannotRun = 2;

int Fail(const std::string& error) {
  std::fprintf(stderr, "larder-bench: %s\n", error.c_str());
  return kCannotRun;
}

bool PreloadKeys(const Options& options, const ConnectionOpener& opener, const ValueSource& values,
                 std::string& error) {
  const uint64_t all = options.workload.key_count;
  uint64_t shown_at = Now();
  auto progress = [&](uint64_t done) {
    static constexpr uint64_t kBetweenLines = 500'000'000;
    if (!options.progress || Now() - shown_at < kBetweenLines) return;
    shown_at = Now();
    std::fprintf(stderr, "\r  preload %.0f %%   ", 100.0 * static_cast<double>(done) / all);
  };
  return Preload(opener, options.workload, values, progress, error);
}

// Shows the rate of the last second in place of the one before.
void ShowProgress(RunPlan& plan) {
  plan.on_progress = [last_seconds = 0.0, last_replies = uint64_t{0}](double seconds,
                                                                      uint64_t replies) mutable {
    double rate = static_cast<double>(replies - last_replies) / (seconds - last_seconds);
    std::fprintf(stderr, "\r  %.0f s   %.0f requests/s      ", seconds, rate);
    last_seconds = seconds;
    last_replies = replies;
  };
}

int Report(const Options& options, const RunResult& result) {
  if (options.progress) std::fputs("\r\033[K", stderr);
  if (options.json != "-") std::fputs(HumanReport(options, result).c_str(), stdout);
  if (options.json == "-") {
    std::fputs(JsonReport(options, result).c_str(), stdout);
  } else if (!options.json.empty()) {
    std::ofstream file(options.json);
    file << JsonReport(options, result);
    if (!file.flush()) return Fail("cannot write " + options.json);
  }
  return result.good() ? 0 : kBadReplies;
}

int Main(int argc, char** argv) {
  Options options;
  int exit_status = 0;
  if (!ParseOptions(argc, argv, options, exit_status)) return exit_status;
  std::string error;
  uint64_t connections = options.run.whole.connections + options.idle_connections;
  if (!AllowConnections(connections, error)) return Fail(error);

  const ValueSource values(options.value_sizes);
  const ConnectionOpener opener(options.server, values);
  if (options.preload || options.preload_only) {
    if (!PreloadKeys(options, opener, values, error)) return Fail(error);
    if (options.preload_only) return 0;
  }
  const RequestTape tape =
      BuildLoadTape(options.workload, values, options.tape_bytes, options.seed);
  std::vector<Socket> idle;
  if (!opener.OpenMany(options.idle_connections, idle, error)) return Fail(error);
  if (options.progress) ShowProgress(options.run);
  std::optional<RunResult> result = RunLoad(options.run, opener, tape, values, error);
  if (!result) return Fail(error);
  return Report(options, *result);
}

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  return larder::bench::Main(argc, argv);
}
