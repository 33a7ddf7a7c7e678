// Options, their checks and their help.
#include "bench/load/options.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <vector>

namespace larder::bench {
namespace {

constexpr const char* kExamples = R"(Examples:
  Set 100,000 keys of 256 bytes, then read them for 10 seconds, 100 requests at a time:
    larder-bench --preload --connections 8 --pipeline 100
  What a cache sees: 10 reads to 1 write, few popular keys, values of many sizes that expire:
    larder-bench --preload --mix get=10,set=1 --keys 1000000 --key-distribution 'zipf(0.99)' \
                 --value-size 64:60,100-1000:35,16384:5 --expire 60-600
  Latency as users feel it, at 50,000 requests per second whatever the server does:
    larder-bench --preload --rate 50000 --connections 100
  A command of your own; __key__ is a key drawn anew, __value__ the value that belongs to it:
    larder-bench --command 'SET __key__ __value__ EX 10' --command 'GET __key__'
  15,000 idle connections held for a minute beside a light load:
    larder-bench --idle 15000 --rate 100 --connections 1 --duration 60

Exit status: 0 when every reply was right; 1 when a reply was an error or wrong, or a connection was
lost; 2 when the options are wrong or the server cannot be reached.)";

// What is given as text and parsed after all options are known.
struct Texts {
  std::string expire;
  std::vector<std::string> commands;
  double duration = 10;
  double warmup = 0;
  size_t tape_mb = 256;
  bool no_check = false;
};

void AddServerOptions(CLI::App& app, Options& options) {
  auto* group = app.add_option_group("Server");
  group->add_option("--host", options.server.host, "Host name or address")->capture_default_str();
  group->add_option("-p,--port", options.server.port, "TCP port")->capture_default_str();
  group->add_option("-s,--socket", options.server.unix_path,
                    "Unix socket, instead of host and port");
  group->add_option("-a,--password", options.server.password, "Password of the default user");
  group->add_option("--db", options.server.database, "Database number")
      ->check(CLI::NonNegativeNumber);
  group->add_flag("-3,--resp3", options.server.resp3, "Speak RESP3 (HELLO 3)");
  group
      ->add_option("--server-pid", options.run.server_pid,
                   "Also report the processor time of this process per request")
      ->check(CLI::PositiveNumber);
}

void AddLoadOptions(CLI::App& app, Options& options, Texts& texts) {
  auto* group = app.add_option_group("Load");
  LoopPlan& plan = options.run.whole;
  group->add_option("-c,--connections", plan.connections, "Connections that send requests")
      ->capture_default_str();
  group->add_option("-P,--pipeline", plan.pipeline, "Requests sent at once on a connection")
      ->check(CLI::Range(1u, 1'000'000u))
      ->capture_default_str();
  group
      ->add_option("-r,--rate", plan.rate,
                   "Open loop: requests per second, latency from the time each was due. Without "
                   "it, a closed loop: a connection waits for its replies before it sends more")
      ->check(CLI::PositiveNumber);
  group->add_option("-d,--duration", texts.duration, "Seconds to measure")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  group->add_option("--warmup", texts.warmup, "Seconds of load before measuring starts")
      ->check(CLI::NonNegativeNumber);
  group->add_option("-n,--requests", plan.requests, "Stop after so many requests, not after a time")
      ->check(CLI::PositiveNumber);
  group->add_option("-t,--threads", options.run.threads, "Threads of the generator")
      ->check(CLI::Range(1u, 256u))
      ->capture_default_str();
  group->add_option("--idle", options.idle_connections,
                    "Hold this many more connections that send one PING and nothing after");
  group->add_flag("--preload", options.preload, "First set all keys, not measured");
  group->add_flag("--preload-only", options.preload_only, "Set all keys and end");
}

void AddRequestOptions(CLI::App& app, Options& options, Texts& texts) {
  auto* group = app.add_option_group("Requests");
  Workload& workload = options.workload;
  group
      ->add_option("-m,--mix", options.mix_text,
                   "Commands and their weights, as get=10,set=1; of get, set, mget, mset, incr, "
                   "del, exists, ping, command (those of --command)")
      ->capture_default_str();
  group
      ->add_option("--command", texts.commands,
                   "A command of your own, with __key__ and __value__; may be repeated")
      ->expected(1)
      ->take_all();
  group->add_option("-k,--keys", workload.key_count, "Number of keys")
      ->check(CLI::Range(uint64_t{1}, uint64_t{UINT32_MAX}))
      ->capture_default_str();
  group->add_option("--key-distribution", options.keys_text, "uniform, zipf(theta) or sequential")
      ->capture_default_str();
  group->add_option("--key-prefix", workload.key_prefix, "What keys start with")
      ->capture_default_str();
  group->add_option("--key-digits", workload.key_digits, "Digits of a key's number, zeros in front")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  group
      ->add_option("--keys-per-request", workload.keys_per_request,
                   "Keys of one MGET, MSET, DEL or EXISTS")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
  group
      ->add_option("--value-size", options.sizes_text,
                   "Bytes: 256, or 100-1000, or 64:80,100-1000:20 with weights")
      ->capture_default_str();
  group->add_option("--expire", texts.expire,
                    "Seconds until what SET writes expires: 60 or 60-600");
  group
      ->add_option("--check-every", options.run.whole.sample,
                   "Compare the bytes of every n-th value; type and length always are")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  group->add_flag(
      "--no-check-values", texts.no_check,
      "The keys were written by somebody else: accept values of any length and content");
  group->add_option("--tape-mb", texts.tape_mb, "Most megabytes of requests to prepare")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  group->add_option("--seed", options.seed, "Seed of the random choices")->capture_default_str();
}

void AddOutputOptions(CLI::App& app, Options& options) {
  auto* group = app.add_option_group("Output");
  group->add_option("--json", options.json, "Write the results as JSON to a file, or - for stdout");
  group->add_flag("--progress,!--no-progress", options.progress,
                  "A line every second on stderr (default: when it is a terminal)");
}

bool ParseCommands(Options& options, const Texts& texts, std::string& error) {
  Workload& workload = options.workload;
  for (const std::string& text : texts.commands) {
    if (!ParseCommand(text, workload.commands.emplace_back(), error)) return false;
  }
  bool mixed_in = false;
  for (const MixPart& part : workload.mix)
    mixed_in |= part.kind == CommandKind::kCommand;
  if (mixed_in && workload.commands.empty()) {
    error = "the mix names 'command', but there is no --command";
    return false;
  }
  if (!mixed_in && !workload.commands.empty()) {
    // A --command alone is the whole load.
    if (options.mix_text != "get") {
      error = "--command is given, but the mix does not name 'command'";
      return false;
    }
    workload.mix = {{CommandKind::kCommand, 1}};
    options.mix_text = "command";
  }
  return true;
}

// Parses what was given as text and checks what one option says about another.
bool Finish(Options& options, const Texts& texts, std::string& error) {
  Workload& workload = options.workload;
  LoopPlan& plan = options.run.whole;
  if (!ParseMix(options.mix_text, workload.mix, error)) return false;
  if (!ParseCommands(options, texts, error)) return false;
  if (!SizeDistribution::Parse(options.sizes_text, options.value_sizes, error)) return false;
  if (!texts.expire.empty() && !ParseExpire(texts.expire, workload.expire, error)) return false;
  if (!KeyDistribution::Parse(options.keys_text, workload.keys)) {
    error = "'" + options.keys_text +
            "' is not a key distribution: uniform, zipf, zipf(theta) with "
            "0 < theta < 10, or sequential";
    return false;
  }
  if (plan.connections == 0 && options.idle_connections == 0) {
    error = "--connections 0 leaves nothing to do without --idle";
    return false;
  }
  if (plan.connections > 0 && options.run.threads > plan.connections) {
    error = "there are more --threads than --connections";
    return false;
  }
  if (plan.requests > 0 && texts.warmup > 0) {
    error = "--warmup and --requests exclude each other";
    return false;
  }
  workload.check_values = !texts.no_check;
  plan.duration_ns = plan.requests > 0 ? 0 : static_cast<uint64_t>(texts.duration * 1e9);
  plan.warmup_ns = static_cast<uint64_t>(texts.warmup * 1e9);
  options.tape_bytes = texts.tape_mb * 1024 * 1024;
  return true;
}

}  // namespace

bool ParseOptions(int argc, char** argv, Options& out, int& exit_status) {
  CLI::App app("larder-bench: load for any server that speaks the Redis protocol");
  app.footer(kExamples);
  app.get_formatter()->column_width(34);
  Texts texts;
  out.progress = isatty(STDERR_FILENO) != 0;
  AddServerOptions(app, out);
  AddLoadOptions(app, out, texts);
  AddRequestOptions(app, out, texts);
  AddOutputOptions(app, out);
  try {
    app.parse(argc, argv);
    std::string error;
    if (!Finish(out, texts, error)) throw CLI::ValidationError(error);
  } catch (const CLI::ParseError& problem) {
    exit_status = app.exit(problem) == 0 ? 0 : 2;
    return false;
  }
  return true;
}

}  // namespace larder::bench
