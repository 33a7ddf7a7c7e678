// One I/O thread: its connections, the loop that serves them, and the upkeep of its share of the
// shards.
#pragma once

#include <array>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "protocol/reply_buffer.h"
#include "server/client_memory.h"
#include "server/client_thread.h"
#include "server/connection.h"
#include "server/dispatcher.h"
#include "server/input_buffer.h"
#include "server/input_buffer_pool.h"
#include "server/lookahead.h"
#include "server/parking.h"
#include "server/poller.h"
#include "server/server_state.h"

namespace larder {

// Owns its connections for their whole life, and scratch buffers that they share.
//
// Thread safety: Start(), Adopt(), BeginShutdown(), Join(), connection_count() and what
// ClientThread has may be called by any thread; everything else belongs to the thread itself.
class IoThread : public ClientThread {
 public:
  // Requires: `state` outlives the thread. It looks after every `threads`-th shard, from `index`
  // on.
  IoThread(ServerState& state, size_t index, size_t threads);
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;
  ~IoThread() override;

  void Start();
  // Hands a connected, non-blocking socket over.
  void Adopt(int socket, std::string peer, std::string local);
  // Lets replies in flight finish, for less than a second, then ends the loop.
  void BeginShutdown();
  void Join();
  // Gives commands that wait for something (SlicedTask::waits()) a turn. By any thread, and Park().
  void WakeWaiting();
  // Carries out nothing from soon on until the parking ends.
  void Park(std::shared_ptr<Parking> parking);

  // --- ClientThread ---

  void CloseKilledClients() override;
  void ResumeHeldClients() override;
  void ShowToMonitors(std::shared_ptr<const std::string> lines) override;
  void SendInvalidations(std::shared_ptr<Client> client) override;
  void CallBetweenRequests(std::function<void()> call) override;

  // Connections that live here or are on their way.
  size_t connection_count() const {
    return connection_count_.load(std::memory_order_relaxed);  // used to balance, orders nothing
  }

  // --- For connections ---

  ServerState& state() { return state_; }
  Dispatcher& dispatcher() { return dispatcher_; }
  ThreadStatistics& statistics() { return statistics_; }
  Poller& poller() { return poller_; }
  // Buffers for reading. Most go back before the call of the connection that took one is over.
  InputBufferPool& input_buffers() { return input_buffers_; }
  // Takes a large block that is done with, to give it back to the system a little at a time.
  void Discard(InputBuffer& buffer);
  // Where a connection writes its replies. They are sent at the end of the round, so that clients
  // are woken up together and not one by one.
  ReplyBuffer& RepliesOf(Connection& connection);
  // Sends them before that; false if the connection is over.
  [[nodiscard]] bool SendNow(Connection& connection);
  ClientMemory& client_memory() { return client_memory_; }
  // Has the clients with the largest buffers dropped, now that they exceed their limit.
  void DropClientsSoon();

 private:
  // The replies of a connection that was served in this round; null: it has sent them, or is gone.
  struct Outgoing {
    Connection* connection = nullptr;
    ReplyBuffer replies;
  };
  // So many connections are answered together.
  static constexpr size_t kMostOutgoing = 16;

  // What other threads have asked for.
  enum Wish : uint32_t {
    kCloseKilled = 1u << 0,
    kResumeHeld = 1u << 1,
    kShowLines = 1u << 2,
    kInvalidate = 1u << 3
  };

  void Run();
  void AwaitEvents();
  void ServeReadySockets();
  void Serve(std::span<const epoll_event> ready);
  size_t ReadAhead(std::span<const epoll_event> ready);
  void Admit(int socket, std::string peer, std::string local);
  void SendReplies();
  void AfterwardsOf(Connection& connection, bool alive);
  // Takes note of connections that wait for a pause to end, or watch all commands.
  void KeepApart(Connection& connection);
  void Post(Wish wish);
  void GrantWishes();
  void DestroyKilled();
  void AwaitEndOfPause();
  void ResumeHeld();
  void SendMonitorLines();
  void InvalidateForClients();
  void StandInLine(Connection& connection);
  void Destroy(Connection& connection);
  void GiveTurns();
  void ScheduleUpkeep();
  void ContinueUpkeep();
  uint64_t ObserveSince(uint64_t began, LatencyEvent event);
  void PostUpkeep();
  void TickConnections();
  void DropGreedyClients();
  void SampleRates();
  void FinishShutdown();
  void LeaveTimeToSnapshot();

  // Constant after construction.
  ServerState& state_;
  const size_t index_;
  const size_t threads_;
  const size_t own_shards_;  // those that this thread looks after

  // Owned by the I/O thread.
  asio::io_context io_{ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  asio::executor_work_guard<asio::io_context::executor_type> work_guard_{io_.get_executor()};
  ThreadStatistics& statistics_;
  Dispatcher dispatcher_;
  ClientMemory client_memory_;
  Poller poller_;
  asio::posix::stream_descriptor poller_events_;
  asio::steady_timer upkeep_timer_;
  InputBufferPool input_buffers_{Lookahead::kMost};
  std::vector<InputBuffer> discarded_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> waiting_for_turn_;
  std::vector<Connection*> waiting_for_end_of_pause_;
  std::vector<Connection*> monitors_;
  asio::steady_timer pause_timer_;
  bool turns_posted_ = false;
  bool upkeep_posted_ = false;
  bool drop_posted_ = false;
  bool dropped_in_vain_ = false;  // since the last tick: only clients are left that may stay
  size_t next_upkeep_ = 0;        // among its own shards
  int ticks_ = 0;
  int64_t shutdown_started_us_ = 0;
  Lookahead lookahead_;
  std::array<Outgoing, kMostOutgoing> outgoing_;
  size_t outgoing_count_ = 0;

  // Atomic: Wish, added by any thread, taken by this one.
  std::atomic<uint32_t> wishes_{0};
  std::mutex monitor_lines_mutex_;
  // Guarded by monitor_lines_mutex_.
  std::vector<std::shared_ptr<const std::string>> monitor_lines_;
  std::mutex to_be_told_mutex_;
  // Guarded by to_be_told_mutex_: clients with invalidations.
  std::vector<std::shared_ptr<Client>> to_be_told_;

  // Atomic: changed by the thread that hands connections over and by this one.
  std::atomic<size_t> connection_count_{0};
  std::thread thread_;
};

}  // namespace larder
