// Begins and ends pauses.
#include "server/client_pause.h"

#include <algorithm>

namespace larder {

void ClientPause::Begin(Kind kind, int64_t end_ms, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  const bool goes_on = paused_ && this->end_ms() > now_ms;
  kind_ = goes_on ? std::max(kind_, kind) : kind;
  const int64_t end = goes_on ? std::max(this->end_ms(), end_ms) : end_ms;
  end_ms_.store(end, std::memory_order_relaxed);  // guarded by the mutex for all decisions
  paused_ = true;
  budget_.StandStill(end);
  attention_.Set(Attention::kPaused);
}

void ClientPause::End() {
  const std::lock_guard lock(mutex_);
  paused_ = false;
  budget_.StandStill(0);
  attention_.Clear(Attention::kPaused);
}

bool ClientPause::HoldsNow(bool writes, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  if (!paused_) return false;
  if (now_ms >= end_ms()) {
    paused_ = false;
    attention_.Clear(Attention::kPaused);
    return false;
  }
  return writes || kind_ == Kind::kAll;
}

}  // namespace larder
