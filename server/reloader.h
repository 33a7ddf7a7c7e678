// Saves the data, empties the databases and loads the file again: DEBUG RELOAD.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "server/saver.h"

namespace larder {

class SnapshotLoad;
struct ServerState;

// Owns the thread that does it, whatever becomes of the client that has asked for it. From the
// beginning to the end other clients are answered as while the server starts: what they wrote in
// between would be lost.
//
// Thread safety: any thread that holds no lock of a shard, where a member does not say otherwise.
class Reloader {
 public:
  struct Options {
    bool saves = true;      // otherwise the file is loaded as it is
    bool empties = true;    // otherwise what the file has comes beside what is there
    bool replaces = false;  // what is there; otherwise a key twice is an error
  };

  // Requires: the state outlives it.
  explicit Reloader(ServerState& state);
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;
  ~Reloader();

  // Null: a load is in progress.
  Saver::Outcome Begin(Options options);
  // Whether the data is whole. If so, it stays, since a reload that has got no further than saving
  // ends without a load.
  bool KeepData();
  // Ends what is in progress as soon as possible. Requires: the saver was stopped.
  void Stop();

  // Called by the reloading thread at the end. Set before the first session.
  std::function<void()> on_finished;

 private:
  // Each returns what went wrong; empty if nothing did.
  std::string Run(Options options);
  std::string LoadFile(Options options);
  void AwaitRequests();
  void Empty();

  // Constant after construction.
  ServerState& state_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::thread thread_;
  bool running_ = false;
  bool stop_ = false;
  bool keeps_data_ = false;       // the reload in progress may not go on to load
  SnapshotLoad* load_ = nullptr;  // while it loads
};

}  // namespace larder
