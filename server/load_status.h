// Whether the server is loading a snapshot, and how far it has come: what commands, INFO and the
// dispatcher look at.
#pragma once

#include <atomic>
#include <cstdint>

#include "server/attention.h"
#include "storage/load_progress.h"

namespace larder {

// Thread safety: any thread reads; the one that starts and ends the load writes.
class LoadStatus {
 public:
  // Requires: `attention` outlives it.
  explicit LoadStatus(Attention& attention) : attention_(attention) {}

  enum class Phase : uint8_t {
    kNone,
    kAnnounced,  // a load comes soon: the data is whole, and commands are answered as in kRefusing
    kRefusing,   // loading, and commands are answered with LOADING
    kServing,    // loading beside the commands
  };

  bool active() const { return phase() >= Phase::kRefusing; }
  bool refuses_commands() const { return Refuses(phase()); }
  Phase phase() const {
    // Acquire: who sees the end of the load sees what was loaded.
    return phase_.load(std::memory_order_acquire);
  }
  void set_phase(Phase phase) {
    phase_.store(phase, std::memory_order_release);  // pairs with phase()
    if (Refuses(phase)) {
      attention_.Set(Attention::kRefusing);
    } else {
      attention_.Clear(Attention::kRefusing);
    }
  }

  LoadProgress progress;
  // Atomic: of the last load.
  std::atomic<int64_t> started_ms{0};
  std::atomic<uint64_t> used_memory{0};  // what its server used, as the file says

 private:
  static bool Refuses(Phase phase) {
    return phase == Phase::kAnnounced || phase == Phase::kRefusing;
  }

  Attention& attention_;
  std::atomic<Phase> phase_{Phase::kNone};
};

}  // namespace larder
