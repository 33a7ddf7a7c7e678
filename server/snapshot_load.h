// Loads the snapshot: when the server starts, or when it is told to load it again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "server/server_state.h"
#include "storage/rdb_loader.h"

namespace larder {

// Where the snapshot lies.
std::string SnapshotPath(const Settings& settings);

// Owns the thread that loads.
//
// Thread safety: Begin(), Stop() and the destructor belong to one thread.
class SnapshotLoad {
 public:
  // Told at the end, by the load's thread: the error for which the server must not go on, if there
  // was one.
  using OnEnd = std::function<void(std::optional<std::string> error)>;

  // What becomes of a key that is there already.
  enum class Existing : uint8_t { kReplaced, kRefused };

  // So many threads store keys. Requires: the state outlives the load.
  SnapshotLoad(ServerState& state, size_t threads, Existing existing = Existing::kReplaced);
  SnapshotLoad(const SnapshotLoad&) = delete;
  SnapshotLoad& operator=(const SnapshotLoad&) = delete;
  ~SnapshotLoad() { Stop(); }

  // Whether there is a snapshot to load. If so, the server is loading from now on.
  bool Prepare();
  // Begins to load. Requires: Prepare() was true.
  void Begin(OnEnd on_end);
  // Ends the load, if it is under way, as soon as possible.
  void Stop();

  // The parts of these, for whoever has a thread of their own. Enter() makes the server loading,
  // Leave() ends that, and Load() loads on the calling thread into what is there, and returns what
  // went wrong.
  void Enter(LoadStatus::Phase phase);
  std::optional<std::string> Load();
  void Leave();
  // Lets Load() return soon, without an error.
  void CallOff() { loader_.Stop(); }
  const std::string& path() const { return path_; }

 private:
  RdbReader::Listener Listen();
  void NoteFact(std::string_view name, std::string_view value);
  void LogProgress();
  void LogEnd(int64_t started_us) const;
  std::optional<std::string> Judge(const std::optional<RdbError>& error) const;

  // Constant after construction.
  ServerState& state_;
  const std::string path_;
  RdbLoader loader_;

  std::thread thread_;
  // Owned by the load's thread.
  int64_t logged_us_ = 0;
};

}  // namespace larder
