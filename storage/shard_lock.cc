// The waiting side of the shard lock, on Linux futexes.
#include "storage/shard_lock.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
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

// Sleeps until woken, unless `word` is not `expected` any more, and for 100 microseconds at most.
void Sleep(std::atomic<uint32_t>& word, uint32_t expected) {
  constexpr timespec kLongest{0, 100'000};
  syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word), FUTEX_WAIT_PRIVATE, expected, &kLongest,
          nullptr, 0);
}

}  // namespace

void ShardLock::LockSlowly() {
  constexpr int kSpins = 100;
  for (;;) {
    for (int i = 0; i < kSpins; ++i) {
      // Relaxed: only a hint when to try.
      if (state_.load(std::memory_order_relaxed) == kFree) {
        uint32_t expected = kFree;
        // Acquire: as in lock().
        if (state_.compare_exchange_strong(expected, kHeld, std::memory_order_acquire)) return;
      }
      Pause();
    }
    sleepers_.fetch_add(1, std::memory_order_relaxed);  // a hint; see unlock()
    Sleep(state_, kHeld);
    sleepers_.fetch_sub(1, std::memory_order_relaxed);  // as above
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
