// DEL, UNLINK, EXISTS and TOUCH of very many keys, carried out in slices.
#include "server/commands/many_keys.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace larder {
namespace {

// What is done with each key; returns whether it counts.
using KeyOperation = bool (*)(Database& database, const Key& key, int64_t now_ms);

bool Delete(Database& database, const Key& key, int64_t now_ms) {
  return database.Remove(key, now_ms);
}

bool Look(Database& database, const Key& key, int64_t now_ms) {
  return database.Inspect(key, now_ms) != nullptr;
}

bool Use(Database& database, const Key& key, int64_t now_ms) {
  return database.Read(key, now_ms) != nullptr;
}

// Takes the keys in chunks. Each chunk is hashed and grouped by shard without any lock, and then
// worked off shard by shard, so that a step needs one lock for many keys.
//
// Owns the chunk: the hashed keys, and their order by shard.
// Thread safety: none; a task belongs to its session.
class ManyKeysTask : public SlicedTask {
 public:
  ManyKeysTask(const CommandContext& c, KeyOperation operation, bool changes)
      : operation_(operation),
        changes_(changes),
        chunk_size_(std::min(kChunk, c.args.size() - 1)),
        group_ends_(c.keyspace.shard_count()) {
    keys_.reserve(chunk_size_);
    order_.resize(chunk_size_);
  }

  size_t next_shard() const override { return phase_ == Phase::kWork ? shard_ : kNoShard; }

  bool Step(CommandContext& c) override {
    switch (phase_) {
      case Phase::kHash:
        Hash(c);
        return false;
      case Phase::kGroup:
        Group(c.keyspace);
        return false;
      case Phase::kWork:
        Work(c);
        break;
    }
    if (phase_ != Phase::kHash || next_arg_ < c.args.size()) return false;
    c.reply.Integer(count_);
    return true;
  }

 private:
  enum class Phase : uint8_t { kHash, kGroup, kWork };

  static constexpr size_t kChunk = 16 * 1024;
  // What a step of each phase does at most: keys and bytes to hash, keys to group, keys to look up.
  static constexpr size_t kHashedKeys = 512;
  static constexpr size_t kHashedBytes = 64 * 1024;
  static constexpr size_t kGroupedKeys = 4096;
  static constexpr size_t kLookedUpKeys = 64;
  // So many keys are prefetched together: enough to overlap their cache misses, few enough to
  // stay in the first cache.
  static constexpr size_t kPrefetched = 32;

  void Hash(const CommandContext& c) {
    const size_t end =
        std::min({c.args.size(), next_arg_ + kHashedKeys, next_arg_ + chunk_size_ - keys_.size()});
    size_t bytes = 0;
    while (next_arg_ < end && bytes < kHashedBytes) {
      const std::string_view key = c.args[next_arg_++];
      bytes += key.size();
      keys_.push_back({key, HashKey(key)});
      ++group_ends_[c.keyspace.ShardOf(keys_.back().hash)];
    }
    if (keys_.size() < chunk_size_ && next_arg_ < c.args.size()) return;
    // From the sizes of the groups to where each begins; Group() moves that on to where it ends.
    uint32_t begin = 0;
    for (uint32_t& group : group_ends_)
      begin += std::exchange(group, begin);
    next_ = 0;
    phase_ = Phase::kGroup;
  }

  void Group(const Keyspace& keyspace) {
    const size_t end = std::min(keys_.size(), next_ + kGroupedKeys);
    for (; next_ < end; ++next_) {
      order_[group_ends_[keyspace.ShardOf(keys_[next_].hash)]++] = static_cast<uint32_t>(next_);
    }
    if (next_ < keys_.size()) return;
    next_ = 0;
    shard_ = keyspace.ShardOf(keys_[order_[0]].hash);
    phase_ = Phase::kWork;
  }

  void Work(CommandContext& c) {
    Database& database = c.keyspace.shard(shard_).database(c.db);
    const size_t end = std::min<size_t>(group_ends_[shard_], next_ + kLookedUpKeys);
    while (next_ < end) {
      const size_t some = std::min(kPrefetched, end - next_);
      const std::span<const uint32_t> batch(order_.data() + next_, some);
      for (const uint32_t i : batch)
        database.PrefetchBucket(keys_[i].hash);
      for (const uint32_t i : batch)
        database.PrefetchEntries(keys_[i].hash);
      int64_t count = 0;
      for (const uint32_t i : batch)
        count += operation_(database, keys_[i], c.now_ms);
      count_ += count;
      if (changes_) c.changes += static_cast<uint64_t>(count);
      next_ += some;
    }
    if (next_ == keys_.size()) {
      keys_.clear();
      std::fill(group_ends_.begin(), group_ends_.end(), 0);
      phase_ = Phase::kHash;
    } else if (next_ == group_ends_[shard_]) {
      shard_ = c.keyspace.ShardOf(keys_[order_[next_]].hash);
    }
  }

  // Constant after construction.
  const KeyOperation operation_;
  const bool changes_;
  const size_t chunk_size_;

  // The whole command.
  int64_t count_ = 0;
  size_t next_arg_ = 1;

  // The chunk.
  Phase phase_ = Phase::kHash;
  std::vector<Key> keys_;
  std::vector<uint32_t> order_;       // numbers of keys_, ordered by shard
  std::vector<uint32_t> group_ends_;  // by shard: where its group ends in order_
  size_t next_ = 0;                   // in keys_ (kGroup) or order_ (kWork)
  size_t shard_ = 0;                  // of the key at next_ (kWork)
};

}  // namespace

std::unique_ptr<SlicedTask> DelTask(CommandContext& c) {
  return std::make_unique<ManyKeysTask>(c, Delete, /*changes=*/true);
}

std::unique_ptr<SlicedTask> UnlinkTask(CommandContext& c) {
  return DelTask(c);
}

std::unique_ptr<SlicedTask> ExistsTask(CommandContext& c) {
  return std::make_unique<ManyKeysTask>(c, Look, /*changes=*/false);
}

std::unique_ptr<SlicedTask> TouchTask(CommandContext& c) {
  return std::make_unique<ManyKeysTask>(c, Use, /*changes=*/false);
}

}  // namespace larder
