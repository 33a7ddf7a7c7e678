// The steps of a reload.
#include "server/reloader.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "server/server_state.h"
#include "server/snapshot_load.h"
#include "storage/shard_set.h"

namespace larder {
namespace {

const char* const kCalledOff = "called off";
const char* const kNotLoaded = "Error trying to load the RDB dump";

}  // namespace

Reloader::Reloader(ServerState& state) : state_(state) {}

Reloader::~Reloader() {
  state_.saver.Stop();
  Stop();
}

Saver::Outcome Reloader::Begin(Options options) {
  const std::lock_guard lock(mutex_);
  if (running_ || stop_ || state_.load.phase() != LoadStatus::Phase::kNone) return nullptr;
  if (thread_.joinable()) thread_.join();  // it has nothing left to do
  running_ = true;
  keeps_data_ = false;
  state_.load.set_phase(LoadStatus::Phase::kAnnounced);
  const auto outcome = std::make_shared<SaveOutcome>();
  thread_ = std::thread([this, options, outcome] {
    outcome->error = Run(options);
    if (!outcome->error.empty()) spdlog::warn("DEBUG RELOAD failed: {}.", outcome->error);
    {
      const std::lock_guard end_lock(mutex_);
      running_ = false;
      state_.load.set_phase(LoadStatus::Phase::kNone);
    }
    outcome->done.store(true, std::memory_order_release);  // the error is seen before
    if (on_finished) on_finished();
  });
  return outcome;
}

bool Reloader::KeepData() {
  const std::lock_guard lock(mutex_);
  if (load_ != nullptr || state_.load.active()) return false;
  keeps_data_ = true;
  changed_.notify_all();
  return true;
}

void Reloader::Stop() {
  std::thread thread;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    if (load_ != nullptr) load_->CallOff();
    thread = std::move(thread_);
  }
  changed_.notify_all();
  if (thread.joinable()) thread.join();
}

std::string Reloader::Run(Options options) {
  AwaitRequests();
  if (options.saves) {
    std::string error = state_.saver.SaveAndWait(Saver::InProgress::kAwaited);
    if (!error.empty()) return error;
  }
  return LoadFile(options);
}

// Requests that were admitted before the load was announced may still be under way. From when all
// threads have passed on, nobody changes anything.
void Reloader::AwaitRequests() {
  const auto passed = std::make_shared<size_t>(0);  // guarded by mutex_
  for (ClientThread* thread : state_.threads) {
    thread->CallBetweenRequests([this, passed] {
      const std::lock_guard lock(mutex_);
      ++*passed;
      changed_.notify_all();
    });
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return *passed == state_.threads.size() || stop_ || keeps_data_; });
}

std::string Reloader::LoadFile(Options options) {
  SnapshotLoad load(
      state_, static_cast<size_t>(state_.io_threads),
      options.replaces ? SnapshotLoad::Existing::kReplaced : SnapshotLoad::Existing::kRefused);
  // Before anything is given up for it.
  if (::access(load.path().c_str(), R_OK) != 0) return kNotLoaded;
  {
    const std::lock_guard lock(mutex_);
    if (stop_ || keeps_data_) return kCalledOff;
    load_ = &load;
  }
  if (options.empties) Empty();
  load.Enter(LoadStatus::Phase::kRefusing);
  const std::optional<std::string> error = load.Load();
  {
    const std::lock_guard lock(mutex_);
    load_ = nullptr;
  }
  load.Leave();
  if (error) return kNotLoaded;
  spdlog::info("DB reloaded by DEBUG RELOAD.");
  return "";
}

void Reloader::Empty() {
  ShardSet shards(state_.keyspace.shard_count());
  shards.AddAll(state_.keyspace.shard_count());
  const ShardSetGuard guard(state_.keyspace, shards);
  state_.keyspace.FlushAll();
  state_.tracking.ChangedAll();
}

}  // namespace larder
