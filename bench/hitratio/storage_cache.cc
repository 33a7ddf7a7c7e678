// Runs requests against a keyspace with a limit and a policy, as the dispatcher does.
#include "bench/hitratio/storage_cache.h"

#include <algorithm>

#include "storage/evictor.h"
#include "storage/key_hash.h"
#include "storage/keyspace.h"

namespace larder::hitratio {
namespace {

constexpr int64_t kStartMs = 1'700'000'000'000;
// Simulated time between two requests: a day has about as many as the traces at hand.
constexpr int64_t kMsPerRequest = 1000;

class StorageCache : public Cache {
 public:
  StorageCache(const NumberedTrace& trace, uint64_t capacity, size_t shards, EvictionPolicy policy)
      : trace_(trace),
        keyspace_(shards, /*databases=*/1, kStartMs),
        evictor_(keyspace_),
        is_volatile_(IsVolatile(policy)) {
    uint32_t largest = 0;
    for (const Access& access : trace.accesses)
      largest = std::max(largest, access.bytes);
    value_.assign(largest, 'v');
    EvictionSettings settings;
    settings.policy = policy;
    keyspace_.budget().set_policy(settings);
    size_t empty = 0;
    for (size_t i = 0; i < shards; ++i) {
      const ShardGuard guard(keyspace_.shard(i));
      empty += keyspace_.shard(i).used_memory();
    }
    keyspace_.budget().SetLimit(empty + capacity, shards);
  }

  bool Request(size_t index) override {
    const Access access = trace_.accesses[index];
    const std::string& name = trace_.keys[access.object];
    const Key key{name, HashKey(name)};
    const size_t home = keyspace_.ShardOf(key.hash);
    const int64_t now_ms = kStartMs + static_cast<int64_t>(index) * kMsPerRequest;
    keyspace_.budget().set_seconds(static_cast<uint32_t>(now_ms / 1000));
    {
      const ShardGuard guard(keyspace_.shard(home));
      if (keyspace_.DatabaseOf(key, 0).Read(key, now_ms) != nullptr) return true;
    }
    if (!evictor_.MakeRoom(name.size() + access.bytes, home)) return false;
    const ShardGuard guard(keyspace_.shard(home));
    // Where only keys with a deadline may go, all have one, which is far away.
    const DeadlineChange deadline =
        is_volatile_ ? DeadlineChange::To(now_ms + (int64_t{1} << 40)) : DeadlineChange::Clear();
    (void)keyspace_.DatabaseOf(key, 0).SetString(
        key, std::string_view(value_).substr(0, access.bytes), deadline);
    return false;
  }

 private:
  const NumberedTrace& trace_;
  Keyspace keyspace_;
  Evictor evictor_;
  const bool is_volatile_;
  std::string value_;
};

}  // namespace

const std::vector<std::string_view>& StorageNames() {
  static const std::vector<std::string_view> names(kEvictionPolicyWords.begin(),
                                                   kEvictionPolicyWords.end());
  return names;
}

std::unique_ptr<Cache> MakeStorage(std::string_view name, const NumberedTrace& trace,
                                   uint64_t capacity, size_t shards) {
  const auto& words = kEvictionPolicyWords;
  const auto found = std::find(words.begin(), words.end(), name);
  if (found == words.end()) return nullptr;
  const auto policy = static_cast<EvictionPolicy>(found - words.begin());
  return std::make_unique<StorageCache>(trace, capacity, shards, policy);
}

}  // namespace larder::hitratio
