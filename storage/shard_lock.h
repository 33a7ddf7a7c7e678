// The lock of a shard: spins for a moment, then sleeps.
#pragma once

#include <atomic>
#include <cstdint>

namespace larder {

// A mutual exclusion lock of four bytes for critical sections of about 100 ns: taking it while it
// is free is one atomic operation, and waiting begins with a short spin, because whoever holds it
// is nearly done. Debug builds know the holder.
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
    if (state_.exchange(kFree, std::memory_order_release) == kHeldWithSleepers) [[unlikely]]
      Wake();
  }

  // For assertions. Without NDEBUG: whether the calling thread holds the lock. With it: whether any
  // thread does.
  bool HeldByCaller() const;

 private:
  enum State : uint32_t { kFree, kHeld, kHeldWithSleepers };

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
#ifndef NDEBUG
  // Atomic: written by the holder, compared by anybody with itself.
  std::atomic<const void*> holder_{nullptr};
#endif
};

#ifdef NDEBUG
static_assert(sizeof(ShardLock) == 4);
#endif

}  // namespace larder
