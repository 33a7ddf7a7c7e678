// Saves all databases to a file while they are in use.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "server/clock.h"
#include "server/latency_monitor.h"
#include "server/settings_store.h"
#include "server/statistics.h"
#include "storage/keyspace_snapshot.h"

namespace larder {

// How a save ended, for those that wait for it.
// Thread safety: `error` may be read once `done` was read as true.
struct SaveOutcome {
  std::atomic<bool> done{false};
  std::string error;  // empty: it is on the disk
};

// What INFO tells of saves.
struct SaveFigures {
  bool running = false;
  uint64_t saves = 0;            // that succeeded
  int64_t last_save_s = 0;       // since the Unix epoch; at first when the server started
  bool last_succeeded = true;    // true if there was none yet
  std::string last_error;        // empty if it succeeded
  int64_t last_duration_s = -1;  // -1: there was none yet
  int64_t current_s = -1;        // how long the one in progress has run; -1: none
  size_t keys_done = 0;          // of the one in progress, zero if there is none
  size_t keys_total = 0;
  size_t bytes_done = 0;
  int64_t seconds_left = -1;  // -1: none in progress, or it cannot be told
  size_t copied_bytes = 0;    // what the one in progress holds because it changed meanwhile
  size_t copied_peak = 0;
  size_t last_copied_peak = 0;
  uint64_t changes_since = 0;  // since the beginning of the last save that succeeded
};

// Owns the snapshot and the thread that writes it to the file, which is started by the first save.
// That thread leaves the processor to those who serve clients, and holds the lock of one shard for
// some 10 µs at a time.
//
// Thread safety: any thread that holds no lock of a shard, where a member does not say otherwise.
class Saver {
 public:
  using Outcome = std::shared_ptr<const SaveOutcome>;

  // Requires: all five outlive it.
  Saver(Keyspace& keyspace, const SettingsStore& settings, const Clock& clock,
        const Statistics& statistics, LatencyMonitor& latency);
  Saver(const Saver&) = delete;
  Saver& operator=(const Saver&) = delete;
  ~Saver() { Stop(); }
  // Gives up what is in progress, so that the old file stays, and begins nothing more.
  void Stop();

  // Saves what is there now. Null: a save is in progress. Requires: the locks of all shards.
  Outcome BeginNow();
  // The same as soon as the thread has the locks.
  Outcome BeginSoon();
  // Saves what is there now, once what is in progress has been given up or has ended; returns when
  // that is done. Empty: it succeeded; else what went wrong.
  enum class InProgress : uint8_t { kGivenUp, kAwaited };
  std::string SaveAndWait(InProgress in_progress);

  // Begins a save if one of the save points in the settings is reached. Called now and then, with
  // the number of all changes.
  void Tick(uint64_t changes);

  SaveFigures Figures() const;
  int64_t last_save_s() const;

  // Called by the saving thread when a save has ended. Set before the first session.
  std::function<void()> on_finished;

 private:
  enum class Phase : uint8_t { kIdle, kRequested, kRunning };

  // Requires: mutex_ is held.
  Outcome Occupy(Phase phase);
  // Requires: the locks of all shards, and mutex_.
  void BeginSnapshot();

  void Run();
  void BeginRequested();
  // Writes the snapshot to its end. Returns what went wrong; empty if nothing did.
  std::string Write();
  void Finish(std::string error);
  void PublishProgress(size_t bytes);

  // Constant after construction.
  Keyspace& keyspace_;
  const SettingsStore& settings_;
  const Clock& clock_;
  const Statistics& statistics_;
  LatencyMonitor& latency_;

  // Used by whoever begins a snapshot, then by the saving thread.
  KeyspaceSnapshot snapshot_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_. Whoever takes it while holding the locks of shards took those before.
  Phase phase_ = Phase::kIdle;
  bool stop_ = false;
  std::thread thread_;
  std::shared_ptr<SaveOutcome> outcome_;
  SaveFigures figures_;  // without what PublishProgress() tells
  int64_t begun_us_ = 0;
  uint64_t changes_at_begin_ = 0;
  uint64_t changes_saved_ = 0;

  // Atomic: written by those who end a save early, read by the saving thread.
  std::atomic<bool> give_up_{false};
  // Atomic: written by the saving thread, read by those who ask for figures.
  std::atomic<size_t> keys_done_{0};
  std::atomic<size_t> bytes_done_{0};
};

}  // namespace larder
