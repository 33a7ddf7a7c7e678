// Takes the copies of entries from one shard after the other.
#include "storage/keyspace_snapshot.h"

#include <cassert>

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
  for (size_t i = shard_; i < keyspace_.shard_count(); ++i) {
    if (keyspace_.shard(i).images().waiting_bytes() < kMuch) continue;
    const ShardGuard guard(keyspace_.shard(i));
    keyspace_.shard(i).images().Exchange(batches_);
    return;
  }
  Shard& shard = keyspace_.shard(shard_);
  const ShardGuard guard(shard);
  if (!shard.ContinueSnapshot()) ++shard_;
  shard.images().Exchange(batches_);
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
