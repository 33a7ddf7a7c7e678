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

#include <algorithm>
#include <asio/post.hpp>
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
  bool removed = false;  // what is about to be called for it comes too late
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
  if (const std::optional<std::string> error = OpenTcp(*settings)) throw StartUpError(*error);
  if (!settings->unixsocket.empty()) OpenUnix(settings->unixsocket, settings->unixsocketperm);
  if (endpoints_.empty() && sockets_.empty()) {
    throw StartUpError(
        "Nothing to listen on: port is 0 or bind is empty, and unixsocket is not set.");
  }
}

bool Listener::Reopen(const Settings& settings) {
  const std::optional<std::string> error = OpenTcp(settings);
  if (error) spdlog::warn("{}", *error);
  return !error;
}

void Listener::Close() {
  for (const std::shared_ptr<Socket>& socket : sockets_)
    socket->removed = true;
  sockets_.clear();
  if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
  unix_path_.clear();
}

// What is open already stays open; the rest is opened, and only then what is no longer wanted is
// closed, so that the old sockets stay if something goes wrong.
std::optional<std::string> Listener::OpenTcp(const Settings& settings) {
  const std::lock_guard lock(mutex_);
  std::vector<Endpoint> wanted;
  std::string error;
  for (const std::string& address : settings.bind) {
    if (settings.port == 0) break;
    const auto is_it = [&](const Endpoint& endpoint) {
      return endpoint.address == address && endpoint.port == settings.port;
    };
    if (std::ranges::any_of(wanted, is_it)) continue;
    const auto open = std::ranges::find_if(endpoints_, is_it);
    Endpoint endpoint{address, settings.port, -1};
    if (open != endpoints_.end()) {
      endpoint.descriptor = open->descriptor;
    } else {
      ListeningSocket socket = OpenBeside(address, settings);
      error = std::move(socket.error);
      endpoint.descriptor = socket.descriptor;
    }
    if (!error.empty()) break;
    if (endpoint.descriptor >= 0) wanted.push_back(std::move(endpoint));
  }
  const auto is_in = [](const std::vector<Endpoint>& endpoints) {
    return [&endpoints](const Endpoint& endpoint) {
      return std::ranges::count(endpoints, endpoint.descriptor, &Endpoint::descriptor) > 0;
    };
  };
  if (!error.empty()) {
    std::erase_if(wanted, is_in(endpoints_));
    for (const Endpoint& endpoint : wanted)
      ::close(endpoint.descriptor);
    return error;
  }
  for (const Endpoint& endpoint : wanted) {
    if (is_in(endpoints_)(endpoint)) continue;
    spdlog::info("Listening on {} port {}.", endpoint.address, endpoint.port);
    asio::post(io_, [this, endpoint] { Add(endpoint.descriptor, /*is_unix=*/false); });
  }
  std::vector<Endpoint> left = std::exchange(endpoints_, std::move(wanted));
  std::erase_if(left, is_in(endpoints_));
  for (const Endpoint& endpoint : left) {
    // From now on nobody gets in; what asio has of it is closed by its own thread.
    ::shutdown(endpoint.descriptor, SHUT_RD);
    asio::post(io_, [this, endpoint] { Remove(endpoint.descriptor); });
  }
  return std::nullopt;
}

// Opens one more socket. Its port may be that of sockets of ours, which are about to be closed.
ListeningSocket Listener::OpenBeside(const std::string& address, const Settings& settings) {
  ListeningSocket socket =
      ListenOnTcp(address, settings.port, settings.tcp_backlog, Port::kExclusive);
  const auto has_port = [&](const Endpoint& endpoint) { return endpoint.port == settings.port; };
  if (socket.error.empty() || !std::ranges::any_of(endpoints_, has_port)) return socket;
  for (const Endpoint& endpoint : endpoints_)
    SetShared(endpoint.descriptor, true);
  socket = ListenOnTcp(address, settings.port, settings.tcp_backlog, Port::kShared);
  if (socket.descriptor >= 0) SetShared(socket.descriptor, false);
  for (const Endpoint& endpoint : endpoints_)
    SetShared(endpoint.descriptor, false);
  return socket;
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
  sockets_.push_back(std::shared_ptr<Socket>(new Socket{
      asio::posix::stream_descriptor(io_, descriptor), asio::steady_timer(io_), is_unix}));
  AwaitConnections(sockets_.back());
}

void Listener::Remove(int descriptor) {
  std::erase_if(sockets_, [descriptor](const std::shared_ptr<Socket>& socket) {
    socket->removed = socket->descriptor.native_handle() == descriptor;
    return socket->removed;
  });
}

void Listener::AwaitConnections(const std::shared_ptr<Socket>& socket) {
  socket->descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                [this, socket](const asio::error_code& error) {
                                  if (!error && !socket->removed) AcceptAll(socket);
                                });
}

void Listener::AcceptAll(const std::shared_ptr<Socket>& socket) {
  for (int i = 0; i < kAcceptsPerWakeUp; ++i) {
    const int accepted = ::accept4(socket->descriptor.native_handle(), nullptr, nullptr,
                                   SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted >= 0) {
      Welcome(accepted, socket->is_unix);
      continue;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
      spdlog::warn("Accepting a client connection failed: {}", ErrorText());
      // The connection stays in the backlog; trying again at once would only burn the processor.
      socket->pause.expires_after(std::chrono::milliseconds(100));
      socket->pause.async_wait([this, socket](const asio::error_code& error) {
        if (!error && !socket->removed) AwaitConnections(socket);
      });
      return;
    }
    if (errno == EINVAL) return;  // it is shut already, and will be removed soon
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
