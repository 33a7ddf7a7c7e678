// Follows the settings about memory.
#include "server/memory_limit.h"

#include <algorithm>

#include "server/command_table.h"

namespace larder {

MemoryLimit::MemoryLimit(Keyspace& keyspace) : keyspace_(keyspace), evictor_(keyspace) {}

void MemoryLimit::Apply(const Settings& settings) {
  EvictionSettings eviction;
  eviction.policy = settings.maxmemory_policy;
  eviction.samples = static_cast<uint32_t>(settings.maxmemory_samples);
  eviction.lfu_log_factor = static_cast<uint32_t>(settings.lfu_log_factor);
  eviction.lfu_decay_minutes = static_cast<uint32_t>(settings.lfu_decay_time);
  keyspace_.budget().set_policy(eviction);
  keyspace_.budget().SetLimit(ResolveMaxMemory(settings),
                              keyspace_.shard_count() + client_threads_);
  clients_.SetLimit(ResolveMaxMemoryClients(settings), client_threads_);
}

void MemoryLimit::Tick(int64_t now_us) {
  const std::lock_guard lock(mutex_);
  const bool exceeded = !keyspace_.budget().HasRoom(0);
  if (exceeded && exceeded_since_us_ == kWithinLimit) {
    exceeded_since_us_ = now_us;
  } else if (!exceeded && exceeded_since_us_ != kWithinLimit) {
    exceeded_before_us_ += now_us - exceeded_since_us_;
    exceeded_since_us_ = kWithinLimit;
  }
}

MemoryLimit::ExceededTime MemoryLimit::exceeded(int64_t now_us) const {
  const std::lock_guard lock(mutex_);
  const int64_t current =
      exceeded_since_us_ == kWithinLimit ? 0 : std::max<int64_t>(0, now_us - exceeded_since_us_);
  return {current, exceeded_before_us_ + current};
}

void MemoryLimit::ResetExceeded() {
  const std::lock_guard lock(mutex_);
  exceeded_since_us_ = kWithinLimit;
  exceeded_before_us_ = 0;
}

size_t BytesToStore(const CommandContext& c) {
  // What an entry takes beside its key and value, roughly.
  constexpr size_t kPerArgument = 16;
  size_t bytes = 0;
  for (const std::string_view arg : c.args.subspan(1))
    bytes += arg.size() + kPerArgument;
  return c.spec.growth == nullptr ? bytes : bytes + c.spec.growth(c.args);
}

}  // namespace larder
