// The waiting side of the shard lock, on Linux futexes.
#include "storage/shard_lock.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cassert>

namespace larder {
namespace {

inline void Pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Sleeps until woken, unless `word` is not `expected` any more.
void Sleep(std::atomic<uint32_t>& word, uint32_t expected) {
  syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word), FUTEX_WAIT_PRIVATE, expected, nullptr,
          nullptr, 0);
}

}  // namespace

void ShardLock::LockSlowly() {
  constexpr int kSpins = 100;
  // A thread that slept does not know whether others still do, so it takes the lock as if they did.
  uint32_t taken = kHeld;
  for (;;) {
    for (int i = 0; i < kSpins; ++i) {
      // Relaxed: only a hint when to try.
      if (state_.load(std::memory_order_relaxed) == kFree) {
        uint32_t expected = kFree;
        // Acquire: as in lock().
        if (state_.compare_exchange_strong(expected, taken, std::memory_order_acquire)) return;
      }
      Pause();
    }
    taken = kHeldWithSleepers;
    // Acquire: as in lock(), should the lock have become free just now.
    if (state_.exchange(kHeldWithSleepers, std::memory_order_acquire) == kFree) return;
    Sleep(state_, kHeldWithSleepers);
  }
}

void ShardLock::Wake() {
  syscall(SYS_futex, reinterpret_cast<uint32_t*>(&state_), FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr,
          0);
}

#ifdef NDEBUG

bool ShardLock::HeldByCaller() const {
  return state_.load(std::memory_order_relaxed) != kFree;  // for assertions, which need no order
}

#else

namespace {

// A different address in each thread.
const void* ThisThread() {
  static thread_local const char marker = 0;
  return &marker;
}

}  // namespace

void ShardLock::NoteHolder() {
  holder_.store(ThisThread(), std::memory_order_relaxed);  // equality matters to this thread only
}

void ShardLock::ForgetHolder() {
  assert(HeldByCaller() && "unlocked by a thread that does not hold the lock");
  holder_.store(nullptr, std::memory_order_relaxed);  // as above
}

bool ShardLock::HeldByCaller() const {
  return holder_.load(std::memory_order_relaxed) == ThisThread();  // as above
}

#endif

}  // namespace larder
