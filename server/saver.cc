// The life of a save: begun under the locks of all shards, written by a thread of its own.
#include "server/saver.h"

#include <sched.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "server/version.h"
#include "storage/rdb_encoder.h"
#include "storage/replacement_file.h"
#include "storage/shard_set.h"

namespace larder {
namespace {

constexpr int64_t kSecondUs = 1'000'000;
// After a save that failed, save points wait so long before they try again.
constexpr int64_t kRetryUs = 5 * kSecondUs;

const char* const kCalledOff = "called off";

// Leaves the processor to whoever wakes up, and no more than that: a thread of a worse niceness
// that holds the lock of a shard would have to wait for all other work of the machine before it can
// give it back, and clients with it. Schedulers of today (EEVDF, Linux 6.6) let a thread use up its
// slice of some milliseconds first, so that the saving thread yields after each of its small steps.
void LowerPriority() {
  const sched_param parameters{};
  sched_setscheduler(0, SCHED_BATCH, &parameters);
}

void WriteFacts(RdbEncoder& encoder, const Clock& clock, size_t used_memory) {
  encoder.WriteAux("redis-ver", kRedisVersion);
  encoder.WriteAux("redis-bits", "64");
  encoder.WriteAux("ctime", std::to_string(clock.NowMs() / 1000));
  encoder.WriteAux("used-mem", std::to_string(used_memory));
  encoder.WriteAux("aof-base", "0");
  encoder.WriteAux("larder-ver", kLarderVersion);
}

}  // namespace

Saver::Saver(Keyspace& keyspace, const SettingsStore& settings, const Clock& clock,
             const Statistics& statistics, LatencyMonitor& latency)
    : keyspace_(keyspace),
      settings_(settings),
      clock_(clock),
      statistics_(statistics),
      latency_(latency),
      snapshot_(keyspace) {
  figures_.last_save_s = clock.NowMs() / 1000;
}

void Saver::Stop() {
  give_up_.store(true, std::memory_order_relaxed);  // a request; the mutex orders the rest
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Saver::Outcome Saver::Occupy(Phase phase) {
  if (phase_ != Phase::kIdle || stop_) return nullptr;
  phase_ = phase;
  outcome_ = std::make_shared<SaveOutcome>();
  begun_us_ = clock_.MonotonicUs();
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
  changed_.notify_all();
  return outcome_;
}

Saver::Outcome Saver::BeginNow() {
  const std::lock_guard lock(mutex_);
  const Outcome outcome = Occupy(Phase::kRunning);
  if (outcome) BeginSnapshot();
  return outcome;
}

Saver::Outcome Saver::BeginSoon() {
  const std::lock_guard lock(mutex_);
  return Occupy(Phase::kRequested);
}

void Saver::BeginSnapshot() {
  snapshot_.Begin();
  begun_us_ = clock_.MonotonicUs();
  changes_at_begin_ = statistics_.Totals().changes;
  figures_.keys_total = snapshot_.keys();
  keys_done_.store(0, std::memory_order_relaxed);   // a statistic
  bytes_done_.store(0, std::memory_order_relaxed);  // a statistic
}

std::string Saver::SaveAndWait(InProgress in_progress) {
  std::unique_lock lock(mutex_);
  const auto idle = [this] { return phase_ == Phase::kIdle || stop_; };
  if (in_progress == InProgress::kGivenUp) {
    give_up_.store(true, std::memory_order_relaxed);  // as in Stop()
    changed_.wait(lock, idle);
    if (!stop_) give_up_.store(false, std::memory_order_relaxed);  // as in Stop()
  }
  // Somebody else may begin one in between.
  Outcome outcome;
  while (!stop_ && !(outcome = Occupy(Phase::kRequested)))
    changed_.wait(lock, idle);
  if (!outcome) return kCalledOff;
  // Relaxed: it is written under mutex_, too.
  const auto done = [&] { return outcome->done.load(std::memory_order_relaxed); };
  changed_.wait(lock, [&] { return done() || stop_; });
  return done() ? outcome->error : kCalledOff;
}

void Saver::Tick(uint64_t changes) {
  const std::shared_ptr<const Settings> settings = settings_.Current();
  if (settings->save.empty()) return;
  const std::lock_guard lock(mutex_);
  if (phase_ != Phase::kIdle) return;
  const bool waits = !figures_.last_succeeded && clock_.MonotonicUs() - begun_us_ < kRetryUs;
  const int64_t since_s = clock_.NowMs() / 1000 - figures_.last_save_s;
  for (const SavePoint& point : settings->save) {
    const uint64_t made = changes - changes_saved_;
    if (made < point.changes || made == 0 || since_s <= point.seconds || waits) continue;
    spdlog::info("{} changes in {} seconds. Saving...", made, since_s);
    Occupy(Phase::kRequested);
    return;
  }
}

void Saver::Run() {
  LowerPriority();
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || phase_ != Phase::kIdle; });
    if (stop_ && phase_ != Phase::kRunning) return;
    const bool requested = phase_ == Phase::kRequested;
    lock.unlock();
    if (requested) BeginRequested();
    Finish(Write());
    if (on_finished) on_finished();
    lock.lock();
  }
}

void Saver::BeginRequested() {
  ShardSet shards(keyspace_.shard_count());
  shards.AddAll(keyspace_.shard_count());
  const ShardSetGuard guard(keyspace_, shards);
  const std::lock_guard lock(mutex_);
  phase_ = Phase::kRunning;
  BeginSnapshot();
}

std::string Saver::Write() {
  const std::shared_ptr<const Settings> settings = settings_.Current();
  spdlog::info("Background saving started: {} keys.", snapshot_.keys());
  ReplacementFile file(settings->dir + "/" + settings->dbfilename,
                       "temp-" + std::to_string(getpid()) + ".rdb");
  RdbEncoder encoder(file,
                     {.compress = settings->rdbcompression, .checksum = settings->rdbchecksum});
  encoder.WriteHeader();
  WriteFacts(encoder, clock_, keyspace_.budget().used());
  std::vector<bool> introduced(snapshot_.databases().size());
  const auto write = [&](const EntryImage& image) {
    if (!introduced[image.database]) {
      introduced[image.database] = true;
      const DatabaseTotals& totals = snapshot_.databases()[image.database];
      encoder.SelectDatabase(image.database, totals.keys, totals.expiring);
    }
    encoder.WriteEntry(image);
  };
  bool given_up = false;
  while (snapshot_.Continue(write)) {
    sched_yield();  // see LowerPriority()
    latency_.Observe(LatencyEvent::kSnapshotSlice, static_cast<uint64_t>(snapshot_.held_ns()));
    PublishProgress(encoder.bytes());
    // Relaxed: a request, see Stop().
    const bool called_off = give_up_.load(std::memory_order_relaxed);
    if (given_up || !(file.error() || snapshot_.lost() || called_off)) continue;
    given_up = true;
    snapshot_.Abandon();
  }
  if (file.error()) return file.error()->Text();
  if (snapshot_.lost()) return "clients changed keys faster than their old values could be written";
  if (given_up) return kCalledOff;
  encoder.WriteEnd();
  PublishProgress(encoder.bytes());
  const std::optional<FileError> error = file.Commit();
  return error ? error->Text() : "";
}

void Saver::PublishProgress(size_t bytes) {
  keys_done_.store(snapshot_.keys_seen(), std::memory_order_relaxed);  // a statistic
  bytes_done_.store(bytes, std::memory_order_relaxed);                 // a statistic
}

void Saver::Finish(std::string error) {
  const std::lock_guard lock(mutex_);
  const int64_t took_us = clock_.MonotonicUs() - begun_us_;
  figures_.last_succeeded = error.empty();
  figures_.last_error = error;
  figures_.last_duration_s = took_us / kSecondUs;
  figures_.last_copied_peak = keyspace_.budget().snapshot().peak();
  if (error.empty()) {
    ++figures_.saves;
    figures_.last_save_s = clock_.NowMs() / 1000;
    changes_saved_ = changes_at_begin_;
    spdlog::info("DB saved on disk: {} keys, {} bytes, in {:.3f} seconds.", snapshot_.keys_seen(),
                 bytes_done_.load(std::memory_order_relaxed),  // written by this thread
                 static_cast<double>(took_us) / kSecondUs);
  } else {
    spdlog::warn("Background saving error: {}. The file is as it was before.", error);
  }
  outcome_->error = std::move(error);
  outcome_->done.store(true, std::memory_order_release);  // the error is seen before
  phase_ = Phase::kIdle;
  changed_.notify_all();
}

SaveFigures Saver::Figures() const {
  const uint64_t changes = statistics_.Totals().changes;
  const std::lock_guard lock(mutex_);
  SaveFigures figures = figures_;
  figures.changes_since = changes - changes_saved_;
  figures.running = phase_ != Phase::kIdle;
  if (!figures.running) {
    figures.keys_total = 0;
    return figures;
  }
  const int64_t runs_us = clock_.MonotonicUs() - begun_us_;
  figures.current_s = runs_us / kSecondUs;
  figures.keys_done = keys_done_.load(std::memory_order_relaxed);    // a statistic
  figures.bytes_done = bytes_done_.load(std::memory_order_relaxed);  // a statistic
  if (figures.keys_done != 0) {
    const double left = static_cast<double>(figures.keys_total - figures.keys_done) /
                        static_cast<double>(figures.keys_done);
    figures.seconds_left =
        static_cast<int64_t>(left * static_cast<double>(runs_us) / kSecondUs + 0.5);
  }
  figures.copied_bytes = keyspace_.budget().snapshot().waiting();
  figures.copied_peak = keyspace_.budget().snapshot().peak();
  return figures;
}

int64_t Saver::last_save_s() const {
  const std::lock_guard lock(mutex_);
  return figures_.last_save_s;
}

}  // namespace larder
