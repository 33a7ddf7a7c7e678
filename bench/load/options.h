// The command line of larder-bench.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "bench/load/load_run.h"
#include "bench/load/server_address.h"
#include "bench/load/value_source.h"
#include "bench/load/workload.h"

namespace larder::bench {

struct Options {
  ServerAddress server;
  Workload workload;
  SizeDistribution value_sizes;
  RunPlan run;
  bool preload = false;
  bool preload_only = false;
  uint64_t idle_connections = 0;
  size_t tape_bytes = 0;
  uint64_t seed = 1;
  std::string json;  // a file, or - for standard output; empty: no JSON
  bool progress = false;

  // As they were written, for the report.
  std::string mix_text = "get";
  std::string keys_text = "uniform";
  std::string sizes_text = "256";
};

// Parses the command line. Returns true when there is something to run; otherwise help or an error
// was printed and the program ends with `exit_status`.
bool ParseOptions(int argc, char** argv, Options& out, int& exit_status);

}  // namespace larder::bench
