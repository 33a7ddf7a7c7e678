// Sets up what all sessions share.
#include "server/server_state.h"

#include <sys/random.h>

#include <array>
#include <cstdlib>
#include <random>

#include "server/command_table.h"
#include "server/usable_cpus.h"

namespace larder {
namespace {

size_t ShardsFor(const Settings& settings) {
  return ResolveShards(settings, ResolveThreads(settings, UsableCpus()));
}

std::string NewRunId() {
  std::array<unsigned char, 20> bytes;
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    std::random_device device;  // a kernel without getrandom(2)
    for (unsigned char& byte : bytes)
      byte = static_cast<unsigned char>(device());
  }
  std::string id;
  for (const unsigned char byte : bytes) {
    id += "0123456789abcdef"[byte >> 4];
    id += "0123456789abcdef"[byte & 15];
  }
  return id;
}

}  // namespace

ServerState::ServerState(SettingsStore& store, const Clock& system_clock)
    : settings(store),
      clock(system_clock),
      keyspace(ShardsFor(*store.Current()), static_cast<size_t>(store.Current()->databases),
               system_clock.NowMs()),
      memory(keyspace),
      pause(attention, keyspace.budget()),
      monitors(attention),
      tracking(attention, keyspace, store),
      statistics(CommandCount()),
      load(attention),
      latency(system_clock),
      saver(keyspace, store, system_clock, statistics, latency),
      reloader(*this),
      run_id(NewRunId()),
      started_us(system_clock.MonotonicUs()),
      startup_memory(KeyspaceMemory()) {
  memory.Apply(*store.Current());
  latency.set_threshold_ms(store.Current()->latency_monitor_threshold);
  for (const std::string_view name : {"maxmemory", "maxmemory-policy", "maxmemory-samples",
                                      "maxmemory-clients", "lfu-log-factor", "lfu-decay-time"}) {
    store.OnChange(name, [this](const Settings& now) -> std::optional<std::string> {
      memory.Apply(now);
      return std::nullopt;
    });
  }
  store.OnChange("latency-monitor-threshold",
                 [this](const Settings& now) -> std::optional<std::string> {
                   latency.set_threshold_ms(now.latency_monitor_threshold);
                   return std::nullopt;
                 });
  store.OnChange("slowlog-max-len", [this](const Settings& now) -> std::optional<std::string> {
    slow_log.Shrink(static_cast<size_t>(now.slowlog_max_len));
    return std::nullopt;
  });
  key_statistics.Apply(*store.Current());
  for (size_t i = 0; i < keyspace.shard_count(); ++i) {
    const ShardGuard guard(keyspace.shard(i));
    key_statistics.Maintain(keyspace.shard(i), system_clock.NowMs());
  }
  for (const std::string_view name : {"prefix-stats-max", "prefix-delimiters", "prefix-depth",
                                      "hotkeys-max", "key-stats-sampling"}) {
    store.OnChange(name, [this](const Settings& now) -> std::optional<std::string> {
      key_statistics.Apply(now);
      return std::nullopt;
    });
  }
}

void ServerState::RecordUsedMemory(size_t bytes) {
  size_t peak = peak_memory.load(std::memory_order_relaxed);  // a statistic, orders nothing
  while (bytes > peak) {
    if (peak_memory.compare_exchange_weak(peak, bytes, std::memory_order_relaxed)) {  // as above
      return;
    }
  }
}

size_t ServerState::KeyspaceMemory() {
  size_t bytes = 0;
  for (size_t i = 0; i < keyspace.shard_count(); ++i) {
    const ShardGuard guard(keyspace.shard(i));
    bytes += keyspace.shard(i).used_memory();
  }
  return bytes;
}

}  // namespace larder
