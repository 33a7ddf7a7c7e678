// Threads that stand still while another one works undisturbed.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace larder {

// Thread safety: any thread.
class Parking {
 public:
  enum class End { kGoOn, kStop };

  // Waits until Finish() and returns what it was told. For the threads that park.
  End Wait() {
    std::unique_lock lock(mutex_);
    ++parked_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return finished_; });
    return end_;
  }
  // Returns when so many threads have parked.
  void AwaitThreads(size_t threads) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return parked_ == threads; });
  }
  void Finish(End end) {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    end_ = end;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  size_t parked_ = 0;
  bool finished_ = false;
  End end_ = End::kGoOn;
};

}  // namespace larder
