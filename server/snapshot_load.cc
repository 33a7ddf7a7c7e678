// Runs the loader and tells of it.
#include "server/snapshot_load.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <utility>

namespace larder {
namespace {

// The log tells so often how far the load has come.
constexpr int64_t kLogIntervalUs = 2'000'000;
// Of the things that are passed over, so many are told one by one.
constexpr uint64_t kMostTold = 10;

uint64_t Figure(const std::atomic<uint64_t>& value) {
  return value.load(std::memory_order_relaxed);  // a statistic, orders nothing
}

RdbLoader::Options OptionsFor(const Settings& settings, size_t databases, size_t threads,
                              bool replaces) {
  RdbLoader::Options options;
  options.read.databases = databases;
  options.read.skip_unsupported = settings.load_unsupported == LoadUnsupported::kSkip;
  options.read.verify_checksum = settings.rdbchecksum;
  options.threads = threads;
  options.replaces = replaces;
  options.keep_readable = settings.load_damaged == LoadDamaged::kKeepReadable;
  return options;
}

}  // namespace

std::string SnapshotPath(const Settings& settings) {
  return settings.dir + '/' + settings.dbfilename;
}

SnapshotLoad::SnapshotLoad(ServerState& state, size_t threads, Existing existing)
    : state_(state),
      path_(SnapshotPath(*state.settings.Current())),
      loader_(state.keyspace, state.load.progress,
              OptionsFor(*state.settings.Current(), state.keyspace.database_count(), threads,
                         existing == Existing::kReplaced),
              Listen(), [&clock = state.clock] { return clock.NowMs(); }) {
  loader_.set_on_progress([this] { LogProgress(); });
}

bool SnapshotLoad::Prepare() {
  if (::access(path_.c_str(), F_OK) != 0 && errno == ENOENT) return false;
  Enter(state_.settings.Current()->serve_while_loading ? LoadStatus::Phase::kServing
                                                       : LoadStatus::Phase::kRefusing);
  return true;
}

void SnapshotLoad::Enter(LoadStatus::Phase phase) {
  for (size_t i = 0; i < state_.keyspace.shard_count(); ++i) {
    const ShardGuard guard(state_.keyspace.shard(i));
    state_.keyspace.shard(i).BeginLoad();
  }
  state_.load.progress.Reset();
  state_.load.started_ms.store(state_.clock.NowMs(), std::memory_order_relaxed);  // a statistic
  state_.load.set_phase(phase);
}

void SnapshotLoad::Begin(OnEnd on_end) {
  thread_ = std::thread([this, on_end = std::move(on_end)] {
    std::optional<std::string> error = Load();
    if (loader_.stopped() && !error) return;  // the server ends
    if (!error) Leave();
    on_end(std::move(error));
  });
}

void SnapshotLoad::Stop() {
  if (!thread_.joinable()) return;
  CallOff();
  thread_.join();
}

void SnapshotLoad::Leave() {
  for (size_t i = 0; i < state_.keyspace.shard_count(); ++i) {
    const ShardGuard guard(state_.keyspace.shard(i));
    state_.keyspace.shard(i).EndLoad();
  }
  state_.load.set_phase(LoadStatus::Phase::kNone);
}

std::optional<std::string> SnapshotLoad::Load() {
  const int64_t started_us = state_.clock.MonotonicUs();
  logged_us_ = started_us;
  spdlog::info("Loading {}.", path_);
  const std::optional<std::string> error = Judge(loader_.Load(path_));
  if (error) {
    spdlog::error("{}", *error);
  } else if (!loader_.stopped()) {
    LogEnd(started_us);
  }
  return error;
}

// What the error means for the server; nothing if it goes on.
std::optional<std::string> SnapshotLoad::Judge(const std::optional<RdbError>& error) const {
  if (!error) return std::nullopt;
  const std::string text = path_ + ' ';
  switch (error->kind) {
    case RdbError::Kind::kDamaged:
      if (state_.settings.Current()->load_damaged == LoadDamaged::kKeepReadable) {
        spdlog::warn("{} is damaged {}. What comes before that was kept: {} of {} bytes.", path_,
                     error->Text(), error->offset, Figure(state_.load.progress.total_bytes));
        return std::nullopt;
      }
      return text + "is damaged " + error->Text() +
             ". It was left as it is. load-damaged keep-readable keeps what can be read of it.";
    case RdbError::Kind::kUnsupported:
      return text + "cannot be loaded " + error->Text() +
             ". load-unsupported skip passes over what Larder cannot keep.";
    case RdbError::Kind::kUnreadable:
    case RdbError::Kind::kRefused:
      break;
  }
  return text + "cannot be loaded " + error->Text() + '.';
}

RdbReader::Listener SnapshotLoad::Listen() {
  RdbReader::Listener listener;
  listener.on_aux = [this](std::string_view name, std::string_view value) {
    NoteFact(name, value);
  };
  listener.on_skipped = [told = uint64_t{0}](std::string_view what) mutable {
    if (told++ < kMostTold) spdlog::warn("Passed over {}, which Larder cannot keep.", what);
  };
  return listener;
}

void SnapshotLoad::NoteFact(std::string_view name, std::string_view value) {
  const auto number = [value] {
    int64_t result = 0;
    std::from_chars(value.data(), value.data() + value.size(), result);
    return result;
  };
  if (name.starts_with('%')) {
    spdlog::info("RDB '{}': {}", name, value);
  } else if (name == "redis-ver") {
    spdlog::info("Loading RDB produced by version {}", value);
  } else if (name == "ctime") {
    spdlog::info("RDB age {} seconds",
                 std::max<int64_t>(state_.clock.NowMs() / 1000 - number(), 0));
  } else if (name == "used-mem") {
    state_.load.used_memory.store(static_cast<uint64_t>(number()),
                                  std::memory_order_relaxed);  // a statistic
  }
}

void SnapshotLoad::LogProgress() {
  const int64_t now_us = state_.clock.MonotonicUs();
  if (now_us - logged_us_ < kLogIntervalUs) return;
  logged_us_ = now_us;
  const LoadProgress& progress = state_.load.progress;
  const uint64_t loaded = Figure(progress.loaded_bytes);
  spdlog::info("Loading: {} % of {} MB, {} keys.",
               loaded * 100 / std::max<uint64_t>(Figure(progress.total_bytes), 1),
               Figure(progress.total_bytes) / kMegabyte, Figure(progress.loaded));
}

void SnapshotLoad::LogEnd(int64_t started_us) const {
  const LoadProgress& progress = state_.load.progress;
  std::string text = std::to_string(Figure(progress.loaded)) + " keys loaded, " +
                     std::to_string(Figure(progress.expired)) + " had expired";
  const std::pair<const std::atomic<uint64_t>&, std::string_view> others[] = {
      {progress.superseded, " were written by clients meanwhile"},
      {progress.damaged, " were damaged"},
      {progress.unsupported, " could not be kept"}};
  for (const auto& [figure, what] : others) {
    if (Figure(figure) != 0) text += ", " + std::to_string(Figure(figure)) + std::string(what);
  }
  const double seconds = static_cast<double>(state_.clock.MonotonicUs() - started_us) / 1e6;
  spdlog::info("DB loaded from disk: {:.3f} seconds; {}.", seconds, text);
}

}  // namespace larder
