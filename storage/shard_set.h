// Sets of shards, and holding the locks of all shards of a set at once.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "storage/keyspace.h"

namespace larder {

// Which shards a command needs. Thread safety: none; a value.
class ShardSet {
 public:
  explicit ShardSet(size_t shard_count) : words_((shard_count + 63) / 64) {}

  void Add(size_t shard) { bits_[shard / 64] |= uint64_t{1} << (shard % 64); }
  void AddAll(size_t shard_count) {
    for (size_t shard = 0; shard < shard_count; ++shard)
      Add(shard);
  }

  // Calls `visit` for each shard, in ascending order.
  template <class Visit>
  void ForEach(Visit&& visit) const {
    for (size_t word = 0; word < words_; ++word) {
      for (uint64_t bits = bits_[word]; bits != 0; bits &= bits - 1) {
        visit(word * 64 + static_cast<size_t>(std::countr_zero(bits)));
      }
    }
  }

 private:
  size_t words_;
  std::array<uint64_t, Keyspace::kMaxShards / 64> bits_{};
};

// Holds the locks of all shards of a set. They are taken in ascending order, by everybody, so that
// nobody waits in a circle; large values that were dropped meanwhile are freed after all locks were
// given back.
class ShardSetGuard {
 public:
  ShardSetGuard(Keyspace& keyspace, const ShardSet& shards) : keyspace_(keyspace), shards_(shards) {
    shards_.ForEach([&](size_t shard) { keyspace_.shard(shard).lock().lock(); });
  }
  ShardSetGuard(const ShardSetGuard&) = delete;
  ShardSetGuard& operator=(const ShardSetGuard&) = delete;
  ~ShardSetGuard() {
    std::vector<BlobRef> garbage;
    shards_.ForEach([&](size_t index) {
      Shard& shard = keyspace_.shard(index);
      if (shard.has_garbage()) {
        for (BlobRef& blob : shard.TakeGarbage())
          garbage.push_back(std::move(blob));
      }
      shard.lock().unlock();
    });
  }

 private:
  Keyspace& keyspace_;
  const ShardSet& shards_;
};

}  // namespace larder
