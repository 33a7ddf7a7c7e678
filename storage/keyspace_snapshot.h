// A snapshot of all databases as they are at one moment, read while they go on changing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "storage/entry_image.h"
#include "storage/keyspace.h"

namespace larder {

// Goes through all shards and copies their entries, a few at a time with the lock of one shard
// held. A writer that is about to change an entry which was not reached yet copies it before
// (Database::BeforeChange), and these copies are taken first. So each entry is seen once, as it was
// when the snapshot began; but a key that has expired meanwhile may be missing.
//
// Owns the copies that were taken and are being dealt with.
//
// Thread safety: Begin() by whoever holds the locks of all shards, while no other member is called;
// then everything by one thread that holds no lock.
class KeyspaceSnapshot {
 public:
  // Requires: the keyspace outlives it, and nobody else makes snapshots of it.
  explicit KeyspaceSnapshot(Keyspace& keyspace)
      : keyspace_(keyspace), shard_(keyspace.shard_count()) {}

  // The state of now is what will be seen. Requires: running() is false.
  void Begin();
  bool running() const { return shard_ < keyspace_.shard_count(); }

  // Calls visit(const EntryImage&) for some entries, without any lock; false when all were seen.
  // Requires: running().
  template <class Visit>
  bool Continue(Visit&& visit) {
    Take();
    for (SnapshotImages::Batch& batch : batches_) {
      batch.images.ForEach(visit);
      keys_seen_ += batch.images.count();
      Release(batch);
    }
    // What will not be used again is freed here, without a lock.
    const size_t most = running() ? SnapshotImages::kMostSpare : 0;
    if (batches_.size() > most) batches_.resize(most);
    return running();
  }

  // For how long the last call of Continue() has held a lock.
  int64_t held_ns() const { return held_ns_; }

  // From now on nothing is copied. What is left to do, until Continue() says that it was the last,
  // takes little time and no memory.
  void Abandon();
  // Writers have changed more than could be dealt with: there will be entries missing.
  bool lost() const { return keyspace_.budget().snapshot().overflowed(); }

  // What the databases held at the beginning. Their number is the vector's size.
  const std::vector<DatabaseTotals>& databases() const { return databases_; }
  size_t keys() const { return keys_; }
  size_t keys_seen() const { return keys_seen_; }

 private:
  void Take();
  void Release(SnapshotImages::Batch& batch);

  // Constant after construction.
  Keyspace& keyspace_;

  std::vector<DatabaseTotals> databases_;
  size_t keys_ = 0;
  size_t keys_seen_ = 0;
  int64_t held_ns_ = 0;
  size_t shard_;  // all before this one were seen
  std::vector<SnapshotImages::Batch> batches_;
};

}  // namespace larder
