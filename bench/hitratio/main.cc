// Which policy misses least in the same memory?
//
// Replays a trace, GET and on a miss SET, against the storage of the server itself (its shards,
// entries, index, limit and policy, without sockets), and against simple models of other policies.
// A cache of share s may hold s times the bytes of all objects of the trace; for the storage, what
// an empty keyspace takes is added, and all overhead has to fit in. Build and run it:
//
//   ninja hitratio-sim && ./hitratio-sim --trace web07.txt --shares 0.05,0.1,0.25 --csv
//   ./hitratio-sim --generate zipf --policies allkeys-s3fifo,allkeys-lru,lru,belady
//
// Traces have one id, or "id,bytes", on each line; made-up ones are those of larder-replay.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/hitratio/numbered_trace.h"
#include "bench/hitratio/reference_caches.h"
#include "bench/hitratio/storage_cache.h"
#include "bench/trace_generators.h"

namespace larder::hitratio {
namespace {

struct Options {
  std::string trace;
  std::string generate;
  std::vector<double> shares = {0.01, 0.05, 0.1, 0.25};
  std::vector<std::string> policies = {"allkeys-s3fifo", "allkeys-lru", "allkeys-lfu", "lru", "lfu",
                                       "sieve",          "wtinylfu",    "belady"};
  uint32_t value_bytes = 1024;
  size_t shards = 16;
  bool csv = false;
};

Options ReadOptions(int argc, char** argv, int& exit_code) {
  Options options;
  CLI::App app("Compares the miss ratios of eviction policies over a trace");
  auto* trace = app.add_option("--trace", options.trace, "File with an id, or id,bytes, per line");
  auto* generate =
      app.add_option("--generate", options.generate,
                     std::string("A made-up trace instead: ") + bench::kTraceRecipeHelp);
  trace->excludes(generate);
  app.add_option("--shares", options.shares, "Sizes of the cache, as shares of all bytes")
      ->delimiter(',')
      ->check(CLI::Range(1e-6, 1.0));
  std::vector<std::string> names;
  for (const std::string_view name : StorageNames())
    names.emplace_back(name);
  for (const std::string_view name : ReferenceNames())
    names.emplace_back(name);
  app.add_option("--policies", options.policies,
                 "Policies of the server by their names, or models: lru, lfu, sieve, s3fifo, "
                 "wtinylfu, belady")
      ->delimiter(',')
      ->check(CLI::IsMember(names));
  app.add_option("--value-size", options.value_bytes, "Bytes of a value where the trace has none")
      ->check(CLI::Range(1u, 1u << 30));
  app.add_option("--shards", options.shards, "Shards of the keyspace, a power of two");
  app.add_flag("--csv", options.csv, "Print comma-separated values with a header");
  try {
    app.parse(argc, argv);
    if (options.trace.empty() == options.generate.empty()) {
      throw CLI::RequiredError("--trace or --generate");
    }
    exit_code = -1;
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error);
  }
  return options;
}

// Throws std::runtime_error when there is no such trace.
bench::Trace Load(const Options& options) {
  std::string error;
  if (!options.trace.empty()) {
    if (auto trace = bench::ReadTrace(options.trace, error)) return std::move(*trace);
  } else if (const auto recipe = bench::TraceRecipe::Parse(options.generate, error)) {
    return bench::GenerateTrace(*recipe);
  }
  throw std::runtime_error(error);
}

double MissRatio(Cache& cache, const NumberedTrace& trace) {
  size_t misses = 0;
  for (size_t i = 0; i < trace.accesses.size(); ++i)
    misses += !cache.Request(i);
  return static_cast<double>(misses) / static_cast<double>(trace.accesses.size());
}

void Run(const Options& options) {
  const NumberedTrace trace = Number(Load(options), options.value_bytes);
  const std::string name = options.trace.empty()
                               ? options.generate.substr(0, options.generate.find(':'))
                               : options.trace.substr(options.trace.rfind('/') + 1);
  if (options.csv) {
    std::puts("trace,requests,objects,share,policy,miss_ratio");
  } else {
    std::printf("%s: %zu requests for %zu objects\n", name.c_str(), trace.accesses.size(),
                trace.keys.size());
  }
  for (const double share : options.shares) {
    const auto capacity = static_cast<uint64_t>(share * static_cast<double>(trace.unique_bytes));
    for (const std::string& policy : options.policies) {
      auto cache = MakeStorage(policy, trace, capacity, options.shards);
      if (cache == nullptr) cache = MakeReference(policy, trace, capacity);
      const double ratio = MissRatio(*cache, trace);
      if (options.csv) {
        std::printf("%s,%zu,%zu,%g,%s,%.5f\n", name.c_str(), trace.accesses.size(),
                    trace.keys.size(), share, policy.c_str(), ratio);
      } else {
        std::printf("  %6g  %-16s %.4f\n", share, policy.c_str(), ratio);
      }
      std::fflush(stdout);
    }
  }
}

}  // namespace
}  // namespace larder::hitratio

int main(int argc, char** argv) {
  int exit_code = -1;
  const auto options = larder::hitratio::ReadOptions(argc, argv, exit_code);
  if (exit_code >= 0) return exit_code;
  try {
    larder::hitratio::Run(options);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "hitratio-sim: %s\n", error.what());
    return 1;
  }
}
