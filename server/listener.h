// The sockets that the server listens on: accepts connections and hands them to I/O threads.
#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/server_state.h"

namespace larder {

// Owns the listening sockets.
//
// Thread safety: none; everything happens on the thread that runs the io_context.
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
  // Stops accepting, and removes the Unix socket's file.
  void Close();

 private:
  struct Socket;

  void OpenTcp(const std::string& address, int64_t port);
  void OpenUnix(const std::string& path, int64_t permissions);
  void Add(int descriptor, bool is_unix);
  void AwaitConnections(Socket& socket);
  void AcceptAll(Socket& socket);
  void Welcome(int socket, bool is_unix);
  bool Refused(int socket, bool is_local);

  // Constant after construction.
  asio::io_context& io_;
  ServerState& state_;
  const Accepted accepted_;
  ThreadStatistics& statistics_;

  // Owned by the listening thread.
  std::vector<std::unique_ptr<Socket>> sockets_;
  std::string unix_path_;
};

}  // namespace larder
