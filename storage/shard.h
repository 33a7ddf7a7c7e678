// One shard of the keyspace: the lock, the memory and the databases' parts that hash to it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "storage/arena.h"
#include "storage/database.h"
#include "storage/shard_lock.h"

namespace larder {

// Owns everything that its lock guards, and nothing else is needed to work on its keys.
//
// Thread safety: lock() may be used by any thread, database_if_present() too; everything else
// requires the lock.
class Shard {
 public:
  Shard(size_t databases, int64_t now_ms);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;
  ~Shard();

  ShardLock& lock() { return lock_; }

  // The shard's part of a database; it is made when first asked for, and stays until the end of the
  // process.
  Database& database(size_t index) {
    assert(lock_.HeldByCaller());
    Database* database = databases_[index].load(std::memory_order_relaxed);  // the lock orders it
    return database != nullptr ? *database : Create(index);
  }
  // The same for prefetching without the lock; null if there is none yet.
  const Database* database_if_present(size_t index) const {
    return databases_[index].load(std::memory_order_acquire);  // pairs with Create()
  }

  // Empties a database at once; its memory is given back by Reclaim().
  void Flush(size_t database);
  void Swap(size_t a, size_t b);
  // Frees about `max_entries` entries of flushed databases; false when nothing is left to free.
  bool Reclaim(size_t max_entries);
  bool has_flushed() const { return !flushed_.empty(); }

  // Removes expired entries of all databases in at most `budget` visits; false if work is left.
  bool Expire(int64_t now_ms, size_t budget);
  // The earliest time at which Expire() can have anything to do.
  int64_t NextExpiryMs() const;

  // Gives some of the memory that lies free back to the system, in some 30 µs; false if there was
  // nothing worth it.
  bool Trim() { return arena_.TrimStep(); }

  // Large values that were dropped: to be freed once the lock is given back.
  bool has_garbage() const { return !garbage_.empty(); }
  std::vector<BlobRef> TakeGarbage() { return std::exchange(garbage_, {}); }

  size_t database_count() const { return databases_.size(); }
  ShardCounters& counters() { return counters_; }
  // Bytes used by entries, their values, index and timers.
  size_t used_memory() const;

 private:
  Database& Create(size_t index);

  ShardLock lock_;

  // Constant after construction: the array. Atomic: its pointers, written under the lock.
  std::vector<std::atomic<Database*>> databases_;

  // Guarded by the lock.
  Arena arena_;
  ShardCounters counters_;
  std::vector<BlobRef> garbage_;
  std::vector<std::unique_ptr<EntryTable>> flushed_;
  int64_t now_ms_;
};

// Holds the lock of one shard, and frees the large values that were dropped meanwhile after giving
// it back.
class ShardGuard {
 public:
  explicit ShardGuard(Shard& shard) : shard_(shard) { shard_.lock().lock(); }
  ShardGuard(const ShardGuard&) = delete;
  ShardGuard& operator=(const ShardGuard&) = delete;
  ~ShardGuard() {
    if (shard_.has_garbage()) [[unlikely]] {
      std::vector<BlobRef> garbage = shard_.TakeGarbage();
      shard_.lock().unlock();
      return;  // `garbage` is freed here, without the lock
    }
    shard_.lock().unlock();
  }

 private:
  Shard& shard_;
};

}  // namespace larder
