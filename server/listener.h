// The sockets that the server listens on: accepts connections and hands them to I/O threads.
#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/server_state.h"
#include "server/tcp_socket.h"

namespace larder {

// Owns the listening sockets.
//
// Thread safety: Reopen() may be called by any thread; everything else happens on the thread that
// runs the io_context.
class Listener {
 public:
  // Takes a connected, non-blocking socket over.
  using Accepted = std::function<void(int socket, std::string peer, std::string local)>;

  Listener(asio::io_context& io, ServerState& state, Accepted accepted);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  // Opens what the settings name. Throws StartUpError with one line that says what cannot be opened
  // and why.
  void Open();
  // Listens where these settings say from now on; false if that is not possible: then nothing has
  // changed, and the log says why.
  [[nodiscard]] bool Reopen(const Settings& settings);
  // Stops accepting, and removes the Unix socket's file.
  void Close();

 private:
  struct Socket;
  // A TCP socket that is open.
  struct Endpoint {
    std::string address;  // as in the settings
    int64_t port;
    int descriptor;
  };

  // Returns why it failed.
  std::optional<std::string> OpenTcp(const Settings& settings);
  ListeningSocket OpenBeside(const std::string& address, const Settings& settings);
  void OpenUnix(const std::string& path, int64_t permissions);
  void Add(int descriptor, bool is_unix);
  void Remove(int descriptor);
  void AwaitConnections(const std::shared_ptr<Socket>& socket);
  void AcceptAll(const std::shared_ptr<Socket>& socket);
  void Welcome(int socket, bool is_unix);
  bool Refused(int socket, bool is_local);

  // Constant after construction.
  asio::io_context& io_;
  ServerState& state_;
  const Accepted accepted_;
  ThreadStatistics& statistics_;

  // Owned by the listening thread.
  std::vector<std::shared_ptr<Socket>> sockets_;
  std::string unix_path_;

  std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<Endpoint> endpoints_;
};

}  // namespace larder
