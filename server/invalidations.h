// What a client is told about keys that it, or another client, has read: for CLIENT TRACKING.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace larder {

struct Invalidation {
  enum class Kind : uint8_t {
    kKey,                // a key that was read has changed
    kBroadcast,          // a key with one of the client's prefixes has changed
    kEverything,         // all keys have
    kRedirectionBroken,  // the client that is told instead has gone
  };
  Kind kind;
  std::string key;
  uint64_t redirected_to = 0;  // of kRedirectionBroken
};

// What one client has still to be told.
//
// Thread safety: any thread.
class Invalidations {
 public:
  // Returns whether there was nothing before, so that the client's thread must be told.
  bool Add(Invalidation invalidation) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(invalidation));
    any_.store(true, std::memory_order_relaxed);  // a hint; the mutex orders the rest
    return waiting_.size() == 1;
  }
  bool any() const { return any_.load(std::memory_order_relaxed); }  // as above
  std::vector<Invalidation> Take() {
    const std::lock_guard lock(mutex_);
    any_.store(false, std::memory_order_relaxed);  // as above
    return std::exchange(waiting_, {});
  }

 private:
  std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<Invalidation> waiting_;
  // Atomic: written under mutex_, read by the client's thread.
  std::atomic<bool> any_{false};
};

}  // namespace larder
