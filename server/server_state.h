// What all sessions share: settings, keyspace, clocks, clients, statistics.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/attention.h"
#include "server/client_pause.h"
#include "server/client_registry.h"
#include "server/client_thread.h"
#include "server/clock.h"
#include "server/key_statistics_settings.h"
#include "server/latency_monitor.h"
#include "server/load_status.h"
#include "server/memory_limit.h"
#include "server/monitors.h"
#include "server/rate_sampler.h"
#include "server/reloader.h"
#include "server/saver.h"
#include "server/settings_store.h"
#include "server/slow_log.h"
#include "server/statistics.h"
#include "server/tracking.h"
#include "storage/keyspace.h"

namespace larder {

// What SHUTDOWN asks for.
struct ShutdownRequest {
  enum class Save : uint8_t { kIfConfigured, kYes, kNo };
  Save save = Save::kIfConfigured;
  bool Saves(const Settings& settings) const {
    return save == Save::kYes || (save == Save::kIfConfigured && !settings.save.empty());
  }
  bool force = false;  // shut down even if the data cannot be saved
  // Told if the server goes on because of that; null if nobody waits for it.
  std::shared_ptr<SaveOutcome> refused;
};

// Owns the state that outlives every session.
//
// Thread safety: each member says so itself; the plain ones are constant after construction.
struct ServerState {
  // Requires: `store` and `system_clock` outlive the state.
  ServerState(SettingsStore& store, const Clock& system_clock);

  SettingsStore& settings;
  const Clock& clock;
  Attention attention;
  Keyspace keyspace;
  MemoryLimit memory;
  ClientPause pause;
  Monitors monitors;
  Tracking tracking;
  KeyStatisticsSettings key_statistics;
  ClientRegistry clients;
  Statistics statistics;
  RateSampler rates;
  LoadStatus load;
  SlowLog slow_log;
  LatencyMonitor latency;
  Saver saver;
  Reloader reloader;

  // Constant after construction.
  const std::string run_id;            // 40 hexadecimal digits, new for each process
  const int64_t started_us;            // monotonic
  int io_threads = 1;                  // set before the first session
  std::vector<ClientThread*> threads;  // set before the first session

  const size_t startup_memory;  // what the empty keyspace takes

  // Atomic: the most memory that was ever used, as far as somebody looked.
  std::atomic<size_t> peak_memory{0};
  void RecordUsedMemory(size_t bytes);
  size_t KeyspaceMemory();

  // Atomic: cleared by DEBUG SET-ACTIVE-EXPIRE, read by all I/O threads. Without it keys that have
  // expired go when somebody asks for them.
  std::atomic<bool> expires_actively{true};

  // Set before the first session; called by SHUTDOWN, from any I/O thread.
  std::function<void(ShutdownRequest)> request_shutdown;
};

}  // namespace larder
