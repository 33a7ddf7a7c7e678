// Follows the settings about memory.
#include "server/memory_limit.h"

#include <algorithm>

#include "server/command_table.h"
#include "server/session.h"

namespace larder {
namespace {

// What a request may add to what is stored, by its arguments.
size_t BytesToStore(std::span<const std::string_view> args) {
  // What an entry takes beside its key and value, roughly.
  constexpr size_t kPerArgument = 16;
  size_t bytes = 0;
  for (const std::string_view arg : args.subspan(1))
    bytes += arg.size() + kPerArgument;
  return bytes;
}

}  // namespace

size_t CommandContext::StoredSize(const Key& key) const {
  const ShardGuard guard(keyspace.shard(keyspace.ShardOf(key.hash)));
  const Entry* entry = keyspace.DatabaseOf(key, db).Find(key, now_ms);
  return entry != nullptr && entry->type() == ValueType::kString ? entry->StringSize() : 0;
}

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

bool MemoryLimit::Admits(const CommandContext& c) {
  if ((c.spec.flags & kDenyOom) == 0) [[unlikely]] {
    const size_t bytes = c.session.queued_growth();
    return bytes == 0 || MakeRoom(bytes, /*home=*/0, c.now_ms);
  }
  size_t bytes = BytesToStore(c.args);
  if (c.spec.growth != nullptr) bytes += c.spec.growth(c);
  if (bytes >= kBlobThreshold) [[unlikely]] {
    // A large argument that was received into its final memory is counted as the client's so far.
    const auto& received = c.session.client().argument_memory;
    bytes -= std::min<size_t>(bytes, received.load(std::memory_order_relaxed));  // own thread's
  }
  return MakeRoom(bytes, c.keys.empty() ? 0 : keyspace_.ShardOf(c.keys[0].hash), c.now_ms);
}

bool MemoryLimit::AdmitsQueued(std::span<const std::string_view> args, int64_t now_ms) {
  return MakeRoom(BytesToStore(args), /*home=*/0, now_ms);
}

}  // namespace larder
