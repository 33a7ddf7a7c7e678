// The sockets of an I/O thread, and which of them are ready.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <span>

namespace larder {

// Owns an epoll descriptor. Events are edge-triggered: each is reported once, when the socket
// becomes readable or writable, so that a ready socket costs no system call beside the read and the
// write.
//
// Thread safety: none; each I/O thread has its own.
class Poller {
 public:
  // Throws std::system_error if the system has no descriptor left.
  Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller();

  // Reports for `socket` carry `owner`. False if the system refuses.
  [[nodiscard]] bool Add(int socket, void* owner);
  // From now on also reports that the socket has room for more output.
  void WatchOutput(int socket, void* owner);

  // The ready sockets of now, without waiting.
  std::span<const epoll_event> Ready(std::span<epoll_event> events);

  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace larder
