// Connecting over TCP or a Unix socket.
#include "bench/load/server_address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace larder::bench {
namespace {

std::string Failure(const ServerAddress& address, const char* reason) {
  return "cannot connect to " + address.ToString() + ": " + reason;
}

Socket ConnectUnix(const ServerAddress& address, std::string& error) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (address.unix_path.size() >= sizeof(name.sun_path)) {
    error = Failure(address, "the path is too long");
    return Socket();
  }
  std::memcpy(name.sun_path, address.unix_path.c_str(), address.unix_path.size() + 1);
  Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.open() ||
      connect(socket.fd(), reinterpret_cast<sockaddr*>(&name), sizeof(name)) != 0) {
    error = Failure(address, std::strerror(errno));
    return Socket();
  }
  return socket;
}

Socket ConnectTcp(const ServerAddress& address, std::string& error) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  int failed =
      getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (failed != 0) {
    error = Failure(address, gai_strerror(failed));
    return Socket();
  }
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  for (; found != nullptr; found = found->ai_next) {
    Socket socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket.open() && connect(socket.fd(), found->ai_addr, found->ai_addrlen) == 0) {
      int on = 1;
      setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      return socket;
    }
    error = Failure(address, std::strerror(errno));
  }
  return Socket();
}

}  // namespace

void Socket::Close() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

std::string ServerAddress::ToString() const {
  return unix_path.empty() ? host + ":" + std::to_string(port) : unix_path;
}

Socket Connect(const ServerAddress& address, std::string& error) {
  return address.unix_path.empty() ? ConnectTcp(address, error) : ConnectUnix(address, error);
}

bool AllowConnections(uint64_t connections, std::string& error) {
  static constexpr uint64_t kOtherFiles = 64;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  uint64_t wanted = connections + kOtherFiles;
  if (limit.rlim_cur >= wanted) return true;
  if (limit.rlim_max < wanted) {
    error = std::to_string(connections) + " connections need more open files than the limit of " +
            std::to_string(limit.rlim_max) + " allows (ulimit -Hn)";
    return false;
  }
  limit.rlim_cur = wanted;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

}  // namespace larder::bench
