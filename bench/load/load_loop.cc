// The event loop of a load thread.
#include "bench/load/load_loop.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace larder::bench {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
// How long replies are waited for after the last request was sent.
constexpr uint64_t kDrain = 10 * kSecond;
// The loop looks at the clock at least this often.
constexpr uint64_t kLongestWait = kSecond / 10;
// Waking up takes about this long; a request that is due earlier is waited for by spinning.
constexpr uint64_t kSpin = 60'000;
constexpr size_t kBufferSize = 256 * 1024;
constexpr size_t kEventsAtOnce = 256;

}  // namespace

uint64_t Now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * kSecond + static_cast<uint64_t>(now.tv_nsec);
}

LoadLoop::LoadLoop(const LoopPlan& plan, const RequestTape& tape, const ValueSource& values)
    : plan_(plan), tape_(tape), values_(values), buffer_(kBufferSize), events_(kEventsAtOnce) {}

LoadLoop::~LoadLoop() {
  if (epoll_ >= 0) close(epoll_);
}

bool LoadLoop::Open(const ConnectionOpener& opener, std::string& error) {
  std::vector<Socket> sockets;
  if (!opener.OpenMany(plan_.connections, sockets, error)) return false;
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  connections_.reserve(sockets.size());
  for (size_t i = 0; i < sockets.size(); ++i) {
    size_t slot = (plan_.first_slot + i * plan_.slot_stride) % tape_.size();
    int fd = sockets[i].fd();
    connections_.emplace_back(std::move(sockets[i]),
                              TapePlayer(fd, tape_, values_, slot, plan_.sample), i);
    // Edge-triggered, so that nothing has to be told to epoll during the run.
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &connections_.back();
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }
  return true;
}

void LoadLoop::Run(uint64_t start) {
  start_ = start;
  count_from_ = start + plan_.warmup_ns;
  end_ = plan_.duration_ns == 0 ? UINT64_MAX - kDrain : count_from_ + plan_.duration_ns;
  give_up_ = end_ + kDrain;
  warm_ = plan_.warmup_ns == 0;
  if (!open_loop()) StartConnections();
  for (uint64_t now = Now(); !(ended_ && in_flight_ == 0) && now < give_up_; now = Now()) {
    CheckClock(now);
    if (open_loop()) SendDue(now);
    Wait(now);
    // A count for the progress line; it orders nothing.
    progress_.store(forgotten_replies_ + tally_.replies, std::memory_order_relaxed);
  }
  CheckClock(Now());
}

void LoadLoop::StartConnections() {
  for (Connection& connection : connections_)
    SendBatch(connection);
}

// Closed loop: sends the next batch of a connection whose replies are all in.
void LoadLoop::SendBatch(Connection& connection) {
  uint64_t count = plan_.pipeline;
  if (plan_.requests > 0) count = std::min(count, plan_.requests - issued_);
  if (count == 0) return;
  issued_ += count;
  in_flight_ += count;
  connection.player.Allow(count);
  connection.batch_sent_at = Now();
  connection.player.Flush(tally_);
  if (connection.player.lost()) Abandon(connection);
}

uint64_t LoadLoop::DueTime(uint64_t batch) const {
  double seconds = static_cast<double>(batch) * plan_.pipeline / plan_.rate;
  return start_ + static_cast<uint64_t>(seconds * kSecond);
}

// Open loop: sends everything that has become due, each connection's share with one write.
void LoadLoop::SendDue(uint64_t now) {
  to_flush_.clear();
  while (!SendingEnded(DueTime(batches_)) && DueTime(batches_) <= now) {
    Connection& connection = connections_[batches_++ % connections_.size()];
    issued_ += plan_.pipeline;
    if (connection.player.lost()) {
      abandoned_ += plan_.pipeline;
      continue;
    }
    in_flight_ += plan_.pipeline;
    connection.player.Allow(plan_.pipeline);
    if (!std::exchange(connection.waits_for_flush, true)) to_flush_.push_back(&connection);
  }
  for (Connection* connection : to_flush_) {
    connection->waits_for_flush = false;
    connection->player.Flush(tally_);
    if (connection->player.lost()) Abandon(*connection);
  }
}

// Waits for events, no longer than until the next request is due, and serves them.
void LoadLoop::Wait(uint64_t now) {
  uint64_t until = now + kLongestWait;
  if (!ended_) until = std::min(until, warm_ ? end_ : count_from_);
  if (open_loop() && !ended_) {
    uint64_t due = DueTime(batches_);
    until = std::min(until, due > kSpin ? due - kSpin : 0);
  }
  uint64_t wait = until > now ? until - now : 0;
  timespec timeout{0, static_cast<long>(wait)};
  int found =
      epoll_pwait2(epoll_, events_.data(), static_cast<int>(events_.size()), &timeout, nullptr);
  for (int i = 0; i < found; ++i) {
    Serve(*static_cast<Connection*>(events_[i].data.ptr), events_[i].events);
  }
}

void LoadLoop::Serve(Connection& connection, uint32_t events) {
  TapePlayer& player = connection.player;
  if (player.lost()) return;
  if ((events & EPOLLOUT) != 0 && !player.all_sent()) player.Flush(tally_);
  for (bool drained = false; !drained && !player.lost();) {
    size_t replies = player.Receive(buffer_.data(), buffer_.size(), drained, tally_);
    if (replies == 0) continue;
    Record(connection, replies, Now());
    if (!open_loop() && player.outstanding() == 0 && !ended_ && !player.lost()) {
      SendBatch(connection);
    }
  }
  if (player.lost()) Abandon(connection);
}

void LoadLoop::Record(Connection& connection, uint64_t replies, uint64_t now) {
  in_flight_ -= replies;
  if (!open_loop()) {
    latencies_.Add(now - connection.batch_sent_at, replies);
  } else {
    for (uint64_t i = 0; i < replies; ++i) {
      uint64_t turn = connection.replies++ / plan_.pipeline;
      latencies_.Add(now - DueTime(turn * connections_.size() + connection.index));
    }
  }
}

// Gives up on a lost connection's requests.
void LoadLoop::Abandon(Connection& connection) {
  if (!connection.socket.open()) return;
  connection.socket.Close();
  in_flight_ -= connection.player.outstanding();
  abandoned_ += connection.player.outstanding();
  ++lost_connections_;
}

bool LoadLoop::SendingEnded(uint64_t now) const {
  if (now >= end_) return true;
  return plan_.requests > 0 && issued_ >= plan_.requests;
}

// Notices that the warm-up, the sending or the counting is over.
void LoadLoop::CheckClock(uint64_t now) {
  if (!warm_ && now >= count_from_) {
    warm_ = true;
    forgotten_replies_ += tally_.replies;
    tally_.ForgetCounts();
    latencies_.Clear();
    count_from_ = now;
  }
  if (SendingEnded(now) || (plan_.connections > 0 && lost_connections_ == connections_.size())) {
    if (!std::exchange(ended_, true)) give_up_ = now + kDrain;
  }
  // With a number of requests the time counts until the last reply.
  bool over = now >= end_ || (ended_ && in_flight_ == 0) || now >= give_up_;
  if (over && !std::exchange(counted_, true)) {
    counted_replies_ = tally_.replies;
    counted_seconds_ = static_cast<double>(now - count_from_) / kSecond;
  }
}

}  // namespace larder::bench
