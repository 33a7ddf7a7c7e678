// Writes the sections of INFO. Fields have Redis's names and order; what is not measured is left
// out.
#include "server/commands/info_sections.h"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <iterator>

#include "server/client_description.h"
#include "server/command_table.h"
#include "server/commands/info_writer.h"
#include "server/commands/memory_figures.h"
#include "server/commands/option_word.h"
#include "server/process_facts.h"
#include "server/server_state.h"
#include "server/version.h"

namespace larder {
namespace {

// What is known of all clients together.
struct ClientFigures {
  size_t memory = 0;
  uint64_t largest_input = 0;
  uint64_t largest_output = 0;
};

// What the sections are written from.
struct Source {
  const CommandContext& c;
  const ServerState& server;
  const Settings& settings;
  const KeyspaceFigures& keyspace;
  const ClientFigures& clients;
  const StatisticsTotals& statistics;
  size_t used_memory;
};

uint64_t Load(const std::atomic<uint64_t>& value) {
  return value.load(std::memory_order_relaxed);  // a statistic, orders nothing
}

ClientFigures CollectClients(const ClientRegistry& clients) {
  ClientFigures figures;
  clients.ForEach([&](const Client& client) {
    const uint64_t input = Load(client.input_bytes) + Load(client.input_room);
    const uint64_t output = Load(client.output_memory);
    figures.memory += MemoryOf(client);
    figures.largest_input = std::max(figures.largest_input, input);
    figures.largest_output = std::max(figures.largest_output, output);
  });
  return figures;
}

void WriteServer(const Source& source, InfoWriter& info) {
  constexpr int64_t kSecond = 1000000;
  constexpr int64_t kDay = 24 * 60 * 60;
  utsname system{};
  uname(&system);
  const ServerState& server = source.server;
  const int64_t uptime = (server.clock.MonotonicUs() - server.started_us) / kSecond;
  info.Text("redis_version", kRedisVersion);
  info.Text("larder_version", kLarderVersion);
  info.Text("redis_mode", "standalone");
  info.Text("os", std::string(system.sysname) + " " + system.release + " " + system.machine);
  info.Number("arch_bits", 8 * sizeof(void*));
  info.Text("multiplexing_api", "epoll");
  info.Text("gcc_version", __VERSION__);
  info.Number("process_id", getpid());
  info.Text("run_id", server.run_id);
  info.Number("tcp_port", source.settings.port);
  info.Number("server_time_usec", server.clock.NowUs());
  info.Number("uptime_in_seconds", uptime);
  info.Number("uptime_in_days", uptime / kDay);
  info.Text("executable", ExecutablePath());
  info.Text("config_file", server.settings.config_file());
  info.Number("io_threads_active", server.io_threads > 1);
  info.Number("larder_io_threads", server.io_threads);
  info.Number("larder_shards", source.c.keyspace.shard_count());
}

void WriteClients(const Source& source, InfoWriter& info) {
  info.Number("connected_clients", source.server.clients.size());
  info.Number("maxclients", source.settings.maxclients);
  info.Number("client_recent_max_input_buffer", source.clients.largest_input);
  info.Number("client_recent_max_output_buffer", source.clients.largest_output);
  info.Number("blocked_clients", 0);  // no command blocks
}

void WriteMemory(const Source& source, InfoWriter& info) {
  const MemoryFigures memory(source.server, source.keyspace, source.clients.memory);
  info.Bytes("used_memory", memory.used);
  info.Bytes("used_memory_rss", memory.resident);
  info.Bytes("used_memory_peak", memory.peak);
  info.Percent("used_memory_peak_perc", memory.used, memory.peak);
  info.Number("used_memory_overhead", memory.overhead);
  info.Number("used_memory_startup", memory.startup);
  info.Number("used_memory_dataset", memory.dataset());
  info.Percent("used_memory_dataset_perc", memory.dataset(), memory.used_since_startup());
  info.Number("allocator_allocated", memory.allocated);
  info.Number("allocator_active", memory.active);
  info.Number("allocator_resident", memory.held);
  info.Bytes("total_system_memory", SystemMemory());
  info.Bytes("maxmemory", source.c.keyspace.budget().limit());
  info.Text("maxmemory_policy",
            kEvictionPolicyWords[static_cast<size_t>(source.settings.maxmemory_policy)]);
  const auto part = [&info](const std::string& name, MemoryFigures::Excess excess) {
    info.Decimal(name + "_ratio", excess.ratio);
    info.Number(name + "_bytes", excess.bytes);
  };
  part("allocator_frag", memory.slack());
  part("allocator_rss", memory.free_pages());
  part("rss_overhead", memory.outside());
  part("mem_fragmentation", memory.fragmentation());
  info.Number("mem_clients_normal", source.clients.memory);
  info.Text("mem_allocator", "larder");
  info.Number("active_defrag_running", source.keyspace.compacting > 0);
  info.Number("lazyfree_pending_objects", source.keyspace.flushed_entries);
}

// There is no persistence: clients look whether it is at work, which it never is.
void WritePersistence(const Source& source, InfoWriter& info) {
  info.Number("loading", 0);
  info.Number("async_loading", 0);
  info.Number("rdb_changes_since_last_save", source.statistics.changes);
  info.Number("rdb_bgsave_in_progress", 0);
  info.Number("aof_enabled", 0);
  info.Number("aof_rewrite_in_progress", 0);
}

void WriteStats(const Source& source, InfoWriter& info) {
  constexpr double kKilobyte = 1024;
  const StatisticsTotals& totals = source.statistics;
  const ShardCounters& shards = source.keyspace.counters;
  const RateSampler::Rates rates = source.server.rates.Current();
  info.Number("total_connections_received", totals.connections_received);
  info.Number("total_commands_processed", totals.commands_processed);
  info.Number("instantaneous_ops_per_sec", static_cast<int64_t>(rates.commands));
  info.Number("total_net_input_bytes", totals.bytes_in);
  info.Number("total_net_output_bytes", totals.bytes_out);
  info.Decimal("instantaneous_input_kbps", rates.bytes_in / kKilobyte);
  info.Decimal("instantaneous_output_kbps", rates.bytes_out / kKilobyte);
  info.Number("rejected_connections", totals.connections_rejected);
  info.Number("expired_keys", shards.expired);
  info.Number("evicted_keys", shards.evicted);
  info.Number("evicted_clients", totals.evicted_clients);
  const auto exceeded = source.server.memory.exceeded(source.server.clock.MonotonicUs());
  info.Number("total_eviction_exceeded_time", exceeded.total_us / 1000);
  info.Number("current_eviction_exceeded_time", exceeded.current_us / 1000);
  info.Number("keyspace_hits", shards.hits);
  info.Number("keyspace_misses", shards.misses);
  info.Number("total_error_replies", totals.error_replies);
  info.Number("client_query_buffer_limit_disconnections", totals.query_limit_disconnections);
  info.Number("client_output_buffer_limit_disconnections", totals.output_limit_disconnections);
}

void WriteReplication(const Source&, InfoWriter& info) {
  info.Text("role", "master");
  info.Number("connected_slaves", 0);
}

void WriteCpu(const Source&, InfoWriter& info) {
  rusage self{}, children{};
  getrusage(RUSAGE_SELF, &self);
  getrusage(RUSAGE_CHILDREN, &children);
  info.Seconds("used_cpu_sys", self.ru_stime);
  info.Seconds("used_cpu_user", self.ru_utime);
  info.Seconds("used_cpu_sys_children", children.ru_stime);
  info.Seconds("used_cpu_user_children", children.ru_utime);
}

void WriteModules(const Source&, InfoWriter&) {}

void WriteCommandStats(const Source& source, InfoWriter& info) {
  for (const CommandSpec& spec : AllCommands()) {
    const CommandCounters& counters = source.statistics.per_command[CommandIndex(spec)];
    if (counters.calls == 0 && counters.rejected == 0 && counters.failed == 0) continue;
    const uint64_t usec = counters.nanoseconds / 1000;
    const double per_call = counters.calls == 0 ? 0
                                                : static_cast<double>(counters.nanoseconds) / 1000 /
                                                      static_cast<double>(counters.calls);
    info.Text("cmdstat_" + std::string(spec.name),
              "calls=" + std::to_string(counters.calls) + ",usec=" + std::to_string(usec) +
                  ",usec_per_call=" + WithTwoDecimals(per_call) +
                  ",rejected_calls=" + std::to_string(counters.rejected) +
                  ",failed_calls=" + std::to_string(counters.failed));
  }
}

void WriteErrorStats(const Source& source, InfoWriter& info) {
  for (const auto& [word, count] : source.statistics.errors) {
    info.Text("errorstat_" + word, "count=" + std::to_string(count));
  }
}

void WriteCluster(const Source&, InfoWriter& info) {
  info.Number("cluster_enabled", 0);
}

void WriteKeyspace(const Source& source, InfoWriter& info) {
  for (size_t i = 0; i < source.keyspace.databases.size(); ++i) {
    const KeyspaceFigures::Database& database = source.keyspace.databases[i];
    if (database.keys == 0) continue;
    const double mean =
        database.expiring == 0 ? 0 : database.ttl_sum_ms / static_cast<double>(database.expiring);
    // Keys that have expired and were not removed yet would make a mean below zero.
    const int64_t ttl = std::max<int64_t>(0, static_cast<int64_t>(mean));
    info.Text("db" + std::to_string(i), "keys=" + std::to_string(database.keys) +
                                            ",expires=" + std::to_string(database.expiring) +
                                            ",avg_ttl=" + std::to_string(ttl) + ",subexpiry=0");
  }
}

struct Section {
  std::string_view word;
  std::string_view title;
  bool by_default;
  bool needs_keyspace;
  void (*write)(const Source&, InfoWriter&);
};

constexpr Section kSections[] = {
    {"server", "Server", true, false, WriteServer},
    {"clients", "Clients", true, false, WriteClients},
    {"memory", "Memory", true, true, WriteMemory},
    {"persistence", "Persistence", true, false, WritePersistence},
    {"stats", "Stats", true, true, WriteStats},
    {"replication", "Replication", true, false, WriteReplication},
    {"cpu", "CPU", true, false, WriteCpu},
    {"modules", "Modules", true, false, WriteModules},
    {"commandstats", "Commandstats", false, false, WriteCommandStats},
    {"errorstats", "Errorstats", true, false, WriteErrorStats},
    {"cluster", "Cluster", true, false, WriteCluster},
    {"keyspace", "Keyspace", true, true, WriteKeyspace},
};

template <class Condition>
InfoSelection SectionsWhere(Condition&& condition) {
  InfoSelection selection = 0;
  for (size_t i = 0; i < std::size(kSections); ++i) {
    if (condition(kSections[i])) selection |= InfoSelection{1} << i;
  }
  return selection;
}

InfoSelection SectionsNamed(std::string_view word) {
  if (IsWord(word, "default")) return SectionsWhere([](const Section& s) { return s.by_default; });
  if (IsWord(word, "all") || IsWord(word, "everything")) {
    return SectionsWhere([](const Section&) { return true; });
  }
  return SectionsWhere([&](const Section& s) { return IsWord(word, s.word); });
}

}  // namespace

void KeyspaceFigures::Add(Shard& shard, int64_t now_ms) {
  for (size_t i = 0; i < databases.size(); ++i) {
    const larder::Database* part = shard.database_if_present(i);
    if (part == nullptr) continue;
    const double ttl = static_cast<double>(part->mean_deadline_ms() - now_ms);
    databases[i].keys += part->size();
    databases[i].expiring += part->expiring();
    databases[i].ttl_sum_ms += ttl * static_cast<double>(part->expiring());
    databases[i].table_memory += part->table_memory();
    databases[i].wheel_memory += part->wheel_memory();
    index_memory += part->index_memory();
  }
  index_memory += shard.eviction().memory();
  counters.hits += shard.counters().hits;
  counters.misses += shard.counters().misses;
  counters.expired += shard.counters().expired;
  counters.evicted += shard.counters().evicted;
  used_memory += shard.used_memory();
  const Arena& arena = shard.arena();
  slack += arena.slack_bytes();
  free_pages += arena.committed_bytes() - arena.used_bytes() - arena.slack_bytes();
  flushed_entries += shard.flushed_entries();
  compacting += shard.compacting();
}

InfoSelection SelectSections(std::span<const std::string_view> words) {
  if (words.empty()) return SectionsNamed("default");
  InfoSelection selection = 0;
  for (const std::string_view word : words)
    selection |= SectionsNamed(word);
  return selection;
}

bool NeedsKeyspace(InfoSelection selection) {
  return (selection & SectionsWhere([](const Section& s) { return s.needs_keyspace; })) != 0;
}

std::string InfoText(InfoSelection selection, CommandContext& c, const KeyspaceFigures& figures) {
  const auto settings = c.server.settings.Current();
  const ClientFigures clients = CollectClients(c.server.clients);
  const StatisticsTotals statistics = c.server.statistics.Totals();
  const size_t used_memory = figures.used_memory + clients.memory;
  if (NeedsKeyspace(selection)) c.server.RecordUsedMemory(used_memory);
  const Source source{c, c.server, *settings, figures, clients, statistics, used_memory};
  InfoWriter info;
  for (size_t i = 0; i < std::size(kSections); ++i) {
    if ((selection & (InfoSelection{1} << i)) == 0) continue;
    info.BeginSection(kSections[i].title);
    kSections[i].write(source, info);
  }
  return info.Take();
}

}  // namespace larder
