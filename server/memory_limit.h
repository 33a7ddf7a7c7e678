// The limit on memory as the server sees it: what is asked before a command may store something.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>

#include "server/command.h"
#include "server/settings.h"
#include "storage/evictor.h"
#include "storage/memory_budget.h"

namespace larder {

// Applies the settings about memory to the keyspace, and keeps the figures about the limit.
//
// Thread safety: any thread, where a member does not say otherwise.
class MemoryLimit {
 public:
  // Requires: the keyspace outlives it.
  explicit MemoryLimit(Keyspace& keyspace);

  // Puts the settings in force. What is too much then is evicted by the upkeep and by writes.
  void Apply(const Settings& settings);
  // How many threads report the memory of their clients. Called before they start.
  void set_client_threads(size_t threads) { client_threads_ = threads; }

  // Whether the command, or the transaction that it carries out, may store what it may store;
  // makes room for that if need be. Requires: its row has kDenyOom or kEndsTransaction; the caller
  // holds no shard's lock.
  [[nodiscard]] bool Admits(const CommandContext& c);
  // The same for a command that a transaction is about to queue. Requires: as above.
  [[nodiscard]] bool AdmitsQueued(std::span<const std::string_view> args, int64_t now_ms);
  // Whether the large arguments of a request under way are to be counted, of which `counted` bytes
  // are: not if they can never be stored, so that no key is evicted for what will be refused. But
  // they are if the client is to be dropped for them.
  [[nodiscard]] bool CountsArguments(size_t bytes, size_t counted) {
    const size_t most = clients_.limit();
    return (most != 0 && bytes > most) || evictor_.CouldFit(bytes, counted);
  }
  // Gives some of a shard's memory back while the limit is exceeded; true if it should be called
  // again. Requires: as above.
  bool Shrink(size_t shard, int64_t now_ms) {
    return !keyspace_.budget().stands_still(now_ms) && evictor_.Shrink(shard);
  }

  MemoryBudget& budget() { return keyspace_.budget(); }
  // What the clients' buffers take, of which maxmemory-clients is the limit.
  MemoryBudget& clients() { return clients_; }

  // Looks about ten times a second whether the limit is exceeded. Times are monotonic.
  void Tick(int64_t now_us);
  struct ExceededTime {
    int64_t current_us = 0;
    int64_t total_us = 0;
  };
  // For how long the limit has been exceeded: this time, and altogether.
  ExceededTime exceeded(int64_t now_us) const;
  void ResetExceeded();

 private:
  bool MakeRoom(size_t bytes, size_t home, int64_t now_ms) {
    keyspace_.budget().set_seconds(static_cast<uint32_t>(now_ms / 1000));
    return keyspace_.budget().HasRoom(bytes) || keyspace_.budget().stands_still(now_ms) ||
           evictor_.MakeRoom(bytes, home);
  }

  // Constant after construction.
  Keyspace& keyspace_;
  Evictor evictor_;
  // Constant once the threads run.
  size_t client_threads_ = 0;

  MemoryBudget clients_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  int64_t exceeded_since_us_ = kWithinLimit;
  int64_t exceeded_before_us_ = 0;
  static constexpr int64_t kWithinLimit = -1;
};

}  // namespace larder
