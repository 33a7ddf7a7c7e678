// Formatting of results.
#include "bench/load/report.h"

#include <cinttypes>
#include <cstdarg>
#include <cstdio>

namespace larder::bench {
namespace {

struct NamedPercentile {
  const char* name;
  double percent;
};
constexpr NamedPercentile kPercentiles[] = {
    {"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99.9", 99.9}, {"p99.99", 99.99}};

__attribute__((format(printf, 2, 3))) void Append(std::string& out, const char* format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  int size = vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  out.append(line, std::min<size_t>(size, sizeof(line) - 1));
}

// 1234567 as 1,234,567.
std::string Grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3; at -= 3)
    digits.insert(at - 3, 1, ',');
  return digits;
}

std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) {
      Append(out, "\\u%04x", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

double Microseconds(uint64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / 1e3;
}

void AppendCpuLine(std::string& out, const char* whose, const std::optional<CpuPerRequest>& cpu) {
  if (!cpu) return;
  Append(out, "  %s CPU: %.3f us per request (%.3f user, %.3f kernel)\n", whose,
         cpu->user_us + cpu->kernel_us, cpu->user_us, cpu->kernel_us);
}

void AppendCpuField(std::string& out, const char* name, const std::optional<CpuPerRequest>& cpu) {
  if (!cpu) return;
  Append(out, "  \"%s\": {\"user\": %.5f, \"kernel\": %.5f},\n", name, cpu->user_us,
         cpu->kernel_us);
}

void AppendProblems(std::string& out, const RunResult& result) {
  if (result.good()) return;
  Append(out,
         "  PROBLEMS: %s errors, %s wrong replies, %s connections lost, %s requests unanswered\n",
         Grouped(result.tally.errors).c_str(), Grouped(result.tally.wrong).c_str(),
         Grouped(result.tally.lost).c_str(), Grouped(result.unanswered).c_str());
  if (!result.tally.first_problem.empty()) {
    out += "  the first: " + result.tally.first_problem + "\n";
  }
}

void AppendHeading(std::string& out, const Options& options) {
  const LoopPlan& plan = options.run.whole;
  out += options.server.ToString() + ": " + Grouped(plan.connections) + " connections";
  if (options.idle_connections > 0) out += " and " + Grouped(options.idle_connections) + " idle";
  Append(out, ", pipeline %u, ", plan.pipeline);
  if (plan.rate > 0) {
    Append(out, "open loop at %.0f requests/s\n", plan.rate);
  } else {
    out += "closed loop\n";
  }
  out += "  " + options.mix_text + "; " + Grouped(options.workload.key_count) + " keys, " +
         options.keys_text + "; values of " + options.sizes_text + " bytes\n";
}

}  // namespace

std::string HumanReport(const Options& options, const RunResult& result) {
  const Tally& tally = result.tally;
  std::string out;
  AppendHeading(out, options);
  Append(out, "  %s requests/s (%s in %.2f s; %.1f MB/s out, %.1f MB/s in)\n",
         Grouped(static_cast<uint64_t>(result.requests_per_second)).c_str(),
         Grouped(tally.replies).c_str(), result.seconds,
         static_cast<double>(tally.bytes_out) / 1e6 / result.seconds,
         static_cast<double>(tally.bytes_in) / 1e6 / result.seconds);
  Append(out, "  latency in us: mean %.1f", result.latencies.mean() / 1e3);
  for (const NamedPercentile& p : kPercentiles) {
    Append(out, ", %s %.1f", p.name, Microseconds(result.latencies.Percentile(p.percent)));
  }
  Append(out, ", max %.1f\n", Microseconds(result.latencies.max()));
  if (uint64_t reads = tally.hits + tally.misses; reads > 0) {
    Append(out, "  values read: %s, %.2f %% hits; content of %s compared\n", Grouped(reads).c_str(),
           100.0 * static_cast<double>(tally.hits) / static_cast<double>(reads),
           Grouped(tally.checked).c_str());
  }
  AppendCpuLine(out, "server", result.server_cpu);
  AppendCpuLine(out, "generator", result.generator_cpu);
  AppendProblems(out, result);
  return out;
}

std::string JsonReport(const Options& options, const RunResult& result) {
  const LoopPlan& plan = options.run.whole;
  const Tally& tally = result.tally;
  std::string out = "{\n";
  out += "  \"server\": " + Quoted(options.server.ToString()) + ",\n";
  Append(out, "  \"connections\": %u, \"idle_connections\": %" PRIu64 ", \"pipeline\": %u,\n",
         plan.connections, options.idle_connections, plan.pipeline);
  Append(out, "  \"loop\": \"%s\", \"rate\": %.1f,\n", plan.rate > 0 ? "open" : "closed",
         plan.rate);
  out += "  \"mix\": " + Quoted(options.mix_text) + ",\n";
  Append(out, "  \"keys\": %" PRIu64 ", \"key_distribution\": %s, \"value_size\": %s,\n",
         options.workload.key_count, Quoted(options.keys_text).c_str(),
         Quoted(options.sizes_text).c_str());
  Append(out, "  \"seconds\": %.4f, \"requests\": %" PRIu64 ", \"requests_per_second\": %.1f,\n",
         result.seconds, tally.replies, result.requests_per_second);
  Append(out, "  \"bytes_in\": %" PRIu64 ", \"bytes_out\": %" PRIu64 ",\n", tally.bytes_in,
         tally.bytes_out);
  Append(out, "  \"latency_us\": {\"mean\": %.3f, \"min\": %.3f", result.latencies.mean() / 1e3,
         Microseconds(result.latencies.min()));
  for (const NamedPercentile& p : kPercentiles) {
    Append(out, ", \"%s\": %.3f", p.name, Microseconds(result.latencies.Percentile(p.percent)));
  }
  Append(out, ", \"max\": %.3f},\n", Microseconds(result.latencies.max()));
  AppendCpuField(out, "server_cpu_us", result.server_cpu);
  AppendCpuField(out, "generator_cpu_us", result.generator_cpu);
  out += "  \"by_command\": {";
  bool first = true;
  for (size_t kind = 0; kind < kCommandKinds; ++kind) {
    if (tally.by_kind[kind] == 0) continue;
    Append(out, "%s\"%s\": %" PRIu64, first ? "" : ", ",
           std::string(NameOf(static_cast<CommandKind>(kind))).c_str(), tally.by_kind[kind]);
    first = false;
  }
  Append(out, "},\n  \"hits\": %" PRIu64 ", \"misses\": %" PRIu64 ", \"checked\": %" PRIu64 ",\n",
         tally.hits, tally.misses, tally.checked);
  Append(out,
         "  \"errors\": %" PRIu64 ", \"wrong\": %" PRIu64 ", \"lost\": %" PRIu64
         ", \"unanswered\": %" PRIu64 ",\n",
         tally.errors, tally.wrong, tally.lost, result.unanswered);
  return out + "  \"first_problem\": " + Quoted(tally.first_problem) + "\n}\n";
}

}  // namespace larder::bench
