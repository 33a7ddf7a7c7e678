// larder-replay: plays a trace of accesses against a server that speaks the Redis protocol, GET and
// on a miss SET, and tells the miss ratio.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "bench/load/connection_opener.h"
#include "bench/replay/replay_client.h"
#include "bench/trace_file.h"
#include "bench/trace_generators.h"

namespace larder::bench {
namespace {

constexpr int kBadReplies = 1;
constexpr int kCannotRun = 2;

constexpr const char* kExamples = R"(Examples:
  A recorded trace, a line for each request: an id, or an id and a size as id,size:
    larder-replay --port 6379 --trace web07.txt.gz
  One that is made up, of 100,000 objects whose popularity changes, and sizes from 100 to 4,000:
    larder-replay --generate drift:requests=2000000,ids=100000,size=100-4000
  The same trace as a file:
    larder-replay --generate drift:requests=2000000,ids=100000 --write-trace drift.txt

Exit status: 0 when every reply was right; 1 when a SET was refused or a value was wrong; 2 when the
options are wrong, the trace cannot be read, or the connection was lost.)";

struct Options {
  ServerAddress server;
  ReplayPlan plan;
  std::string trace;
  std::string recipe;
  std::string write_trace;
  std::string json;
};

int Fail(const std::string& error) {
  std::fprintf(stderr, "larder-replay: %s\n", error.c_str());
  return kCannotRun;
}

void AddOptions(CLI::App& app, Options& options) {
  app.add_option("--host", options.server.host, "Host name or address")->capture_default_str();
  app.add_option("-p,--port", options.server.port, "TCP port")->capture_default_str();
  app.add_option("-s,--socket", options.server.unix_path, "Unix socket, instead of host and port");
  app.add_option("-a,--password", options.server.password, "Password of the default user");
  app.add_option("--db", options.server.database, "Database number")->check(CLI::NonNegativeNumber);
  auto* trace = app.add_option("-t,--trace", options.trace,
                               "File with an id, or id,size, in each line; may end in .gz; - for "
                               "standard input");
  app.add_option("-g,--generate", options.recipe,
                 std::string("Make the trace up: ") + kTraceRecipeHelp)
      ->excludes(trace);
  app.add_option("--write-trace", options.write_trace,
                 "Write the trace to a file instead of playing it");
  app.add_option("--value-size", options.plan.value_size, "Bytes of values whose size is not said")
      ->check(CLI::Range(1, 512 * 1024 * 1024))
      ->capture_default_str();
  app.add_option("--key-prefix", options.plan.key_prefix, "What keys start with; the id follows")
      ->capture_default_str();
  app.add_option("-P,--pipeline", options.plan.pipeline,
                 "GETs sent at once, at most; fewer where an id comes again")
      ->check(CLI::Range(1u, 100'000u))
      ->capture_default_str();
  app.add_option("--json", options.json, "Write the result as JSON to a file, or - for stdout");
}

std::optional<Trace> TraceOf(const Options& options, std::string& error) {
  if (!options.trace.empty()) return ReadTrace(options.trace, error);
  const std::optional<TraceRecipe> recipe = TraceRecipe::Parse(options.recipe, error);
  if (!recipe) return std::nullopt;
  return GenerateTrace(*recipe);
}

int WriteTrace(const std::string& path, const Trace& trace) {
  std::ofstream file(path);
  for (const TraceRequest& request : trace) {
    file << request.id;
    if (request.size != 0) file << ',' << request.size;
    file << '\n';
  }
  return file.flush() ? 0 : Fail("cannot write " + path);
}

std::string JsonReport(const TraceExtent& extent, const ReplayResult& result) {
  char text[1024];
  const int size =
      std::snprintf(text, sizeof text,
                    "{\"requests\": %" PRIu64 ", \"misses\": %" PRIu64
                    ", \"miss_ratio\": %.6f, \"byte_miss_ratio\": %.6f, \"ids\": %" PRIu64
                    ", \"bytes_of_ids\": %" PRIu64 ", \"refused\": %" PRIu64 ", \"wrong\": %" PRIu64
                    ", \"seconds\": %.3f}\n",
                    result.requests, result.misses, result.miss_ratio(), result.byte_miss_ratio(),
                    extent.ids, extent.bytes, result.refused, result.wrong, result.seconds);
  return std::string(text, static_cast<size_t>(size));
}

void PrintReport(const Options& options, const TraceExtent& extent, const ReplayResult& result) {
  std::printf("%s: %" PRIu64 " requests for %" PRIu64 " objects of together %.1f MB, in %.2f s\n",
              options.server.ToString().c_str(), result.requests, extent.ids,
              static_cast<double>(extent.bytes) / 1e6, result.seconds);
  std::printf("  %" PRIu64 " misses: miss ratio %.4f (of bytes %.4f)\n", result.misses,
              result.miss_ratio(), result.byte_miss_ratio());
  if (result.refused + result.wrong > 0) {
    std::printf("  PROBLEMS: %" PRIu64 " SETs refused, %" PRIu64 " wrong values; the first: %s\n",
                result.refused, result.wrong, result.first_problem.c_str());
  }
}

int Report(const Options& options, const TraceExtent& extent, const ReplayResult& result) {
  if (options.json == "-") {
    std::fputs(JsonReport(extent, result).c_str(), stdout);
  } else {
    PrintReport(options, extent, result);
    if (!options.json.empty()) {
      std::ofstream file(options.json);
      file << JsonReport(extent, result);
      if (!file.flush()) return Fail("cannot write " + options.json);
    }
  }
  return result.refused + result.wrong == 0 ? 0 : kBadReplies;
}

int Replay(const Options& options, const Trace& trace) {
  uint32_t largest = options.plan.value_size;
  for (const TraceRequest& request : trace)
    largest = std::max(largest, request.size);
  std::string error;
  SizeDistribution sizes;
  if (!SizeDistribution::Parse(std::to_string(largest), sizes, error)) return Fail(error);
  const ValueSource values(std::move(sizes));
  Socket socket = ConnectionOpener(options.server, values).Open(error);
  if (!socket.open()) return Fail(error);
  ReplayClient client(std::move(socket), options.plan, values);
  ReplayResult result;
  if (!client.Run(trace, result, error)) return Fail(error);
  return Report(options, ExtentOf(trace, options.plan.value_size), result);
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("larder-replay: the miss ratio of a cache server under a trace of accesses");
  app.footer(kExamples);
  app.get_formatter()->column_width(34);
  AddOptions(app, options);
  try {
    app.parse(argc, argv);
    if (options.trace.empty() && options.recipe.empty()) {
      throw CLI::ValidationError("one of --trace and --generate is needed");
    }
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : kCannotRun;
  }
  std::string error;
  const std::optional<Trace> trace = TraceOf(options, error);
  if (!trace) return Fail(error);
  if (!options.write_trace.empty()) return WriteTrace(options.write_trace, *trace);
  return Replay(options, *trace);
}

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  return larder::bench::Main(argc, argv);
}
