// The loop of an I/O thread.
#include "server/io_thread.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <asio/post.hpp>
#include <chrono>
#include <utility>

namespace larder {

namespace {

constexpr size_t kEventsPerCall = 128;
// Ready sockets are asked for so many times in a row before the thread's other work gets a look-in.
constexpr int kRoundsPerWakeUp = 16;
constexpr auto kUpkeepInterval = std::chrono::milliseconds(100);
constexpr int kTicksPerSecond = 10;
// So many bytes of input are pipelines, whose requests overlap among themselves; it is better to
// carry them out while they are in the cache.
constexpr size_t kPlenty = 2048;
// Values are asked for so many requests before their turn.
constexpr size_t kValuesAhead = 3;
// A slice of upkeep holds a shard's lock for so many entries (some 20 µs), and all slices of a turn
// take at most this long.
constexpr size_t kUpkeepEntries = 128;
constexpr int64_t kUpkeepTurnUs = 100;
// Of a discarded buffer; the system takes some 100 µs per megabyte.
constexpr size_t kDiscardedAtOnce = 4 * 1024 * 1024;
// How long a thread pauses after each round of requests while too many copies wait to be written.
constexpr auto kSnapshotTime = std::chrono::microseconds(500);
constexpr int64_t kShutdownPatienceUs = 700'000;

Connection& ConnectionOf(const epoll_event& event) {
  return *static_cast<Connection*>(event.data.ptr);
}

}  // namespace

IoThread::IoThread(ServerState& state, size_t index, size_t threads)
    : state_(state),
      index_(index),
      threads_(threads),
      own_shards_((state.keyspace.shard_count() - index + threads - 1) / threads),
      statistics_(state.statistics.AddThread()),
      dispatcher_(state, statistics_),
      client_memory_(state.memory),
      poller_events_(io_, poller_.descriptor()),
      upkeep_timer_(io_),
      pause_timer_(io_),
      lookahead_(state.keyspace) {}

IoThread::~IoThread() {
  (void)poller_events_.release();  // the descriptor is the poller's
}

void IoThread::Start() {
  thread_ = std::thread([this] { Run(); });
}

void IoThread::Join() {
  if (thread_.joinable()) thread_.join();
}

void IoThread::Run() {
  AwaitEvents();
  ScheduleUpkeep();
  io_.run();
  connections_.clear();
}

void IoThread::AwaitEvents() {
  poller_events_.async_wait(asio::posix::stream_descriptor::wait_read,
                            [this](const asio::error_code& error) {
                              if (error) return;
                              ServeReadySockets();
                              AwaitEvents();
                            });
}

// The life of all requests begins here: while sockets keep getting ready, one system call finds
// them all, and each is read, processed and answered in turn.
void IoThread::ServeReadySockets() {
  std::array<epoll_event, kEventsPerCall> events;
  for (int round = 0; round < kRoundsPerWakeUp; ++round) {
    const std::span<const epoll_event> ready = poller_.Ready(events);
    if (ready.empty()) break;
    Serve(ready);
    SendReplies();
    if (state_.keyspace.budget().snapshot().has_many()) [[unlikely]]
      LeaveTimeToSnapshot();
  }
}

// Writers make copies for the snapshot faster than it can write them.
void IoThread::LeaveTimeToSnapshot() {
  std::this_thread::sleep_for(kSnapshotTime);
}

void IoThread::Serve(std::span<const epoll_event> ready) {
  while (!ready.empty()) {
    const size_t count = ReadAhead(ready);
    for (size_t i = 0; i < count; ++i) {
      lookahead_.PrefetchValue(i + kValuesAhead);
      Connection& connection = ConnectionOf(ready[i]);
      AfterwardsOf(connection, connection.OnEvents(ready[i].events));
    }
    ready = ready.subspan(count);
  }
}

// Reads the first of these sockets before any of their requests is carried out, so that what the
// requests are about can be on its way to the processor meanwhile; returns how many.
size_t IoThread::ReadAhead(std::span<const epoll_event> ready) {
  lookahead_.Clear();
  if (ready.size() == 1) return 1;  // there is nothing to overlap a single request with
  size_t count = 0;
  for (size_t bytes = 0; count < std::min(ready.size(), Lookahead::kMost) && bytes < kPlenty;) {
    Connection& connection = ConnectionOf(ready[count]);
    const std::string_view input = connection.ReadAhead(ready[count].events);
    lookahead_.Add(input, connection.db());
    bytes += input.size();
    ++count;
  }
  lookahead_.PrefetchEntries();
  return count;
}

ReplyBuffer& IoThread::RepliesOf(Connection& connection) {
  if (connection.outgoing == Connection::kNoOutgoing) {
    if (outgoing_count_ == outgoing_.size()) SendReplies();
    connection.outgoing = static_cast<uint8_t>(outgoing_count_);
    outgoing_[outgoing_count_++].connection = &connection;
  }
  return outgoing_[connection.outgoing].replies;
}

bool IoThread::SendNow(Connection& connection) {
  return connection.outgoing == Connection::kNoOutgoing ||
         connection.Send(outgoing_[connection.outgoing].replies);
}

void IoThread::SendReplies() {
  for (size_t i = 0; i < outgoing_count_; ++i) {
    Connection* const connection = std::exchange(outgoing_[i].connection, nullptr);
    if (connection == nullptr) continue;
    const bool alive = connection->Send(outgoing_[i].replies);
    connection->outgoing = Connection::kNoOutgoing;
    if (!alive) Destroy(*connection);
  }
  outgoing_count_ = 0;
}

void IoThread::Adopt(int socket, std::string peer, std::string local) {
  connection_count_.fetch_add(1, std::memory_order_relaxed);  // used to balance, orders nothing
  asio::post(io_, [this, socket, peer = std::move(peer), local = std::move(local)]() mutable {
    Admit(socket, std::move(peer), std::move(local));
  });
}

void IoThread::Admit(int socket, std::string peer, std::string local) {
  std::shared_ptr<Client> client = state_.clients.Add(std::move(peer), std::move(local), socket,
                                                      state_.clock.MonotonicUs(), this);
  auto connection = std::make_unique<Connection>(*this, std::move(client));
  connection->list_index = connections_.size();
  Connection& admitted = *connection;
  admitted.client().connection = &admitted;
  connections_.push_back(std::move(connection));
  statistics_.connections_received.Add(1);
  if (!poller_.Add(socket, &admitted)) {
    spdlog::warn("Client addr={} refused: its socket cannot be watched.", admitted.client().peer);
    Destroy(admitted);
  }
}

void IoThread::AfterwardsOf(Connection& connection, bool alive) {
  if (!alive) {
    (void)SendNow(connection);  // what it asked for before it went
    Destroy(connection);
    return;
  }
  if (connection.waits() || connection.monitors()) [[unlikely]]
    KeepApart(connection);
  if (connection.wants_turn()) StandInLine(connection);
}

void IoThread::StandInLine(Connection& connection) {
  if (connection.in_line) return;
  connection.in_line = true;
  waiting_for_turn_.push_back(&connection);
  if (turns_posted_) return;
  turns_posted_ = true;
  asio::post(io_, [this] { GiveTurns(); });
}

// One connection's turn, of a millisecond at most; ready sockets are looked at before the next
// one's.
void IoThread::GiveTurns() {
  turns_posted_ = false;
  if (waiting_for_turn_.empty()) return;
  Connection& connection = *waiting_for_turn_.front();
  waiting_for_turn_.erase(waiting_for_turn_.begin());
  connection.in_line = false;
  AfterwardsOf(connection, connection.OnTurn());
  SendReplies();
  ServeReadySockets();
  if (waiting_for_turn_.empty() || turns_posted_) return;
  turns_posted_ = true;
  asio::post(io_, [this] { GiveTurns(); });
}

void IoThread::Destroy(Connection& connection) {
  if (connection.in_line) std::erase(waiting_for_turn_, &connection);
  if (connection.in_waiting) std::erase(waiting_for_end_of_pause_, &connection);
  if (connection.in_monitors) std::erase(monitors_, &connection);
  if (connection.outgoing != Connection::kNoOutgoing) {
    outgoing_[connection.outgoing].connection = nullptr;
    outgoing_[connection.outgoing].replies.Clear();
  }
  connection.client().connection = nullptr;
  state_.clients.Remove(connection.client().id);
  const size_t index = connection.list_index;
  std::swap(connections_[index], connections_.back());
  connections_[index]->list_index = index;
  connections_.pop_back();
  connection_count_.fetch_sub(1, std::memory_order_relaxed);  // used to balance, orders nothing
}

void IoThread::ScheduleUpkeep() {
  upkeep_timer_.expires_after(kUpkeepInterval);
  upkeep_timer_.async_wait([this](const asio::error_code& error) {
    if (error) return;
    if (++ticks_ % kTicksPerSecond == 0) TickConnections();
    if (index_ == 0) SampleRates();
    dropped_in_vain_ = false;
    if (client_memory_.exceeds_limit()) DropGreedyClients();
    ContinueUpkeep();
    ScheduleUpkeep();
  });
}

// Takes a turn of upkeep, and stands in line for another one if it was not enough.
void IoThread::ContinueUpkeep() {
  const int64_t started_us = state_.clock.MonotonicUs();
  const int64_t now_ms = state_.clock.NowMs();
  // Relaxed: a setting, orders nothing.
  const bool expires = state_.expires_actively.load(std::memory_order_relaxed) &&
                       !state_.memory.budget().stands_still(now_ms);
  bool work_left = false;
  for (size_t done = 0; done < own_shards_; ++done) {
    const size_t number = index_ + next_upkeep_ * threads_;
    Shard& shard = state_.keyspace.shard(number);
    next_upkeep_ = (next_upkeep_ + 1) % own_shards_;
    {
      const ShardGuard guard(shard);
      state_.key_statistics.Maintain(shard, now_ms);
      work_left |= state_.tracking.Maintain(number);
      const uint64_t began = TickCounter::Now();
      bool expiring = expires && shard.NextExpiryMs() <= now_ms;
      if (expiring) expiring = !shard.Expire(now_ms, kUpkeepEntries);
      const uint64_t expired = ObserveSince(began, LatencyEvent::kExpireCycle);
      if (shard.has_flushed()) work_left |= shard.Reclaim(kUpkeepEntries);
      work_left |= shard.Migrate(kUpkeepEntries);
      // What is about to expire is not worth being moved.
      work_left |= expiring || shard.Compact();
      work_left |= shard.Trim();
      ObserveSince(expired, LatencyEvent::kActiveDefragCycle);
    }
    const uint64_t began = TickCounter::Now();
    work_left |= state_.memory.Shrink(number, now_ms);
    ObserveSince(began, LatencyEvent::kEvictionCycle);
    if (state_.clock.MonotonicUs() - started_us > kUpkeepTurnUs) {
      work_left |= done + 1 < own_shards_;
      break;
    }
  }
  if (!discarded_.empty()) {
    if (!discarded_.back().Shrink(kDiscardedAtOnce)) discarded_.pop_back();
    work_left |= !discarded_.empty();
  }
  if (work_left) PostUpkeep();
}

// Tells the latency monitor how long a part of the upkeep took; returns when the next one begins.
uint64_t IoThread::ObserveSince(uint64_t began, LatencyEvent event) {
  const uint64_t now = TickCounter::Now();
  state_.latency.Observe(event, state_.statistics.tick_counter().Nanoseconds(now - began));
  return now;
}

void IoThread::PostUpkeep() {
  if (upkeep_posted_) return;
  upkeep_posted_ = true;
  asio::post(io_, [this] {
    upkeep_posted_ = false;
    ServeReadySockets();
    ContinueUpkeep();
  });
}

void IoThread::Discard(InputBuffer& buffer) {
  discarded_.push_back(std::move(buffer));
  PostUpkeep();
}

void IoThread::TickConnections() {
  for (Outgoing& outgoing : outgoing_)
    outgoing.replies.Release();
  input_buffers_.Trim();
  const int64_t now_us = state_.clock.MonotonicUs();
  for (size_t i = connections_.size(); i-- > 0;) {
    Connection& connection = *connections_[i];
    if (!connection.OnTick(now_us)) Destroy(connection);
  }
}

void IoThread::DropClientsSoon() {
  if (dropped_in_vain_ || std::exchange(drop_posted_, true)) return;
  asio::post(io_, [this] {
    drop_posted_ = false;
    DropGreedyClients();
  });
}

// Those of other threads are dropped by their own thread, within a tenth of a second.
void IoThread::DropGreedyClients() {
  const std::set<uint64_t> greedy = ClientsToDrop(state_.clients, state_.memory.clients().limit());
  dropped_in_vain_ = greedy.empty();
  for (size_t i = connections_.size(); i-- > 0 && !greedy.empty();) {
    Connection& connection = *connections_[i];
    if (!greedy.contains(connection.client().id)) continue;
    spdlog::warn(
        "Client id={} addr={} closed: the buffers of all clients exceed maxmemory-clients.",
        connection.client().id, connection.client().peer);
    statistics_.evicted_clients.Add(1);
    Destroy(connection);
  }
}

void IoThread::SampleRates() {
  const int64_t now_us = state_.clock.MonotonicUs();
  // While nobody writes, nobody else tells the shards the time, by which uses of keys are noted.
  state_.keyspace.budget().set_seconds(static_cast<uint32_t>(state_.clock.NowMs() / 1000));
  const StatisticsTotals totals = state_.statistics.Totals();
  state_.rates.Sample(now_us, totals);
  if (state_.load.phase() == LoadStatus::Phase::kNone) state_.saver.Tick(totals.changes);
  state_.RecordUsedMemory(state_.keyspace.budget().used());
  state_.memory.Tick(now_us);
}

void IoThread::WakeWaiting() {
  asio::post(io_, [this] {
    for (size_t i = connections_.size(); i-- > 0;) {
      Connection& connection = *connections_[i];
      if (connection.task_waits()) AfterwardsOf(connection, connection.OnTurn());
    }
    SendReplies();
  });
}

void IoThread::Park(std::shared_ptr<Parking> parking) {
  asio::post(io_, [this, parking = std::move(parking)] {
    if (parking->Wait() == Parking::End::kStop) io_.stop();
  });
}

void IoThread::BeginShutdown() {
  asio::post(io_, [this] {
    shutdown_started_us_ = state_.clock.MonotonicUs();
    FinishShutdown();
  });
}

void IoThread::FinishShutdown() {
  const bool at_rest = std::all_of(connections_.begin(), connections_.end(),
                                   [](const auto& connection) { return connection->at_rest(); });
  if (at_rest || state_.clock.MonotonicUs() - shutdown_started_us_ > kShutdownPatienceUs) {
    io_.stop();
    return;
  }
  asio::post(io_, [this] {
    ServeReadySockets();
    FinishShutdown();
  });
}

}  // namespace larder
