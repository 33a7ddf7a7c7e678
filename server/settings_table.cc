// The table of settings: one row for each.
#include <algorithm>
#include <array>
#include <limits>

#include "server/settings.h"

namespace larder {
namespace {

constexpr int64_t kMaxInt = std::numeric_limits<int32_t>::max();
constexpr int64_t kMaxUnsigned = std::numeric_limits<uint32_t>::max();
// What is watched in each shard, and copied from it in one go.
constexpr int64_t kMaxWatchedKeys = 256;
constexpr int64_t kMaxSampling = 65536;
constexpr int64_t kMaxMemory = std::numeric_limits<int64_t>::max();

constexpr std::array<std::string_view, 5> kLogLevelWords = {"debug", "verbose", "notice", "warning",
                                                            "nothing"};

constexpr WordMember kLogLevel = {
    kLogLevelWords, [](const Settings& settings) { return static_cast<size_t>(settings.loglevel); },
    [](Settings& settings, size_t word) { settings.loglevel = static_cast<LogLevel>(word); }};

constexpr std::array<std::string_view, 3> kProtectedActionWords = {"no", "yes", "local"};

constexpr WordMember kDebugCommand = {
    kProtectedActionWords,
    [](const Settings& settings) { return static_cast<size_t>(settings.enable_debug_command); },
    [](Settings& settings, size_t word) {
      settings.enable_debug_command = static_cast<ProtectedAction>(word);
    }};

constexpr WordMember kPolicy = {
    kEvictionPolicyWords,
    [](const Settings& settings) { return static_cast<size_t>(settings.maxmemory_policy); },
    [](Settings& settings, size_t word) {
      settings.maxmemory_policy = static_cast<EvictionPolicy>(word);
    }};

constexpr std::array<std::string_view, 2> kLoadDamagedWords = {"no", "keep-readable"};
constexpr WordMember kLoadDamaged = {
    kLoadDamagedWords,
    [](const Settings& settings) { return static_cast<size_t>(settings.load_damaged); },
    [](Settings& settings, size_t word) {
      settings.load_damaged = static_cast<LoadDamaged>(word);
    }};

constexpr std::array<std::string_view, 2> kLoadUnsupportedWords = {"no", "skip"};
constexpr WordMember kLoadUnsupported = {
    kLoadUnsupportedWords,
    [](const Settings& settings) { return static_cast<size_t>(settings.load_unsupported); },
    [](Settings& settings, size_t word) {
      settings.load_unsupported = static_cast<LoadUnsupported>(word);
    }};

constexpr WhenMutable kStartUp = WhenMutable::kAtStartUp;
constexpr WhenMutable kRunTime = WhenMutable::kAtRunTime;

// clang-format off: one paragraph for each setting.
constexpr SettingRow kTable[] = {
    {"bind", SettingKind::kAddresses, kRunTime, &Settings::bind, 0, 16,
     "Addresses to listen on: IPv4, IPv6, '*' (any IPv4) or '::*' (any IPv6). An address with '-' "
     "in "
     "front of it may be missing on this machine. Empty: no TCP."},
    {"port", SettingKind::kInteger, kRunTime, &Settings::port, 0, 65535,
     "TCP port to listen on. 0: no TCP."},
    {"unixsocket", SettingKind::kString, kStartUp, &Settings::unixsocket, 0, 0,
     "Path of a Unix socket to listen on as well. Empty: none."},
    {"unixsocketperm", SettingKind::kOctal, kStartUp, &Settings::unixsocketperm, 0, 0777,
     "Permissions of the Unix socket, such as 770. 0: what the umask leaves."},
    {"tcp-backlog", SettingKind::kInteger, kStartUp, &Settings::tcp_backlog, 0, kMaxInt,
     "Connections that may wait to be accepted; the kernel's net.core.somaxconn bounds it."},
    {"protected-mode", SettingKind::kBoolean, kRunTime, &Settings::protected_mode, 0, 0,
     "Without a password, refuse clients that are not on this machine."},
    {"enable-debug-command", SettingKind::kWord, kStartUp, kDebugCommand, 0, 0,
     "Who may use DEBUG, which can stop the whole server: nobody, everybody, or clients on this "
     "machine."},

    {"requirepass", SettingKind::kString, kRunTime, &Settings::requirepass, 0, 0,
     "Password that clients must give with AUTH or HELLO. Empty: none needed.", true},
    {"maxclients", SettingKind::kInteger, kRunTime, &Settings::maxclients, 1, kMaxUnsigned,
     "Clients connected at the same time; those beyond it are refused."},
    {"timeout", SettingKind::kInteger, kRunTime, &Settings::timeout, 0, kMaxInt,
     "Seconds after which an idle client is disconnected. 0: never."},
    {"tcp-keepalive", SettingKind::kInteger, kRunTime, &Settings::tcp_keepalive, 0, kMaxInt,
     "Seconds between the probes that find dead connections. 0: no probes."},
    {"proto-max-bulk-len", SettingKind::kMemory, kRunTime, &Settings::proto_max_bulk_len, kMegabyte,
     kMaxMemory,
     "The longest single argument that a client may send, thus also the longest string."},
    {"client-query-buffer-limit", SettingKind::kMemory, kRunTime,
     &Settings::client_query_buffer_limit, kMegabyte, kMaxMemory,
     "Bytes of a request that a client may have under way before it is disconnected."},
    {"client-output-buffer-limit", SettingKind::kOutputBufferLimits, kRunTime,
     &Settings::client_output_buffer_limit, 0, 0,
     "When a client that does not read its replies is disconnected: for each class the bytes that "
     "end "
     "it at once, and the bytes that end it after so many seconds in a row. 0: no such limit."},

    {"maxmemory", SettingKind::kMemoryShare, kRunTime, &Settings::maxmemory, -100, kMaxMemory,
     "The most memory that keys, their index and the buffers of clients may take, or a percentage "
     "of "
     "what the process may use: of its control group's limit, else of the machine. What is too "
     "much "
     "is evicted. 0: no limit."},
    {"maxmemory-policy", SettingKind::kWord, kRunTime, kPolicy, 0, 0,
     "Which keys are evicted: any (allkeys) or those with a deadline (volatile), by S3-FIFO, by "
     "the "
     "last use (lru), by how often they are used (lfu), at random, or by the nearest deadline "
     "(ttl). "
     "noeviction: none, and writes are refused."},
    {"maxmemory-samples", SettingKind::kInteger, kRunTime, &Settings::maxmemory_samples, 1, 64,
     "Keys of which lru and lfu evict the worst: more are slower and closer to the truth."},
    {"maxmemory-clients", SettingKind::kMemoryOrPercent, kRunTime, &Settings::maxmemory_clients,
     -100, kMaxMemory,
     "The most memory that the buffers of all clients may take, or a percentage of maxmemory; the "
     "clients with the largest buffers are disconnected. 0: no limit of its own."},
    {"lfu-log-factor", SettingKind::kInteger, kRunTime, &Settings::lfu_log_factor, 0, kMaxInt,
     "How slowly the counter of lfu grows: at 10, a million uses saturate it."},
    {"lfu-decay-time", SettingKind::kInteger, kRunTime, &Settings::lfu_decay_time, 0, kMaxInt,
     "Minutes without use after which the counter of lfu falls by one. 0: never."},

    {"slowlog-log-slower-than", SettingKind::kInteger, kRunTime, &Settings::slowlog_log_slower_than,
     -1, kMaxMemory,
     "Microseconds of work from which on a call is kept for SLOWLOG. 0: every call; -1: none."},
    {"slowlog-max-len", SettingKind::kInteger, kRunTime, &Settings::slowlog_max_len, 0, kMaxMemory,
     "Calls that SLOWLOG keeps; the oldest one goes first."},
    {"tracking-table-max-keys", SettingKind::kInteger, kRunTime, &Settings::tracking_table_max_keys,
     0, kMaxMemory,
     "Keys that are remembered for CLIENT TRACKING; for one more, another one is reported as "
     "changed. "
     "0: no limit."},
    {"latency-monitor-threshold", SettingKind::kInteger, kRunTime,
     &Settings::latency_monitor_threshold, 0, kMaxMemory,
     "Milliseconds from which on LATENCY keeps what made clients wait. 0: it keeps nothing."},
    {"latency-tracking", SettingKind::kBoolean, kRunTime, &Settings::latency_tracking, 0, 0,
     "Count for each command how long its calls take, for LATENCY HISTOGRAM and INFO "
     "latencystats."},
    {"latency-tracking-info-percentiles", SettingKind::kPercentiles, kRunTime,
     &Settings::latency_tracking_info_percentiles, 0, 100,
     "The percentiles of these durations that INFO latencystats shows. Empty: none."},
    {"prefix-stats-max", SettingKind::kInteger, kRunTime, &Settings::prefix_stats_max, 0,
     kMaxWatchedKeys,
     "How many prefixes of keys LARDER.STATS PREFIXES tells apart. 0: none, and nothing is "
     "counted."},
    {"prefix-delimiters", SettingKind::kString, kRunTime, &Settings::prefix_delimiters, 0, 0,
     "The characters that end the prefix of a key. A space begins another set, for keys that have "
     "none "
     "of the characters before it."},
    {"prefix-depth", SettingKind::kInteger, kRunTime, &Settings::prefix_depth, 1, 16,
     "With which delimiter the prefix of a key ends; those side by side count as one. A key that "
     "has "
     "fewer ends it with the last."},
    {"hotkeys-max", SettingKind::kInteger, kRunTime, &Settings::hotkeys_max, 0, kMaxWatchedKeys,
     "How many keys LARDER.HOTKEYS names at most. 0: none, and nothing is counted."},
    {"key-stats-sampling", SettingKind::kInteger, kRunTime, &Settings::key_stats_sampling, 1,
     kMaxSampling,
     "The statistics of prefixes and hot keys look at one in so many requests where these are "
     "many, "
     "and count it for all. 1: at each of them."},

    {"threads", SettingKind::kInteger, kStartUp, &Settings::threads, 0, kMaxThreads,
     "I/O threads. 0: one for each CPU that the process may use, by its affinity and its control "
     "group."},
    {"loglevel", SettingKind::kWord, kRunTime, kLogLevel, 0, 0,
     "The least important messages that are logged."},
    {"logfile", SettingKind::kString, kStartUp, &Settings::logfile, 0, 0,
     "File that messages are appended to. Empty: standard output."},
    {"pidfile", SettingKind::kString, kStartUp, &Settings::pidfile, 0, 0,
     "File that holds the process id while the server runs. Empty: none."},
    {"dir", SettingKind::kString, kStartUp, &Settings::dir, 0, 0,
     "Working directory, where snapshots lie; relative paths of the log file, the pid file and the "
     "Unix socket start there."},

    {"save", SettingKind::kSavePoints, kRunTime, &Settings::save, 0, 0,
     "When the data is saved without being asked for: pairs of seconds and changes, such as 3600 1 "
     "300 100. Also whether it is saved at shutdown. Empty: neither."},
    {"dbfilename", SettingKind::kFileName, kStartUp, &Settings::dbfilename, 0, 0,
     "Name of the file, in `dir`, that holds the snapshot."},
    {"rdbcompression", SettingKind::kBoolean, kRunTime, &Settings::rdbcompression, 0, 0,
     "Compress strings in snapshots and in what DUMP answers, where that makes them shorter."},
    {"rdbchecksum", SettingKind::kBoolean, kStartUp, &Settings::rdbchecksum, 0, 0,
     "End snapshots with a checksum, and verify it when one is loaded."},
    {"load-damaged", SettingKind::kWord, kStartUp, kLoadDamaged, 0, 0,
     "What happens at the start if the snapshot is damaged: the server ends and leaves it alone "
     "(no), or keeps what can be read of it (keep-readable)."},
    {"load-unsupported", SettingKind::kWord, kStartUp, kLoadUnsupported, 0, 0,
     "What happens at the start if the snapshot holds types of values that Larder does not have: "
     "the server ends (no), or passes over them (skip)."},
    {"serve-while-loading", SettingKind::kBoolean, kStartUp, &Settings::serve_while_loading, 0, 0,
     "While the snapshot is loaded at the start, serve clients: a key is missing until it is "
     "loaded, and what clients write wins over the snapshot. Otherwise they are told LOADING."},

    {"databases", SettingKind::kInteger, kStartUp, &Settings::databases, 1, kMaxDatabases,
     "Databases that SELECT chooses from."},
    {"shards", SettingKind::kPowerOfTwo, kStartUp, &Settings::shards, 0, kMaxShards,
     "Parts that the data is divided into, each with a lock of its own. 0: four for each thread, "
     "at "
     "least 16."},
};
// clang-format on

consteval bool NamesAreUniqueAndLowerCase() {
  for (const SettingRow& row : kTable) {
    for (char c : row.name) {
      if (c != '-' && (c < 'a' || c > 'z')) return false;
    }
    if (std::ranges::count(kTable, row.name, &SettingRow::name) != 1) return false;
  }
  return true;
}
static_assert(NamesAreUniqueAndLowerCase());
static_assert(std::ranges::all_of(kTable,
                                  [](const SettingRow& row) { return row.min <= row.max; }));
static_assert(std::ranges::all_of(kTable, [](const SettingRow& row) {
  return row.doc.ends_with('.') && row.doc.find('\n') == std::string_view::npos;
}));

// Compares names without regard to case; those of the table are lower case.
bool SameName(std::string_view lower, std::string_view any) {
  return std::ranges::equal(lower, any, [](char a, char b) {
    return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
  });
}

}  // namespace

std::span<const SettingRow> SettingTable() {
  return kTable;
}

const SettingRow* FindSetting(std::string_view name) {
  const auto* row = std::ranges::find_if(
      kTable, [name](const SettingRow& candidate) { return SameName(candidate.name, name); });
  return row == std::end(kTable) ? nullptr : row;
}

}  // namespace larder
