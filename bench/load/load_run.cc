// Running load threads side by side.
#include "bench/load/load_run.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace larder::bench {
namespace {

using Loops = std::vector<std::unique_ptr<LoadLoop>>;

// The share of thread `index` in the whole plan.
LoopPlan ShareOf(const RunPlan& plan, uint32_t index, size_t tape_size) {
  LoopPlan share = plan.whole;
  auto part = [&](uint64_t all) { return all / plan.threads + (index < all % plan.threads); };
  share.connections = static_cast<uint32_t>(part(plan.whole.connections));
  if (plan.whole.requests > 0) share.requests = part(plan.whole.requests);
  share.rate = plan.whole.rate / plan.threads;
  share.slot_stride = std::max<size_t>(1, tape_size / std::max(1u, plan.whole.connections));
  share.first_slot = tape_size / plan.threads * index;
  return share;
}

// Tells the main thread that the load threads are done.
//
// Thread safety: any thread.
class Finish {
 public:
  explicit Finish(size_t threads) : running_(threads) {}

  void ThreadDone() {
    std::lock_guard lock(mutex_);
    --running_;
    changed_.notify_all();
  }
  // Waits until `time` of the monotonic clock; returns true if all threads are done before.
  bool WaitUntil(uint64_t time) {
    std::unique_lock lock(mutex_);
    std::chrono::steady_clock::time_point until{std::chrono::nanoseconds(time)};
    return changed_.wait_until(lock, until, [&] { return running_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t running_;  // Guarded by mutex_.
};

// A moment's processor times beside the number of replies.
struct Snapshot {
  CpuTime generator;
  CpuTime server;
  uint64_t replies = 0;
};

uint64_t RepliesOf(const Loops& loops) {
  uint64_t replies = 0;
  for (const auto& loop : loops)
    replies += loop->progress();
  return replies;
}

Snapshot TakeSnapshot(const Loops& loops, pid_t server) {
  return {OwnCpuTime(), server == 0 ? CpuTime{} : CpuTimeOf(server), RepliesOf(loops)};
}

CpuPerRequest PerRequest(const CpuTime& time, uint64_t requests) {
  double scale = 1e6 / static_cast<double>(requests);
  return {time.user_seconds * scale, time.kernel_seconds * scale};
}

// Watches a run from the main thread: takes the processor times when counting begins and ends, and
// reports progress every second.
void Watch(const RunPlan& plan, const Loops& loops, uint64_t start, Finish& finish, Snapshot& first,
           Snapshot& last) {
  static constexpr uint64_t kSecond = 1'000'000'000;
  const uint64_t count_from = start + plan.whole.warmup_ns;
  const uint64_t end =
      plan.whole.duration_ns == 0 ? UINT64_MAX / 4 : count_from + plan.whole.duration_ns;
  bool begun = false;
  bool ended = false;
  for (uint64_t tick = start + kSecond;;) {
    uint64_t wake = std::min(tick, !begun ? count_from : ended ? tick : end);
    bool done = finish.WaitUntil(wake);
    uint64_t now = Now();
    if (!begun && now >= count_from) {
      begun = true;
      first = TakeSnapshot(loops, plan.server_pid);
    }
    if (!ended && (done || now >= end)) {
      ended = true;
      last = TakeSnapshot(loops, plan.server_pid);
    }
    if (done) return;
    if (now < tick) continue;
    tick += kSecond;
    if (plan.on_progress) {
      plan.on_progress(static_cast<double>(now - start) / kSecond, RepliesOf(loops));
    }
  }
}

RunResult AddUp(const RunPlan& plan, const Loops& loops, const Snapshot& first,
                const Snapshot& last) {
  RunResult result;
  for (const auto& loop : loops) {
    result.tally.Merge(loop->tally());
    result.latencies.Merge(loop->latencies());
    result.seconds = std::max(result.seconds, loop->counted_seconds());
    result.unanswered += loop->unanswered();
    if (loop->counted_seconds() > 0) {
      result.requests_per_second +=
          static_cast<double>(loop->counted_replies()) / loop->counted_seconds();
    }
  }
  uint64_t requests = last.replies - first.replies;
  if (last.replies > first.replies) {
    result.generator_cpu = PerRequest(last.generator - first.generator, requests);
    if (plan.server_pid != 0) {
      result.server_cpu = PerRequest(last.server - first.server, requests);
    }
  }
  return result;
}

}  // namespace

std::optional<RunResult> RunLoad(const RunPlan& plan, const ConnectionOpener& opener,
                                 const RequestTape& tape, const ValueSource& values,
                                 std::string& error) {
  Loops loops;
  for (uint32_t i = 0; i < plan.threads; ++i) {
    loops.push_back(std::make_unique<LoadLoop>(ShareOf(plan, i, tape.size()), tape, values));
    if (!loops.back()->Open(opener, error)) return std::nullopt;
  }
  static constexpr uint64_t kTimeToStart = 1'000'000;
  const uint64_t start = Now() + kTimeToStart;
  Finish finish(loops.size());
  std::vector<std::thread> threads;
  for (auto& loop : loops) {
    threads.emplace_back([&finish, start, one = loop.get()] {
      one->Run(start);
      finish.ThreadDone();
    });
  }
  Snapshot first;
  Snapshot last;
  Watch(plan, loops, start, finish, first, last);
  for (std::thread& thread : threads)
    thread.join();
  return AddUp(plan, loops, first, last);
}

}  // namespace larder::bench
