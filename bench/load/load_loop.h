// One load thread: its connections, its epoll, and when each request is due.
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/load/connection_opener.h"
#include "bench/load/histogram.h"
#include "bench/load/reply_checker.h"
#include "bench/load/server_address.h"
#include "bench/load/tape_player.h"

namespace larder::bench {

// Nanoseconds of the monotonic clock.
uint64_t Now();

// What one load thread is to do.
struct LoopPlan {
  uint32_t connections = 32;
  uint32_t pipeline = 1;   // requests sent at once
  double rate = 0;         // requests per second that are due whatever the server does; 0: closed
  uint64_t requests = 0;   // to send in all; 0: until the time is up
  uint64_t warmup_ns = 0;  // not counted
  uint64_t duration_ns = 0;
  uint32_t sample = 64;    // compare the bytes of every n-th value
  size_t first_slot = 0;   // where the first connection starts on the tape
  size_t slot_stride = 0;  // how far from it the next one starts
};

// Sends the requests of the tape and records how long the replies take.
//
// Closed loop: a connection sends `pipeline` requests, waits for all their replies, and sends the
// next; latency counts from the sending. Open loop: the k-th batch is due at start + k * pipeline /
// rate, on the connections in turn, and is sent then even if earlier replies are missing; latency
// counts from when it was due, so a server that stalls pays for everything that waited meanwhile.
//
// Owns the connections, the counts and the latencies; refers to tape and values.
// Thread safety: Run() runs in its thread; progress() may be read by any thread, the results once
// Run() has returned.
class LoadLoop {
 public:
  // Requires: `tape` and `values` outlive the loop.
  LoadLoop(const LoopPlan& plan, const RequestTape& tape, const ValueSource& values);
  ~LoadLoop();
  LoadLoop(const LoadLoop&) = delete;
  LoadLoop& operator=(const LoadLoop&) = delete;

  // Opens the connections; on failure says in `error` what failed.
  bool Open(const ConnectionOpener& opener, std::string& error);
  // Runs until the time is up or the requests are sent, and all replies have come.
  void Run(uint64_t start);

  // Replies so far, those of the warm-up included.
  uint64_t progress() const {
    return progress_.load(std::memory_order_relaxed);  // a count, nothing is read through it
  }

  // Results.
  const Tally& tally() const { return tally_; }
  const Histogram& latencies() const { return latencies_; }
  uint64_t counted_replies() const { return counted_replies_; }  // until the time was up
  double counted_seconds() const { return counted_seconds_; }
  uint64_t unanswered() const { return in_flight_ + abandoned_; }

 private:
  struct Connection {
    Connection(Socket s, TapePlayer p, size_t i)
        : socket(std::move(s)), player(std::move(p)), index(i) {}
    Socket socket;
    TapePlayer player;
    size_t index;
    uint64_t batch_sent_at = 0;    // closed loop
    uint64_t replies = 0;          // open loop
    bool waits_for_flush = false;  // open loop
  };

  bool open_loop() const { return plan_.rate > 0; }
  void StartConnections();
  void SendBatch(Connection& connection);
  void SendDue(uint64_t now);
  uint64_t DueTime(uint64_t batch) const;
  void Serve(Connection& connection, uint32_t events);
  void Record(Connection& connection, uint64_t replies, uint64_t now);
  void Abandon(Connection& connection);
  void Wait(uint64_t now);
  void CheckClock(uint64_t now);
  bool SendingEnded(uint64_t now) const;

  // Constant after Open().
  const LoopPlan plan_;
  const RequestTape& tape_;
  const ValueSource& values_;
  std::vector<Connection> connections_;
  int epoll_ = -1;

  // Times; set when Run() starts.
  uint64_t start_ = 0;
  uint64_t count_from_ = 0;
  uint64_t end_ = 0;
  uint64_t give_up_ = 0;

  // State of the run.
  std::vector<char> buffer_;
  std::vector<epoll_event> events_;
  std::vector<Connection*> to_flush_;
  uint64_t issued_ = 0;   // requests
  uint64_t batches_ = 0;  // open loop: batches that were due
  uint64_t in_flight_ = 0;
  uint64_t abandoned_ = 0;  // requests whose connection was lost
  size_t lost_connections_ = 0;
  bool warm_ = false;
  bool ended_ = false;
  bool counted_ = false;
  uint64_t forgotten_replies_ = 0;

  // Results.
  Tally tally_;
  Histogram latencies_;
  uint64_t counted_replies_ = 0;
  double counted_seconds_ = 0;

  // Atomic: written by the load thread, read by the one that shows progress.
  std::atomic<uint64_t> progress_{0};
};

}  // namespace larder::bench
