// The sections and fields of INFO: a row for each, with how it is written. Names and order are
// Redis's; what is not measured has no row.
#include "server/commands/info_table.h"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <string>

#include "protocol/number.h"
#include "server/command_table.h"
#include "server/commands/info_persistence.h"
#include "server/commands/key_reports.h"
#include "server/process_facts.h"
#include "server/version.h"

namespace larder {
namespace {

using Source = InfoSource;
using Writer = InfoWriter;

constexpr double kKilobyte = 1024;

int64_t UptimeSeconds(const Source& source) {
  constexpr int64_t kMicroseconds = 1000000;
  return (source.server.clock.MonotonicUs() - source.server.started_us) / kMicroseconds;
}

std::string OperatingSystem() {
  utsname system{};
  uname(&system);
  return std::string(system.sysname) + " " + system.release + " " + system.machine;
}

rusage Usage(int who) {
  rusage usage{};
  getrusage(who, &usage);
  return usage;
}

MemoryLimit::ExceededTime Exceeded(const Source& source) {
  return source.server.memory.exceeded(source.server.clock.MonotonicUs());
}

void WriteCommandStats(const Source& source, Writer& info) {
  for (const CommandSpec& spec : AllCommands()) {
    const CommandCounters& counters = source.statistics.per_command[CommandIndex(spec)];
    if (counters.calls == 0 && counters.rejected == 0 && counters.failed == 0) continue;
    const double per_call = counters.calls == 0 ? 0
                                                : static_cast<double>(counters.nanoseconds) / 1000 /
                                                      static_cast<double>(counters.calls);
    info.Line("cmdstat_" + std::string(spec.name),
              "calls=" + std::to_string(counters.calls) +
                  ",usec=" + std::to_string(counters.nanoseconds / 1000) +
                  ",usec_per_call=" + WithTwoDecimals(per_call) +
                  ",rejected_calls=" + std::to_string(counters.rejected) +
                  ",failed_calls=" + std::to_string(counters.failed));
  }
}

void WriteErrorStats(const Source& source, Writer& info) {
  for (const auto& [word, count] : source.statistics.errors) {
    info.Line("errorstat_" + word, "count=" + std::to_string(count));
  }
}

std::string PercentilesOf(const Source& source, const DurationDistribution& durations) {
  const TickCounter& ticks = source.server.statistics.tick_counter();
  std::string text;
  for (const double percent : source.settings.latency_tracking_info_percentiles) {
    std::array<char, kMaxDoubleChars> name;
    const double us = static_cast<double>(ticks.Nanoseconds(durations.Percentile(percent))) / 1000;
    if (!text.empty()) text += ',';
    text += 'p';
    text.append(name.data(), FormatDouble(percent, name.data()));
    text += '=' + WithThreeDecimals(us);
  }
  return text;
}

void WriteLatencyStats(const Source& source, Writer& info) {
  if (!source.settings.latency_tracking) return;
  for (const CommandSpec& spec : AllCommands()) {
    const DurationDistribution durations = source.server.statistics.Durations(CommandIndex(spec));
    if (durations.total() == 0) continue;
    info.Line("latency_percentiles_usec_" + std::string(spec.name),
              PercentilesOf(source, durations));
  }
}

void WriteDatabases(const Source& source, Writer& info) {
  for (size_t i = 0; i < source.keyspace.databases.size(); ++i) {
    const KeyspaceFigures::Database& database = source.keyspace.databases[i];
    if (database.keys == 0) continue;
    info.Line("db" + std::to_string(i), "keys=" + std::to_string(database.keys) +
                                            ",expires=" + std::to_string(database.expiring) +
                                            ",avg_ttl=" + std::to_string(database.mean_ttl_ms()) +
                                            ",subexpiry=0");
  }
}

// clang-format off: a row is a name, a unit, a meaning, and how it is written
constexpr InfoField kServerFields[] = {
    {"redis_version", "", "The version of Redis whose behaviour clients may expect.",
     [](const Source&, Writer& info) { info.Text(kRedisVersion); }},
    {"larder_version", "", "The version of this server.",
     [](const Source&, Writer& info) { info.Text(kLarderVersion); }},
    {"redis_mode", "", "Always `standalone`: there is no cluster and no sentinel.",
     [](const Source&, Writer& info) { info.Text("standalone"); }},
    {"os", "", "The operating system, its release and the processor's architecture.",
     [](const Source&, Writer& info) { info.Text(OperatingSystem()); }},
    {"arch_bits", "bits", "The size of an address.",
     [](const Source&, Writer& info) { info.Number(8 * sizeof(void*)); }},
    {"multiplexing_api", "", "How the server learns which sockets are ready.",
     [](const Source&, Writer& info) { info.Text("epoll"); }},
    {"gcc_version", "", "The version of the compiler that built the server.",
     [](const Source&, Writer& info) { info.Text(__VERSION__); }},
    {"process_id", "", "The number of the process.",
     [](const Source&, Writer& info) { info.Number(getpid()); }},
    {"run_id", "", "40 hexadecimal digits, new for each start of the server.",
     [](const Source& source, Writer& info) { info.Text(source.server.run_id); }},
    {"tcp_port", "", "The port that the server listens on; 0: none.",
     [](const Source& source, Writer& info) { info.Number(source.settings.port); }},
    {"server_time_usec", "microseconds", "The time of day, since the beginning of 1970.",
     [](const Source& source, Writer& info) { info.Number(source.server.clock.NowUs()); }},
    {"uptime_in_seconds", "seconds", "How long the server has been running.",
     [](const Source& source, Writer& info) { info.Number(UptimeSeconds(source)); }},
    {"uptime_in_days", "days", "The same in whole days.",
     [](const Source& source, Writer& info) {
       info.Number(UptimeSeconds(source) / (24 * 60 * 60));
     }},
    {"executable", "", "The path of the program.",
     [](const Source&, Writer& info) { info.Text(ExecutablePath()); }},
    {"config_file", "", "The path of the configuration file; empty: none.",
     [](const Source& source, Writer& info) { info.Text(source.server.settings.config_file()); }},
    {"io_threads_active", "", "1 if several threads serve clients, else 0.",
     [](const Source& source, Writer& info) { info.Number(source.server.io_threads > 1); }},
    {"larder_io_threads", "threads", "How many threads serve clients.",
     [](const Source& source, Writer& info) { info.Number(source.server.io_threads); }},
    {"larder_shards", "shards", "How many parts, each with a lock, the keys are spread over.",
     [](const Source& source, Writer& info) { info.Number(source.c.keyspace.shard_count()); }},
};

constexpr InfoField kClientsFields[] = {
    {"connected_clients", "clients", "Connections that are open.",
     [](const Source& source, Writer& info) { info.Number(source.server.clients.size()); }},
    {"maxclients", "clients", "The setting of that name.",
     [](const Source& source, Writer& info) { info.Number(source.settings.maxclients); }},
    {"client_recent_max_input_buffer", "bytes", "The largest input buffer of a connection, now.",
     [](const Source& source, Writer& info) { info.Number(source.clients.largest_input); }},
    {"client_recent_max_output_buffer", "bytes", "The largest output buffer of a connection, now.",
     [](const Source& source, Writer& info) { info.Number(source.clients.largest_output); }},
    {"blocked_clients", "clients", "Connections that wait for the end of a CLIENT PAUSE.",
     [](const Source& source, Writer& info) { info.Number(source.clients.held); }},
    {"tracking_clients", "clients", "Connections that are told of keys that change.",
     [](const Source& source, Writer& info) {
       info.Number(source.server.tracking.figures().clients);
     }},
    {"watching_clients", "clients", "Connections that WATCH keys.",
     [](const Source& source, Writer& info) { info.Number(source.clients.watching); }},
};

constexpr InfoField kMemoryFields[] = {
    {"used_memory", "bytes",
     "What keys, values, their index and the clients' buffers take; what "
     "`maxmemory` limits.",
     [](const Source& source, Writer& info) { info.Number(source.memory.used); }},
    {"used_memory_human", "", "The same for people.",
     [](const Source& source, Writer& info) { info.HumanBytes(source.memory.used); }},
    {"used_memory_rss", "bytes", "What of the process lies in physical memory.",
     [](const Source& source, Writer& info) { info.Number(source.memory.resident); }},
    {"used_memory_rss_human", "", "The same for people.",
     [](const Source& source, Writer& info) { info.HumanBytes(source.memory.resident); }},
    {"used_memory_peak", "bytes",
     "The most that `used_memory` has been, looked at every tenth of a "
     "second.",
     [](const Source& source, Writer& info) { info.Number(source.memory.peak); }},
    {"used_memory_peak_human", "", "The same for people.",
     [](const Source& source, Writer& info) { info.HumanBytes(source.memory.peak); }},
    {"used_memory_peak_perc", "percent", "`used_memory` as a part of its peak.",
     [](const Source& source, Writer& info) {
       info.Percent(source.memory.used, source.memory.peak);
     }},
    {"used_memory_overhead", "bytes",
     "What of `used_memory` is not keys and values: the index, "
     "timers, queues of eviction and buffers.",
     [](const Source& source, Writer& info) { info.Number(source.memory.overhead); }},
    {"used_memory_startup", "bytes", "What `used_memory` was when the server started.",
     [](const Source& source, Writer& info) { info.Number(source.memory.startup); }},
    {"used_memory_dataset", "bytes", "What keys and values take.",
     [](const Source& source, Writer& info) { info.Number(source.memory.dataset()); }},
    {"used_memory_dataset_perc", "percent", "The same, as a part of what was used since the start.",
     [](const Source& source, Writer& info) {
       info.Percent(source.memory.dataset(), source.memory.used_since_startup());
     }},
    {"allocator_allocated", "bytes", "What entries take of the memory that the server deals out.",
     [](const Source& source, Writer& info) { info.Number(source.memory.allocated); }},
    {"allocator_active", "bytes", "The same with the room between entries.",
     [](const Source& source, Writer& info) { info.Number(source.memory.active); }},
    {"allocator_resident", "bytes", "The same with free pages that are kept for reuse.",
     [](const Source& source, Writer& info) { info.Number(source.memory.held); }},
    {"total_system_memory", "bytes", "The machine's physical memory.",
     [](const Source&, Writer& info) { info.Number(SystemMemory()); }},
    {"total_system_memory_human", "", "The same for people.",
     [](const Source&, Writer& info) { info.HumanBytes(SystemMemory()); }},
    {"maxmemory", "bytes", "The limit in force; 0: none.",
     [](const Source& source, Writer& info) { info.Number(source.c.keyspace.budget().limit()); }},
    {"maxmemory_human", "", "The same for people.",
     [](const Source& source, Writer& info) {
       info.HumanBytes(source.c.keyspace.budget().limit());
     }},
    {"maxmemory_policy", "", "The setting `maxmemory-policy`.",
     [](const Source& source, Writer& info) {
       info.Text(kEvictionPolicyWords[static_cast<size_t>(source.settings.maxmemory_policy)]);
     }},
    {"allocator_frag_ratio", "", "`allocator_active` in relation to `allocator_allocated`.",
     [](const Source& source, Writer& info) { info.Decimal(source.memory.slack().ratio); }},
    {"allocator_frag_bytes", "bytes", "Their difference.",
     [](const Source& source, Writer& info) { info.Number(source.memory.slack().bytes); }},
    {"allocator_rss_ratio", "", "`allocator_resident` in relation to `allocator_active`.",
     [](const Source& source, Writer& info) { info.Decimal(source.memory.free_pages().ratio); }},
    {"allocator_rss_bytes", "bytes", "Their difference.",
     [](const Source& source, Writer& info) { info.Number(source.memory.free_pages().bytes); }},
    {"rss_overhead_ratio", "", "`used_memory_rss` in relation to `allocator_resident`.",
     [](const Source& source, Writer& info) { info.Decimal(source.memory.outside().ratio); }},
    {"rss_overhead_bytes", "bytes", "Their difference: code, stacks, buffers, statistics.",
     [](const Source& source, Writer& info) { info.Number(source.memory.outside().bytes); }},
    {"mem_fragmentation_ratio", "", "`used_memory_rss` in relation to `used_memory`.",
     [](const Source& source, Writer& info) { info.Decimal(source.memory.fragmentation().ratio); }},
    {"mem_fragmentation_bytes", "bytes", "Their difference.",
     [](const Source& source, Writer& info) { info.Number(source.memory.fragmentation().bytes); }},
    {"mem_clients_normal", "bytes", "The buffers and queued commands of the clients.",
     [](const Source& source, Writer& info) { info.Number(source.clients.memory); }},
    {"mem_allocator", "",
     "Always `larder`: entries lie in memory that the server deals out itself.",
     [](const Source&, Writer& info) { info.Text("larder"); }},
    {"active_defrag_running", "", "1 while entries are being moved together, else 0.",
     [](const Source& source, Writer& info) { info.Number(source.keyspace.compacting > 0); }},
    {"lazyfree_pending_objects", "keys",
     "Keys of flushed databases whose memory is still to be freed.",
     [](const Source& source, Writer& info) { info.Number(source.keyspace.flushed_entries); }},
};

constexpr InfoField kStatsFields[] = {
    {"total_connections_received", "connections", "Connections that were accepted.",
     [](const Source& source, Writer& info) {
       info.Number(source.statistics.connections_received);
     }},
    {"total_commands_processed", "calls", "Calls of commands that were carried out.",
     [](const Source& source, Writer& info) { info.Number(source.statistics.commands_processed); }},
    {"instantaneous_ops_per_sec", "calls per second", "Their number, over the last 1.6 seconds.",
     [](const Source& source, Writer& info) {
       info.Number(static_cast<int64_t>(source.rates.commands));
     }},
    {"total_net_input_bytes", "bytes", "What was received from clients.",
     [](const Source& source, Writer& info) { info.Number(source.statistics.bytes_in); }},
    {"total_net_output_bytes", "bytes", "What was sent to clients.",
     [](const Source& source, Writer& info) { info.Number(source.statistics.bytes_out); }},
    {"instantaneous_input_kbps", "kilobytes per second",
     "What was received, over the last 1.6 seconds.",
     [](const Source& source, Writer& info) { info.Decimal(source.rates.bytes_in / kKilobyte); }},
    {"instantaneous_output_kbps", "kilobytes per second",
     "What was sent, over the last 1.6 seconds.",
     [](const Source& source, Writer& info) { info.Decimal(source.rates.bytes_out / kKilobyte); }},
    {"rejected_connections", "connections",
     "Connections that were refused because of `maxclients`.",
     [](const Source& source, Writer& info) {
       info.Number(source.statistics.connections_rejected);
     }},
    {"expired_keys", "keys", "Keys that were removed because their deadline had passed.",
     [](const Source& source, Writer& info) { info.Number(source.keyspace.counters.expired); }},
    {"evicted_keys", "keys", "Keys that were removed because of `maxmemory`.",
     [](const Source& source, Writer& info) { info.Number(source.keyspace.counters.evicted); }},
    {"evicted_clients", "clients", "Clients that were disconnected because of `maxmemory-clients`.",
     [](const Source& source, Writer& info) { info.Number(source.statistics.evicted_clients); }},
    {"total_eviction_exceeded_time", "milliseconds",
     "For how long `used_memory` was above `maxmemory`.",
     [](const Source& source, Writer& info) { info.Number(Exceeded(source).total_us / 1000); }},
    {"current_eviction_exceeded_time", "milliseconds",
     "For how long it has been so now; 0: it is not.",
     [](const Source& source, Writer& info) { info.Number(Exceeded(source).current_us / 1000); }},
    {"keyspace_hits", "lookups", "Reads that found their key.",
     [](const Source& source, Writer& info) { info.Number(source.keyspace.counters.hits); }},
    {"keyspace_misses", "lookups", "Reads that did not.",
     [](const Source& source, Writer& info) { info.Number(source.keyspace.counters.misses); }},
    {"tracking_total_keys", "keys", "Keys that clients have read who want to be told of changes.",
     [](const Source& source, Writer& info) {
       info.Number(source.server.tracking.figures().keys);
     }},
    {"tracking_total_items", "", "Pairs of such a key and such a client.",
     [](const Source& source, Writer& info) {
       info.Number(source.server.tracking.figures().items);
     }},
    {"tracking_total_prefixes", "prefixes", "Different prefixes of keys that clients are told of.",
     [](const Source& source, Writer& info) {
       info.Number(source.server.tracking.figures().prefixes);
     }},
    {"total_error_replies", "replies", "Errors that were answered.",
     [](const Source& source, Writer& info) { info.Number(source.statistics.error_replies); }},
    {"client_query_buffer_limit_disconnections", "clients",
     "Clients that were disconnected because of "
     "`client-query-buffer-limit`.",
     [](const Source& source, Writer& info) {
       info.Number(source.statistics.query_limit_disconnections);
     }},
    {"client_output_buffer_limit_disconnections", "clients",
     "Clients that were disconnected because of "
     "`client-output-buffer-limit`.",
     [](const Source& source, Writer& info) {
       info.Number(source.statistics.output_limit_disconnections);
     }},
};

constexpr InfoField kReplicationFields[] = {
    {"role", "", "Always `master`: there is no replication.",
     [](const Source&, Writer& info) { info.Text("master"); }},
    {"connected_slaves", "replicas", "Always 0, as above.",
     [](const Source&, Writer& info) { info.Number(0); }},
    {"master_repl_offset", "bytes", "Always 0, as above.",
     [](const Source&, Writer& info) { info.Number(0); }},
};

constexpr InfoField kCpuFields[] = {
    {"used_cpu_sys", "seconds", "Processor time that the system spent for the server.",
     [](const Source&, Writer& info) { info.Seconds(Usage(RUSAGE_SELF).ru_stime); }},
    {"used_cpu_user", "seconds", "Processor time that the server spent itself.",
     [](const Source&, Writer& info) { info.Seconds(Usage(RUSAGE_SELF).ru_utime); }},
    {"used_cpu_sys_children", "seconds",
     "The same as `used_cpu_sys` for processes that it started.",
     [](const Source&, Writer& info) { info.Seconds(Usage(RUSAGE_CHILDREN).ru_stime); }},
    {"used_cpu_user_children", "seconds",
     "The same as `used_cpu_user` for processes that it started.",
     [](const Source&, Writer& info) { info.Seconds(Usage(RUSAGE_CHILDREN).ru_utime); }},
};

constexpr InfoField kCommandStatsFields[] = {
    {"cmdstat_<command>", "",
     "`calls`: how often it was carried out; `usec`: the microseconds that took; `usec_per_call`: "
     "their mean; `rejected_calls`: calls that were refused before they began, for a wrong number "
     "of "
     "arguments, want of a password or of memory; `failed_calls`: those that answered an error.",
     WriteCommandStats},
};

constexpr InfoField kErrorStatsFields[] = {
    {"errorstat_<word>", "",
     "`count`: how many errors that begin with this word were answered. The first "
     "128 words are counted.",
     WriteErrorStats},
};

constexpr InfoField kLatencyStatsFields[] = {
    {"latency_percentiles_usec_<command>", "microseconds",
     "The percentiles that "
     "`latency-tracking-info-percentiles` names of how long calls of the command took. They are "
     "rounded up, by at most 3.1 %.",
     WriteLatencyStats},
};

constexpr InfoField kClusterFields[] = {
    {"cluster_enabled", "", "Always 0: there is no cluster.",
     [](const Source&, Writer& info) { info.Number(0); }},
};

constexpr InfoField kKeyspaceFields[] = {
    {"db<number>", "",
     "Of each database that is not empty, `keys`: its keys; `expires`: those with a "
     "deadline; `avg_ttl`: the mean of the milliseconds that these have left; `subexpiry`: 0, as "
     "fields of hashes have no deadlines.",
     WriteDatabases},
};

constexpr InfoField kPrefixesFields[] = {
    {"prefix<number>", "",
     "The prefixes of keys, the most used first. `db`: the database; `name`: the prefix, with "
     "other "
     "bytes than visible ASCII, and commas, equals signs and backslashes, as `\\x2c`; `hits` and "
     "`misses`: lookups; `expired` and `evicted`: keys that went; `error`: how many of all these "
     "at most are not counted here.",
     [](const Source& source, Writer& info) { WritePrefixes(source.prefixes, info); }},
    {"prefix_others", "", "The same figures of everything that no line above has.",
     [](const Source& source, Writer& info) { WriteOtherPrefixes(source.prefixes, info); }},
};

constexpr InfoField kHotkeysFields[] = {
    {"hotkey<number>", "requests/s",
     "The keys that are asked for most often, hottest first. `db`: the database; `name`: the key, "
     "or its first 128 bytes, written as those of prefixes; `requests_per_second`: how often, the "
     "last minutes counting most; `writes_per_second`: how many of these may change it; "
     "`error_per_second`: how many too many they may be.",
     [](const Source& source, Writer& info) { WriteHotKeys(source.hot_keys, info); }},
};

constexpr InfoSection kSections[] = {
    {"server", "Server", true, false, "", kServerFields},
    {"clients", "Clients", true, false, "", kClientsFields},
    {"memory", "Memory", true, true, "", kMemoryFields},
    {"persistence", "Persistence", true, false, "", kPersistenceFields},
    {"stats", "Stats", true, true, "`CONFIG RESETSTAT` sets the counters back.", kStatsFields},
    {"replication", "Replication", true, false, "", kReplicationFields},
    {"cpu", "CPU", true, false, "", kCpuFields},
    {"modules", "Modules", true, false, "Always empty: there are no modules.", {}},
    {"commandstats", "Commandstats", false, false, "`CONFIG RESETSTAT` sets the counters back.",
     kCommandStatsFields},
    {"errorstats", "Errorstats", true, false, "`CONFIG RESETSTAT` sets the counters back.",
     kErrorStatsFields},
    {"latencystats", "Latencystats", false, false,
     "Empty unless `latency-tracking` is on. `CONFIG RESETSTAT` begins anew.", kLatencyStatsFields},
    {"cluster", "Cluster", true, false, "", kClusterFields},
    {"keyspace", "Keyspace", true, true, "", kKeyspaceFields},
    {"prefixes", "Prefixes", false, false,
     "Estimates, as of `LARDER.STATS PREFIXES`. `CONFIG RESETSTAT` and `LARDER.STATS RESET` begin "
     "anew.",
     kPrefixesFields, true},
    {"hotkeys", "Hotkeys", false, false,
     "Estimates, as of `LARDER.HOTKEYS`. `CONFIG RESETSTAT` and `LARDER.STATS RESET` begin anew.",
     kHotkeysFields, true},
};
// clang-format on

}  // namespace

std::span<const InfoSection> InfoTable() {
  return kSections;
}

}  // namespace larder
