// Opening, listening and accepting.
#include "server/listener.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "server/command_line.h"

namespace larder {

namespace {

constexpr int kAcceptsPerWakeUp = 256;

std::string ErrorText() {
  return std::strerror(errno);
}

std::string AddressText(const sockaddr_storage& address) {
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  const socklen_t size = address.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  if (::getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host, sizeof host, port,
                    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "?:0";
  }
  return address.ss_family == AF_INET6 ? "[" + std::string(host) + "]:" + port
                                       : std::string(host) + ":" + port;
}

bool IsLoopback(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

void SetKeepAlive(int socket, int64_t seconds) {
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  const int idle = static_cast<int>(seconds);
  const int interval = std::max(1, idle / 3);
  const int probes = 3;
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

void RefuseWith(int socket, std::string_view error) {
  (void)!::send(socket, error.data(), error.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

struct Listener::Socket {
  asio::posix::stream_descriptor descriptor;
  asio::steady_timer pause;
  bool is_unix;
};

Listener::Listener(asio::io_context& io, ServerState& state, Accepted accepted)
    : io_(io),
      state_(state),
      accepted_(std::move(accepted)),
      statistics_(state.statistics.AddThread()) {}

Listener::~Listener() {
  Close();
}

void Listener::Open() {
  const std::shared_ptr<const Settings> settings = state_.settings.Current();
  if (settings->port != 0) {
    for (const std::string& address : settings->bind)
      OpenTcp(address, settings->port);
  }
  if (!settings->unixsocket.empty()) OpenUnix(settings->unixsocket, settings->unixsocketperm);
  if (sockets_.empty()) {
    throw StartUpError(
        "Nothing to listen on: port is 0 or bind is empty, and unixsocket is not set.");
  }
}

void Listener::Close() {
  sockets_.clear();
  if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
  unix_path_.clear();
}

void Listener::OpenTcp(const std::string& setting, int64_t port) {
  const bool optional = setting.starts_with('-');
  std::string address = optional ? setting.substr(1) : setting;
  if (address == "*") address = "0.0.0.0";
  if (address == "::*") address = "::";
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const std::string service = std::to_string(port);
  const int failure = ::getaddrinfo(address.c_str(), service.c_str(), &hints, &found);
  if (failure != 0) {
    if (optional) return;
    throw StartUpError("bind: cannot resolve '" + address + "': " + ::gai_strerror(failure));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> holder(found, ::freeaddrinfo);
  const int descriptor = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (descriptor >= 0) {
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (found->ai_family == AF_INET6) {
      ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
  }
  const int backlog = static_cast<int>(state_.settings.Current()->tcp_backlog);
  if (descriptor < 0 || ::bind(descriptor, found->ai_addr, found->ai_addrlen) != 0 ||
      ::listen(descriptor, backlog) != 0) {
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    if (optional && (error == EADDRNOTAVAIL || error == EAFNOSUPPORT)) return;
    std::string text =
        "Cannot listen on " + address + " port " + service + ": " + std::strerror(error);
    if (error == EADDRINUSE) {
      text +=
          ". Another server holds the port, perhaps redis-server or another larder-server (`ss "
          "-ltnp` shows which); "
          "stop it or choose another one with --port.";
    }
    throw StartUpError(text);
  }
  Add(descriptor, /*is_unix=*/false);
}

void Listener::OpenUnix(const std::string& path, int64_t permissions) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    throw StartUpError("unixsocket: '" + path + "' is too long; at most " +
                       std::to_string(sizeof address.sun_path - 1) + " bytes are allowed");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  ::unlink(path.c_str());
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int backlog = static_cast<int>(state_.settings.Current()->tcp_backlog);
  if (descriptor < 0 ||
      ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(descriptor, backlog) != 0) {
    const std::string reason = ErrorText();
    if (descriptor >= 0) ::close(descriptor);
    throw StartUpError("Cannot listen on the Unix socket " + path + ": " + reason);
  }
  unix_path_ = path;
  if (permissions != 0) ::chmod(path.c_str(), static_cast<mode_t>(permissions));
  Add(descriptor, /*is_unix=*/true);
}

void Listener::Add(int descriptor, bool is_unix) {
  sockets_.push_back(std::unique_ptr<Socket>(new Socket{
      asio::posix::stream_descriptor(io_, descriptor), asio::steady_timer(io_), is_unix}));
  AwaitConnections(*sockets_.back());
}

void Listener::AwaitConnections(Socket& socket) {
  socket.descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                               [this, &socket](const asio::error_code& error) {
                                 if (!error) AcceptAll(socket);
                               });
}

void Listener::AcceptAll(Socket& socket) {
  for (int i = 0; i < kAcceptsPerWakeUp; ++i) {
    const int accepted = ::accept4(socket.descriptor.native_handle(), nullptr, nullptr,
                                   SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted >= 0) {
      Welcome(accepted, socket.is_unix);
      continue;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
      spdlog::warn("Accepting a client connection failed: {}", ErrorText());
      // The connection stays in the backlog; trying again at once would only burn the processor.
      socket.pause.expires_after(std::chrono::milliseconds(100));
      socket.pause.async_wait([this, &socket](const asio::error_code& error) {
        if (!error) AwaitConnections(socket);
      });
      return;
    }
    if (errno != EINTR && errno != ECONNABORTED) break;
  }
  AwaitConnections(socket);
}

void Listener::Welcome(int socket, bool is_unix) {
  sockaddr_storage peer{};
  sockaddr_storage local{};
  std::string peer_text = unix_path_ + ":0";
  std::string local_text = peer_text;
  if (!is_unix) {
    socklen_t size = sizeof peer;
    ::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size);
    size = sizeof local;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&local), &size);
    peer_text = AddressText(peer);
    local_text = AddressText(local);
  }
  if (Refused(socket, is_unix || IsLoopback(peer))) {
    ::close(socket);
    statistics_.connections_received.Add(1);
    return;
  }
  if (!is_unix) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int64_t keep_alive = state_.settings.Current()->tcp_keepalive;
    if (keep_alive > 0) SetKeepAlive(socket, keep_alive);
  }
  accepted_(socket, std::move(peer_text), std::move(local_text));
}

// Answers a client that may not come in.
bool Listener::Refused(int socket, bool is_local) {
  const std::shared_ptr<const Settings> settings = state_.settings.Current();
  if (state_.clients.size() >= static_cast<size_t>(settings->maxclients)) {
    RefuseWith(socket, "-ERR max number of clients reached\r\n");
    statistics_.connections_rejected.Add(1);
    return true;
  }
  if (settings->protected_mode && settings->requirepass.empty() && !is_local) {
    RefuseWith(socket,
               "-DENIED Larder runs in protected mode: no password is set, so only clients on the "
               "same machine may connect. "
               "To let others in, set a password with CONFIG SET requirepass from this machine or "
               "in the configuration "
               "file, or turn the protection off with CONFIG SET protected-mode no, if nobody else "
               "can reach the port.\r\n");
    statistics_.connections_rejected.Add(1);
    return true;
  }
  return false;
}

}  // namespace larder
