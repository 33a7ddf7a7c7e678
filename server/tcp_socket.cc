// Resolving, binding and listening.
#include "server/tcp_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace larder {

ListeningSocket ListenOnTcp(const std::string& setting, int64_t port, int64_t backlog, Port use) {
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
    if (optional) return {};
    return {-1, "bind: cannot resolve '" + address + "': " + ::gai_strerror(failure)};
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> holder(found, ::freeaddrinfo);
  const int descriptor = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (descriptor >= 0) {
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (use == Port::kShared) SetShared(descriptor, true);
    if (found->ai_family == AF_INET6) {
      ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
  }
  if (descriptor >= 0 && ::bind(descriptor, found->ai_addr, found->ai_addrlen) == 0 &&
      ::listen(descriptor, static_cast<int>(backlog)) == 0) {
    return {descriptor, ""};
  }
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (optional && (error == EADDRNOTAVAIL || error == EAFNOSUPPORT)) return {};
  std::string text =
      "Cannot listen on " + address + " port " + service + ": " + std::strerror(error);
  if (error == EADDRINUSE) {
    text +=
        ". Another server holds the port, perhaps redis-server or another larder-server (`ss "
        "-ltnp` shows which); "
        "stop it or choose another one with --port.";
  }
  return {-1, std::move(text)};
}

void SetShared(int descriptor, bool shared) {
  const int value = shared ? 1 : 0;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &value, sizeof value);
}

}  // namespace larder
