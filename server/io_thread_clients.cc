// What an I/O thread does for its clients at the wish of others: closing, letting them go on after
// a pause, and showing them what everybody does.
#include <algorithm>
#include <asio/post.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "server/io_thread.h"

namespace larder {

void IoThread::CloseKilledClients() {
  Post(kCloseKilled);
}

void IoThread::ResumeHeldClients() {
  Post(kResumeHeld);
}

void IoThread::ShowToMonitors(std::shared_ptr<const std::string> lines) {
  {
    const std::lock_guard lock(monitor_lines_mutex_);
    monitor_lines_.push_back(std::move(lines));
  }
  Post(kShowLines);
}

void IoThread::SendInvalidations(std::shared_ptr<Client> client) {
  {
    const std::lock_guard lock(to_be_told_mutex_);
    to_be_told_.push_back(std::move(client));
  }
  Post(kInvalidate);
}

void IoThread::CallBetweenRequests(std::function<void()> call) {
  asio::post(io_, std::move(call));
}

// Whatever is wished for until the thread gets to it is granted together.
void IoThread::Post(Wish wish) {
  // Acquire and release: what was written before wishing is seen by who grants it.
  if (wishes_.fetch_or(wish, std::memory_order_acq_rel) != 0) return;
  asio::post(io_, [this] { GrantWishes(); });
}

void IoThread::GrantWishes() {
  const uint32_t wishes = wishes_.exchange(0, std::memory_order_acq_rel);  // see Post()
  if (wishes & kCloseKilled) DestroyKilled();
  if (wishes & kResumeHeld) ResumeHeld();
  if (wishes & kShowLines) SendMonitorLines();
  if (wishes & kInvalidate) InvalidateForClients();
}

void IoThread::DestroyKilled() {
  for (size_t i = connections_.size(); i-- > 0;) {
    Connection& connection = *connections_[i];
    // Relaxed: ordered by Post().
    if (connection.client().killed.load(std::memory_order_relaxed)) Destroy(connection);
  }
}

void IoThread::KeepApart(Connection& connection) {
  if (connection.waits() && !connection.in_waiting) {
    connection.in_waiting = true;
    waiting_for_end_of_pause_.push_back(&connection);
    if (waiting_for_end_of_pause_.size() == 1) AwaitEndOfPause();
  }
  if (connection.monitors() && !connection.in_monitors) {
    connection.in_monitors = true;
    monitors_.push_back(&connection);
  }
}

// The pause may also end before, or be made longer meanwhile.
void IoThread::AwaitEndOfPause() {
  const int64_t rest_ms = state_.pause.end_ms() - state_.clock.NowMs();
  constexpr int64_t kLongestWaitMs = 100;  // the wall clock may step
  pause_timer_.expires_after(
      std::chrono::milliseconds(std::clamp<int64_t>(rest_ms, 1, kLongestWaitMs)));
  pause_timer_.async_wait([this](const asio::error_code& error) {
    if (error) return;
    if (state_.pause.Holds(/*writes=*/true, state_.clock.NowMs())) {
      AwaitEndOfPause();
    } else {
      ResumeHeld();
    }
  });
}

// Those that have to wait on, since the pause was only made milder or there is a new one, come back
// to the list.
void IoThread::ResumeHeld() {
  pause_timer_.cancel();
  for (Connection* connection : std::exchange(waiting_for_end_of_pause_, {})) {
    connection->in_waiting = false;
    StandInLine(*connection);
  }
}

void IoThread::SendMonitorLines() {
  std::vector<std::shared_ptr<const std::string>> lines;
  {
    const std::lock_guard lock(monitor_lines_mutex_);
    lines.swap(monitor_lines_);
  }
  std::erase_if(monitors_, [](Connection* connection) {
    connection->in_monitors = connection->monitors();  // until RESET
    return !connection->in_monitors;
  });
  for (size_t i = monitors_.size(); i-- > 0;) {
    ReplyBuffer replies;
    for (const std::shared_ptr<const std::string>& text : lines)
      replies.Append(*text);
    // A watcher that reads too slowly is dropped like any other client.
    if (!monitors_[i]->Send(replies)) Destroy(*monitors_[i]);
  }
}

void IoThread::InvalidateForClients() {
  std::vector<std::shared_ptr<Client>> clients;
  {
    const std::lock_guard lock(to_be_told_mutex_);
    clients.swap(to_be_told_);
  }
  for (const std::shared_ptr<Client>& client : clients) {
    Connection* const connection = client->connection;
    if (connection != nullptr && !connection->SendInvalidations()) Destroy(*connection);
  }
}

}  // namespace larder
