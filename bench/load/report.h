// What a run found, for people and for programs.
#pragma once

#include <string>

#include "bench/load/load_run.h"
#include "bench/load/options.h"

namespace larder::bench {

// Some lines of text.
std::string HumanReport(const Options& options, const RunResult& result);

// One JSON object; times in microseconds, sizes in bytes.
std::string JsonReport(const Options& options, const RunResult& result);

}  // namespace larder::bench
