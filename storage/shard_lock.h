// The lock of a shard: spins for a moment, then sleeps.
#pragma once

#include <atomic>
#include <cstdint>

namespace larder {

// A mutual exclusion lock of eight bytes for critical sections of about 100 ns: taking it while it
// is free is one atomic read-modify-write, giving it back none, and waiting begins with a short
// spin, because whoever holds it is nearly done. Debug builds know the holder.
//
// The price of the plain store in unlock() is that it may not see a thread that is just going to
// sleep; so nobody sleeps for longer than 100 microseconds without looking again.
//
// Thread safety: lock(), unlock() and try_lock() may be called by any thread; unlock() by the
// holder.
class ShardLock {
 public:
  ShardLock() = default;
  ShardLock(const ShardLock&) = delete;
  ShardLock& operator=(const ShardLock&) = delete;

  // Requires: not held by the caller.
  void lock() {
    uint32_t expected = kFree;
    // Acquire: what the previous holder wrote is seen from here on.
    if (!state_.compare_exchange_strong(expected, kHeld, std::memory_order_acquire)) [[unlikely]] {
      LockSlowly();
    }
    NoteHolder();
  }

  bool try_lock() {
    uint32_t expected = kFree;
    // Acquire: as in lock().
    if (!state_.compare_exchange_strong(expected, kHeld, std::memory_order_acquire)) return false;
    NoteHolder();
    return true;
  }

  // Requires: held by the caller.
  void unlock() {
    ForgetHolder();
    // Release: what was written under the lock is seen by the next holder.
    state_.store(kFree, std::memory_order_release);
    // Relaxed: a sleeper that is missed here wakes by itself.
    if (sleepers_.load(std::memory_order_relaxed) != 0) [[unlikely]]
      Wake();
  }

  // For assertions. Without NDEBUG: whether the calling thread holds the lock. With it: whether any
  // thread does.
  bool HeldByCaller() const;

 private:
  enum State : uint32_t { kFree, kHeld };

  void LockSlowly();
  void Wake();
#ifdef NDEBUG
  void NoteHolder() {}
  void ForgetHolder() {}
#else
  void NoteHolder();
  void ForgetHolder();
#endif

  // Atomic: written by holders and by threads that wait.
  std::atomic<uint32_t> state_{kFree};
  // Atomic: changed by threads that sleep, read by holders.
  std::atomic<uint32_t> sleepers_{0};
#ifndef NDEBUG
  // Atomic: written by the holder, compared by anybody with itself.
  std::atomic<const void*> holder_{nullptr};
#endif
};

#ifdef NDEBUG
static_assert(sizeof(ShardLock) == 8);
#endif

}  // namespace larder
