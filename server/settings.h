// What an operator can choose: the plain values, and the one table of them from which command line
// flags, the configuration file, CONFIG and the documentation are derived.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "storage/eviction_policy.h"

namespace larder {

enum class LogLevel : uint8_t { kDebug, kVerbose, kNotice, kWarning, kNothing };

// Who may do what could harm the server.
enum class ProtectedAction : uint8_t { kRefused, kAllowed, kLocal };

// What becomes of a snapshot that is damaged, or holds what Larder cannot keep.
enum class LoadDamaged : uint8_t { kNo, kKeepReadable };
enum class LoadUnsupported : uint8_t { kNo, kSkip };

// The classes of clients that have output buffer limits of their own.
enum class ClientClass : uint8_t { kNormal, kReplica, kPubsub };
inline constexpr size_t kClientClasses = 3;

// A client is dropped at once when its unsent replies exceed hard_bytes, and when they exceed
// soft_bytes for soft_seconds in a row. 0 bytes: no such limit.
struct OutputBufferLimit {
  uint64_t hard_bytes = 0;
  uint64_t soft_bytes = 0;
  uint32_t soft_seconds = 0;

  bool operator==(const OutputBufferLimit&) const = default;
};

using OutputBufferLimits = std::array<OutputBufferLimit, kClientClasses>;

// Saves are begun when so many changes were made, and so many seconds have passed, since the last.
struct SavePoint {
  int64_t seconds = 0;
  uint64_t changes = 0;

  bool operator==(const SavePoint&) const = default;
};

inline constexpr size_t kMaxThreads = 256;
inline constexpr size_t kMaxShards = 4096;
inline constexpr size_t kMaxDatabases = 4096;

inline constexpr uint64_t kMegabyte = uint64_t{1} << 20;
inline constexpr uint64_t kGigabyte = uint64_t{1} << 30;

// Every setting with its default. A value that was read from the file, a flag or CONFIG SET is
// within the range that the table gives for it.
//
// Thread safety: a plain value; shared between threads it is const (see SettingsStore).
struct Settings {
  // Listening.
  // IPv4 or IPv6 addresses, "*" (any IPv4) or "::*" (any IPv6), each perhaps with a "-" in front:
  // an address that may be missing on this machine. Empty: no TCP.
  std::vector<std::string> bind = {"127.0.0.1"};
  int64_t port = 6379;         // 0: no TCP
  std::string unixsocket;      // empty: none
  int64_t unixsocketperm = 0;  // 0: as the umask leaves them
  int64_t tcp_backlog = 511;
  bool protected_mode = true;
  ProtectedAction enable_debug_command = ProtectedAction::kRefused;

  // Clients.
  std::string requirepass;  // empty: none needed
  int64_t maxclients = 10000;
  int64_t timeout = 0;          // seconds; 0: never
  int64_t tcp_keepalive = 300;  // seconds; 0: off
  uint64_t proto_max_bulk_len = 512 * kMegabyte;
  uint64_t client_query_buffer_limit = kGigabyte;
  OutputBufferLimits client_output_buffer_limit = {{{kGigabyte, 512 * kMegabyte, 60},
                                                    {256 * kMegabyte, 64 * kMegabyte, 60},
                                                    {32 * kMegabyte, 8 * kMegabyte, 60}}};

  // Memory. Below zero: a percentage, of the usable memory and of maxmemory. 0: no limit.
  int64_t maxmemory = -75;
  EvictionPolicy maxmemory_policy = EvictionSettings{}.policy;
  int64_t maxmemory_samples = EvictionSettings{}.samples;
  int64_t maxmemory_clients = 0;
  int64_t lfu_log_factor = EvictionSettings{}.lfu_log_factor;
  int64_t lfu_decay_time = EvictionSettings{}.lfu_decay_minutes;  // minutes; 0: never

  // What is watched.
  int64_t slowlog_log_slower_than = 10000;  // µs; below zero: nothing is logged
  int64_t slowlog_max_len = 128;
  int64_t latency_monitor_threshold = 0;  // ms; 0: off
  bool latency_tracking = true;
  int64_t tracking_table_max_keys = 1'000'000;  // 0: no limit
  std::vector<double> latency_tracking_info_percentiles = {50, 99, 99.9};

  // Statistics about keys.
  int64_t prefix_stats_max = 64;  // 0: none
  std::string prefix_delimiters = ":/ _-.";
  int64_t prefix_depth = 1;
  int64_t hotkeys_max = 32;  // 0: none
  int64_t key_stats_sampling = 128;

  // The process.
  int64_t threads = 0;  // 0: one per usable CPU; see ResolveThreads()
  LogLevel loglevel = LogLevel::kNotice;
  std::string logfile;    // empty: standard output
  std::string pidfile;    // empty: none
  std::string dir = ".";  // absolute once the command line was parsed

  // Snapshots.
  std::string dbfilename = "dump.rdb";
  bool rdbcompression = true;
  bool rdbchecksum = true;
  LoadDamaged load_damaged = LoadDamaged::kNo;
  LoadUnsupported load_unsupported = LoadUnsupported::kNo;
  bool serve_while_loading = false;
  std::vector<SavePoint> save;  // empty: only when somebody asks for it

  // Data.
  int64_t databases = 16;
  int64_t shards = 0;  // 0: chosen from the threads; see ResolveShards()

  // No setting but a fact: the memory that the process may use, in bytes. 0: not known, so that
  // percentages of it are no limit.
  uint64_t usable_memory = 0;

  const OutputBufferLimit& output_buffer_limit(ClientClass of) const {
    return client_output_buffer_limit[static_cast<size_t>(of)];
  }

  bool operator==(const Settings&) const = default;
};

// The number of I/O threads to start, and the number of shards (a power of two) to make.
size_t ResolveThreads(const Settings& settings, size_t usable_cpus);
size_t ResolveShards(const Settings& settings, size_t threads);
// The limits on all memory and on that of the clients, in bytes; 0: none.
size_t ResolveMaxMemory(const Settings& settings);
size_t ResolveMaxMemoryClients(const Settings& settings);

enum class SettingKind : uint8_t {
  kBoolean,
  kInteger,
  kPowerOfTwo,  // or 0
  kOctal,
  kMemory,
  kMemoryShare,      // bytes, or a percentage of the usable memory; told in bytes
  kMemoryOrPercent,  // bytes, or a percentage
  kWord,             // one of a few words
  kString,
  kFileName,  // without a directory
  kAddresses,
  kOutputBufferLimits,
  kPercentiles,
  kSavePoints,
};

// Where a setting of kind kWord lives: the words are numbered from 0 in the order of its enum.
struct WordMember {
  std::span<const std::string_view> words;
  size_t (*get)(const Settings&);
  void (*set)(Settings&, size_t);
};

using SettingMember =
    std::variant<bool Settings::*, int64_t Settings::*, uint64_t Settings::*, WordMember,
                 std::string Settings::*, std::vector<std::string> Settings::*,
                 OutputBufferLimits Settings::*, std::vector<double> Settings::*,
                 std::vector<SavePoint> Settings::*>;

enum class WhenMutable : uint8_t { kAtStartUp, kAtRunTime };

// One row of the table. The default is the one that Settings{} has.
struct SettingRow {
  std::string_view name;
  SettingKind kind;
  WhenMutable when;
  SettingMember member;
  int64_t min;  // of numbers and memory
  int64_t max;
  std::string_view doc;    // one sentence or two, for --help and docs/settings.md
  bool is_secret = false;  // no log shows its value

  bool at_run_time() const { return when == WhenMutable::kAtRunTime; }
  // Whether its value may be given as several words: `bind 127.0.0.1 ::1`.
  bool takes_several_words() const {
    return kind == SettingKind::kAddresses || kind == SettingKind::kOutputBufferLimits ||
           kind == SettingKind::kPercentiles || kind == SettingKind::kSavePoints;
  }
};

// All settings, in the order of the documentation.
std::span<const SettingRow> SettingTable();
// The row of that name, in any case, or nullptr.
const SettingRow* FindSetting(std::string_view name);

// The value as CONFIG GET prints it.
std::string SettingText(const SettingRow& row, const Settings& settings);
// What the setting allows, for people: "an integer from 0 to 65535".
std::string AllowedValues(const SettingRow& row);
// For a mistake at start-up: "port: '99999' is not allowed; allowed: an integer from 0 to 65535".
std::string NotAllowed(const SettingRow& row, std::string_view value);
// Reads the value from `words` into `settings`, or leaves it alone and returns what is wrong in the
// words of CONFIG SET: "argument must be 'yes' or 'no'".
[[nodiscard]] std::optional<std::string> ParseSetting(const SettingRow& row,
                                                      std::span<const std::string_view> words,
                                                      Settings& settings);

// docs/settings.md, computed from the table.
std::string SettingsDocumentation();

}  // namespace larder
