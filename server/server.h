// The whole server: state, listener and I/O threads, from start-up to shutdown.
#pragma once

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "server/clock.h"
#include "server/command_line.h"
#include "server/io_thread.h"
#include "server/listener.h"
#include "server/server_state.h"
#include "server/settings_store.h"
#include "server/snapshot_load.h"

namespace larder {

// Owns everything.
//
// Thread safety: Run() is called once, by the thread that made the server; RequestShutdown() by
// any.
class Server {
 public:
  explicit Server(StartUpOptions options);
  ~Server();

  // Serves until it is told to stop. Throws StartUpError if it cannot begin.
  void Run();
  void RequestShutdown(ShutdownRequest request);

 private:
  void WatchSettings();
  void AwaitSignal();
  void HandOver(int socket, std::string peer, std::string local);
  void Load();
  // Stops if nothing stands against it; saves before if the request says so.
  void ShutDown(const ShutdownRequest& request);
  void Refuse(const ShutdownRequest& request);
  void Stop();
  void StopListening();

  // Constant after construction.
  SystemClock clock_;
  SettingsStore settings_;
  ServerState state_;
  asio::io_context io_{1};
  asio::signal_set signals_;
  Listener listener_;
  std::vector<std::unique_ptr<IoThread>> threads_;
  SnapshotLoad load_;
  // Owned by the thread that calls Run().
  std::optional<std::string> failure_;  // for which the server ends
};

}  // namespace larder
