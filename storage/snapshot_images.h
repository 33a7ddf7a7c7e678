// The copies of entries that a shard holds for the running snapshot.
#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

#include "storage/entry_image.h"
#include "storage/snapshot_memory.h"

namespace larder {

// Owns images of entries as they were when the snapshot began, in batches of some 64 KB, until
// somebody takes them to write them down.
//
// Thread safety: guarded by the lock of its shard, but for waiting_bytes().
class SnapshotImages {
 public:
  // Requires: `memory` outlives it.
  explicit SnapshotImages(SnapshotMemory& memory) : memory_(memory) {}

  // Copies an entry, unless the snapshot is lost anyway.
  void Add(size_t database, const Entry& entry, EvictionHint hint);
  // The same for an entry that is about to be changed or removed: of its large value, only this
  // copy may be left.
  void AddDoomed(size_t database, const Entry& entry, EvictionHint hint);

  // Between Abandon() and the next Begin() nothing is copied.
  void Begin() { discards_ = false; }
  void Abandon() { discards_ = true; }

  // Hands the images out in exchange for batches that were used up. The taker has to subtract their
  // bytes from the SnapshotMemory when it has dealt with them.
  struct Batch {
    EntryImages images;
    size_t bytes = 0;  // as SnapshotMemory has them
  };
  void Exchange(std::vector<Batch>& batches);
  // So many of them are used again.
  static constexpr size_t kMostSpare = 2;
  // Gives the memory of used batches back. Requires: no image waits.
  void ReleaseMemory();

  // Bytes of images that wait. A hint for those who do not hold the lock.
  size_t waiting_bytes() const {
    return waiting_bytes_.load(std::memory_order_relaxed);  // orders nothing
  }

 private:
  static constexpr size_t kFullBatch = 64 * 1024;

  void Append(size_t database, const Entry& entry, EvictionHint hint, size_t bytes);
  void CloseBatch();

  // Constant after construction.
  SnapshotMemory& memory_;

  Batch current_;
  std::vector<Batch> full_;
  std::vector<Batch> spare_;
  bool discards_ = false;
  // Atomic: written by the holder of the lock, read by others.
  std::atomic<size_t> waiting_bytes_{0};
};

}  // namespace larder
