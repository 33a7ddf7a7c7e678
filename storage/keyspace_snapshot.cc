// Takes the copies of entries from one shard after the other.
#include "storage/keyspace_snapshot.h"

#include <cassert>
#include <chrono>

namespace larder {

void KeyspaceSnapshot::Begin() {
  assert(!running());
  const KeyspaceTotals totals = keyspace_.Totals();
  databases_ = totals.databases;
  keys_ = totals.keys;
  keys_seen_ = 0;
  keyspace_.budget().snapshot().Begin(totals.used_memory);
  for (size_t i = 0; i < keyspace_.shard_count(); ++i)
    keyspace_.shard(i).BeginSnapshot();
  shard_ = 0;
}

// What writers had to copy is memory that grows: it goes first, wherever it has become much.
void KeyspaceSnapshot::Take() {
  constexpr size_t kMuch = 48 * 1024;
  const auto has_much = [this](size_t index) {
    return keyspace_.shard(index).images().waiting_bytes() >= kMuch;
  };
  size_t from = shard_;
  while (from < keyspace_.shard_count() && !has_much(from))
    ++from;
  const bool only_takes = from < keyspace_.shard_count();
  Shard& shard = keyspace_.shard(only_takes ? from : shard_);
  const ShardGuard guard(shard);
  const auto began = std::chrono::steady_clock::now();
  const bool seen_all = !only_takes && !shard.ContinueSnapshot();
  shard.images().Exchange(batches_);
  if (seen_all) {
    shard.images().ReleaseMemory();
    ++shard_;
  }
  held_ns_ = (std::chrono::steady_clock::now() - began) / std::chrono::nanoseconds(1);
}

void KeyspaceSnapshot::Release(SnapshotImages::Batch& batch) {
  batch.images.Clear();
  keyspace_.budget().snapshot().Remove(std::exchange(batch.bytes, 0));
}

void KeyspaceSnapshot::Abandon() {
  for (size_t i = shard_; i < keyspace_.shard_count(); ++i) {
    const ShardGuard guard(keyspace_.shard(i));
    keyspace_.shard(i).images().Abandon();
  }
}

}  // namespace larder
