// Where the server under load listens, and sockets connected to it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace larder::bench {

// A connected, non-blocking socket.
//
// Owns the file descriptor.
// Thread safety: none.
class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket() { Close(); }

  int fd() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void Close();

 private:
  int fd_;
};

struct ServerAddress {
  std::string host = "127.0.0.1";
  uint16_t port = 6379;
  std::string unix_path;  // used instead of host and port when not empty
  std::string password;
  int database = 0;
  bool resp3 = false;

  std::string ToString() const;
};

// Connects to the server; on failure returns a closed socket and says in `error` what failed.
[[nodiscard]] Socket Connect(const ServerAddress& address, std::string& error);

// Raises the limit of open files so that `connections` fit; false with words when it cannot.
bool AllowConnections(uint64_t connections, std::string& error);

}  // namespace larder::bench
