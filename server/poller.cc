// Calls of epoll.
#include "server/poller.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace larder {

namespace {

constexpr uint32_t kInputEvents = EPOLLIN | EPOLLRDHUP | EPOLLET;

}  // namespace

Poller::Poller() : descriptor_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

Poller::~Poller() {
  ::close(descriptor_);
}

bool Poller::Add(int socket, void* owner) {
  epoll_event event{};
  event.events = kInputEvents;
  event.data.ptr = owner;
  return ::epoll_ctl(descriptor_, EPOLL_CTL_ADD, socket, &event) == 0;
}

void Poller::WatchOutput(int socket, void* owner) {
  epoll_event event{};
  event.events = kInputEvents | EPOLLOUT;
  event.data.ptr = owner;
  ::epoll_ctl(descriptor_, EPOLL_CTL_MOD, socket, &event);
}

std::span<const epoll_event> Poller::Ready(std::span<epoll_event> events) {
  const int count =
      ::epoll_wait(descriptor_, events.data(), static_cast<int>(events.size()), /*timeout=*/0);
  return events.first(count > 0 ? static_cast<size_t>(count) : 0);
}

}  // namespace larder
