// One shard of the keyspace: the lock, the memory and the databases' parts that hash to it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "storage/arena.h"
#include "storage/compactor.h"
#include "storage/database.h"
#include "storage/eviction.h"
#include "storage/key_statistics.h"
#include "storage/memory_budget.h"
#include "storage/shard_lock.h"
#include "storage/superseded_keys.h"

namespace larder {

// What evicting gave.
struct Evicted {
  bool any = false;  // false: there is nothing that the policy may evict
  size_t bytes = 0;  // perhaps none, if the ghost has grown meanwhile
};

// Owns everything that its lock guards, and nothing else is needed to work on its keys.
//
// Thread safety: lock() may be used by any thread, database_if_present() and reported_memory() too;
// everything else requires the lock.
class alignas(64) Shard {
 public:
  // Requires: `budget` outlives the shard.
  Shard(size_t databases, int64_t now_ms, MemoryBudget& budget);
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
  void Swap(size_t a, size_t b, int64_t now_ms);
  // Frees about `max_entries` entries of flushed databases; false when nothing is left to free, but
  // for what the running snapshot has to visit first.
  bool Reclaim(size_t max_entries);
  bool has_flushed() const { return !flushed_.empty(); }

  // Tells the observer of the changes of all databases' keys, see Database::Observe().
  void Observe(KeyObserver* observer);

  // Begins a snapshot: what the databases hold now will be in images(). Requires: none is running.
  void BeginSnapshot();
  // Copies entries that the snapshot has not seen, some 10 µs' worth; false when it has seen all.
  bool ContinueSnapshot();
  SnapshotImages& images() { return images_; }

  // While a snapshot is loaded and clients write already: notes which keys of the file are out of
  // date. Flush() and Swap() are minded as well.
  void BeginLoad() { superseded_ = std::make_unique<SupersededKeys>(databases_.size()); }
  void EndLoad() { superseded_.reset(); }
  void NoteWrite(size_t database, uint64_t hash) {
    if (superseded_ != nullptr) superseded_->Wrote(database, hash);
  }
  // The database for a key of the file; nothing if it is out of date.
  std::optional<size_t> LoadTarget(size_t database, uint64_t hash) const {
    return superseded_ != nullptr ? superseded_->TargetOf(database, hash) : database;
  }

  // Removes expired entries of all databases in at most `budget` visits; false if work is left.
  bool Expire(int64_t now_ms, size_t budget);
  // The earliest time at which Expire() can have anything to do.
  int64_t NextExpiryMs() const;

  // Removes some entries, or a part of a flushed database, for want of memory: at least one, and
  // several at once where that is a small part of the shard, until `bytes` are free or a few dozen
  // entries are gone.
  Evicted Evict(size_t bytes);
  // Asks the processor for what storing a new key will look at, beside its bucket. May be called
  // without the lock.
  void PrefetchForInsert(uint64_t hash) const { eviction_.PrefetchForInsert(hash); }
  // Bytes of values and entries that the policy may evict, and of flushed ones; about so many.
  size_t EvictableBytes();
  // Converts about `entries` entries that a change of the policy has left behind; false when none
  // are left.
  bool Migrate(size_t entries);
  Eviction& eviction() { return eviction_; }

  // Gives some of the memory that lies free back to the system, in some 30 µs; false if there was
  // nothing worth it.
  bool Trim() { return arena_.TrimStep(); }

  // Moves some entries out of sparse slabs, in some 50 µs; false when nothing was worth it.
  bool Compact() {
    return compactor_.Step(arena_, [this](std::span<const Ref> refs) { return Relocate(refs); });
  }
  // A step of both, if the memory that is held exceeds by far what entries use: for those who store
  // at the limit, so that upkeep, which has to wait for its turn, does not fall behind them.
  void TidyUp();
  // Makes Compact() look through all slabs, however little there is to gain.
  void BeginCompaction() { compactor_.Begin(arena_); }
  bool compacting() const { return compactor_.walking(); }
  // A part of giving all free memory back; false when that is done.
  bool Purge() { return arena_.PurgeStep(); }
  // Where the entries lie.
  const Arena& arena() const { return arena_; }
  // Entries of flushed databases that were not freed yet.
  size_t flushed_entries() const;

  // Large values that were dropped: to be freed once the lock is given back.
  bool has_garbage() const { return !garbage_.empty(); }
  std::vector<BlobRef> TakeGarbage() { return std::exchange(garbage_, {}); }
  // Gives the lock back, then frees them.
  void UnlockAndFreeGarbage();

  size_t database_count() const { return databases_.size(); }
  ShardCounters& counters() { return counters_; }
  KeyStatistics& key_statistics() { return key_statistics_; }
  // The number of the database that key_statistics() knows by this address.
  size_t IndexOf(const void* database) const;
  // Bytes used by entries, their values, index, timers and queues.
  size_t used_memory() const {
    return arena_.used_bytes() + counters_.blob_bytes + counters_.index_bytes + eviction_.memory();
  }
  // Nearly the same; how much the budget knows of.
  size_t reported_memory() const { return account_.reported(); }
  // Lets the budget know exactly.
  void ReportMemory() { account_.Report(used_memory()); }

 private:
  Database& Create(size_t index);
  Ref ChooseAmongSamples();
  const Entry* DrawSample(const Database& database);
  bool EvictFrom(const Eviction::Victim& victim);
  size_t EvictFromQueues(size_t most);
  bool EvictSample();
  void PrefetchBuckets(uint64_t hash) const;
  bool Relocate(std::span<const Ref> refs);
  Database& AnyDatabase();
  bool FreeFlushed(size_t index, size_t max_entries);

  // The lock, and what is written with each request: side by side, so that few cache lines move
  // when another thread's turn comes, and apart from what is read without the lock.
  ShardLock lock_;
  // Guarded by the lock.
  ShardCounters counters_;
  KeyStatistics key_statistics_;

  // Constant after construction: the array. Atomic: its pointers, written under the lock.
  std::vector<std::atomic<Database*>> databases_;

  // Guarded by the lock.
  Arena arena_;
  Compactor compactor_;
  std::vector<BlobRef> garbage_;
  Eviction eviction_;
  MemoryAccount account_;
  SnapshotImages images_;
  std::vector<std::unique_ptr<DetachedTable>> flushed_;
  std::unique_ptr<SupersededKeys> superseded_;  // null while no snapshot is loaded
  KeyObserver* observer_ = nullptr;             // null while nobody tracks keys
  int64_t now_ms_;
  uint32_t policy_changes_seen_ = 0;
  bool migrating_ = false;
  size_t migrated_databases_ = 0;
  uint64_t migration_cursor_ = 0;
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
      shard_.UnlockAndFreeGarbage();
    } else {
      shard_.lock().unlock();
    }
  }

 private:
  Shard& shard_;
};

}  // namespace larder
