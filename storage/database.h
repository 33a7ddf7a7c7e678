// The part of one numbered database that lives in one shard: table, timer wheel and the operations
// on them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "storage/arena.h"
#include "storage/change_listeners.h"
#include "storage/entry.h"
#include "storage/entry_table.h"
#include "storage/eviction.h"
#include "storage/key_hash.h"
#include "storage/key_statistics.h"
#include "storage/memory_budget.h"
#include "storage/shard_counters.h"
#include "storage/snapshot_images.h"
#include "storage/timer_wheel.h"
#include "storage/value.h"

namespace larder {

// A key and its hash, which is computed once per request.
struct Key {
  std::string_view bytes;
  uint64_t hash;
};

// What a write does with the deadline of the key. Milliseconds since the epoch, kNoDeadline to
// clear it.
struct DeadlineChange {
  static constexpr DeadlineChange Keep() { return {true, kNoDeadline}; }
  static constexpr DeadlineChange Clear() { return {false, kNoDeadline}; }
  static constexpr DeadlineChange To(int64_t deadline_ms) { return {false, deadline_ms}; }
  bool keep;
  int64_t deadline_ms;
};

enum class [[nodiscard]] StoreStatus{kStored, kOutOfMemory};

// Owns the index and the timers of its entries; the entries themselves lie in the shard's arena.
// Pointers to entries stay valid until the next operation that is not const.
//
// Thread safety: guarded by the lock of its shard, but for PrefetchBucket().
class Database {
 public:
  Database(Arena& arena, ShardCounters& counters, KeyStatistics& key_statistics,
           std::vector<BlobRef>& garbage, Eviction& eviction, MemoryAccount& account,
           SnapshotImages& images, int64_t now_ms);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  // The live entry of `key`, or null. An entry whose deadline has passed is removed on the way.
  // Read() counts a hit or a miss, and is a use of the key; Inspect() counts only; Find(), for
  // writes, does neither.
  Entry* Read(const Key& key, int64_t now_ms);
  Entry* Inspect(const Key& key, int64_t now_ms);
  Entry* Find(const Key& key, int64_t now_ms);

  // Stores a string under `key`, whatever was there before. An integer in canonical form is stored
  // as one. Requires: the deadline, if one is set, is not negative.
  StoreStatus SetString(const Key& key, std::string_view value, DeadlineChange deadline);
  // The same for a value that was received into its final memory already.
  StoreStatus SetBlob(const Key& key, BlobRef blob, DeadlineChange deadline);
  // Stores an integer and keeps the deadline.
  StoreStatus SetInteger(const Key& key, int64_t value);
  // Makes the string of `key` exactly `size` bytes long, as raw bytes, and returns them for
  // writing; bytes beyond the old end are zero. A missing key is created. Repeated growth is
  // amortised. Null when memory is short. Requires: the key holds a string or is missing.
  char* ResizeString(const Key& key, size_t size);

  // Makes sure that so many new entries fit, of together `bytes` bytes of keys and values, not
  // counting large values; false if they perhaps do not.
  bool HasRoom(size_t entries, size_t bytes) {
    const size_t most_beside = Entry::kMostBeside + sizeof(Blob*);
    return traits_.arena->Reserve(entries, bytes + entries * most_beside);
  }

  // Whether the limit on memory allows a copy of a value of so many bytes, or a value to become so
  // much longer, which nobody could know when room was made for the command.
  bool MayGrow(size_t bytes) const { return account_.MayGrow(bytes); }

  // Removes the key; false if it was not there, or expired at `now_ms`.
  bool Remove(const Key& key, int64_t now_ms);

  // Sets or clears the deadline of an existing entry.
  // Requires: `entry` was just returned by Read() or Find() for `key`.
  StoreStatus SetDeadline(const Key& key, Entry* entry, int64_t deadline_ms);

  // Copies an entry's value; takes it away, with its key; stores one under a key, whatever was
  // there.
  static Value Clone(const Entry& entry);
  Value Extract(const Key& key, Entry* entry);
  StoreStatus Put(const Key& key, Value value);

  // Visits the entries of one bucket that are live at `now_ms` and returns the next cursor, zero at
  // the end. The guarantee is that of HashTable::Scan().
  template <class Visit>
  uint64_t Scan(uint64_t cursor, int64_t now_ms, Visit&& visit) const {
    return table_.Scan(cursor, [&](Ref ref) {
      const Entry& entry = *traits_.At(ref);
      if (!entry.IsExpired(now_ms)) visit(entry);
    });
  }
  // A random entry, which may have expired; null if there is none.
  const Entry* Sample(uint64_t random) const;

  // A random entry with a deadline, and the one of which the deadline is nearest, or nearly so;
  // null if no entry has one.
  const Entry* SampleTimed(uint64_t random) const;
  const Entry* SampleNearest() const;
  // Removes an entry for want of memory; false if it is not in this database. Requires: `hash` is
  // its key's.
  bool Evict(Ref ref, uint64_t hash);
  // Looks at the entries of one bucket for Eviction::Convert(), and returns the next cursor.
  uint64_t Convert(uint64_t cursor) {
    return table_.Scan(cursor, [this](Ref ref) { eviction_.Convert(ref); });
  }
  // Moves an entry to another block of the arena that has room already. kNotMine: it is not in this
  // database's index. Requires: `hash` is its key's.
  enum class Relocation : uint8_t { kMoved, kNoRoom, kNotMine };
  Relocation Relocate(Ref ref, uint64_t hash);

  // Removes entries whose deadline has passed, in at most `budget` visits; false if work is left.
  bool Expire(int64_t now_ms, size_t budget);
  // The earliest time at which Expire() can have anything to do.
  int64_t next_expiry_ms() const { return wheel_.NextVisitMs(); }

  // Has the watcher marked as soon as the key changes, until Unwatch(); see WatchTable. Returns
  // whether the key is missing.
  bool Watch(const Key& key, Watcher& watcher, int64_t now_ms);
  void Unwatch(const Key& key, const Watcher& watcher);
  bool watched() const { return listeners_.watched(); }
  // The other database is about to take this one's number, and the other way round. Watches belong
  // to the numbers.
  void ExchangeWatches(Database& other, int64_t now_ms);
  // Tells the observer of every key that changes, but not of an exchange or the end of all of them.
  void Observe(KeyObserver* observer) { listeners_.Observe(observer); }

  // Empties the database at once and hands the old index out, to be freed in slices.
  std::unique_ptr<DetachedTable> DetachAll(int64_t now_ms);
  // Frees about `max_entries` entries of a detached index; false when it is empty.
  bool FreeDetached(DetachedTable& detached, size_t max_entries);

  // Begins a snapshot of this database, which is number `number` in it. Until its end, entries are
  // copied before they change, unless they have been visited. A key that is removed because it has
  // expired is left out: whoever loads it would drop it.
  void BeginSnapshot(size_t number);
  // Visits entries for the snapshot, some 10 µs' worth; false when all have been visited.
  bool ContinueSnapshot() { return ContinueSnapshot(table_, walk_); }
  // The same for a detached index of the same shard.
  bool ContinueSnapshot(DetachedTable& detached) {
    return ContinueSnapshot(detached.table, detached.walk);
  }
  const SnapshotWalk& walk() const { return walk_; }

  size_t size() const { return table_.size(); }
  size_t expiring() const { return wheel_.size(); }
  // The mean of the deadlines, in ms since the epoch; zero if there is none.
  int64_t mean_deadline_ms() const;
  // Leaves of the index; see HashTable::Scan() for what it tells about cursors.
  size_t bucket_count() const { return table_.bucket_count(); }
  size_t table_memory() const { return table_.memory(); }
  size_t wheel_memory() const { return wheel_.memory(); }
  // Bytes of the index and the wheel.
  size_t index_memory() const { return table_.memory() + wheel_.memory(); }

  // The two prefetch passes over a batch of requests; the first may be called without the lock.
  void PrefetchBucket(uint64_t hash) const { table_.PrefetchBucket(hash); }
  // Returns where the entry of `hash` most likely lies, null if nowhere: to be prefetched, not to
  // be touched.
  const void* PrefetchEntries(uint64_t hash) const {
    const Ref ref = table_.PrefetchEntries(hash);
    return ref != kNullRef ? traits_.Address(ref) : nullptr;
  }

 private:
  using Wheel = TimerWheel<EntryTraits>;

  [[gnu::noinline]] EntryTable::Position Locate(const Key& key) const;
  EntryTable::Position LocateLive(const Key& key, int64_t now_ms);
  void RemoveAt(EntryTable::Position position);
  void RemoveExpired(EntryTable::Position position, const Key& key);
  // Every change of a value or a deadline is told here.
  void NoteChange(std::string_view key) { listeners_.Changed(key); }
  void NoteExpiry(std::string_view key) { listeners_.Expired(key); }
  // Ends the entry's ties to wheel and blob and frees its block.
  void Free(Ref ref);
  void Drain(EntryTable& table, const SnapshotWalk& walk, size_t max_entries);
  bool ExpireSome(int64_t now_ms, size_t budget);
  void FreeExpired(Ref ref, uint64_t hash);
  void CountExpired(const Entry& entry);
  void AttachBlob(Entry& entry, Blob* blob);
  void ReleaseBlob(Entry& entry);
  // Brings the shard's account of its memory up to date.
  void Account();
  void Track(Ref ref);
  void Untrack(Ref ref);
  // Puts a block for (key, type, encoding, value part) in place of `position`, or as a new entry.
  Entry* Replace(EntryTable::Position position, const Key& key, ValueType type, Encoding encoding,
                 size_t value_size, DeadlineChange deadline);
  Entry* AddBlock(EntryTable::Position position, const Key& key, ValueType type, Encoding encoding,
                  size_t value_size, int64_t deadline_ms);
  Entry* PutValue(const Key& key, ValueType type, Encoding encoding, std::string_view value,
                  DeadlineChange deadline);
  char* ResizeBlob(EntryTable::Position position, const Key& key, size_t size);
  // Whoever is about to change or remove an entry says so here, and whoever has added one.
  void BeforeChange(Ref ref, std::string_view key) {
    KeepForSnapshot(ref);
    NoteChange(key);
  }
  void KeepForSnapshot(Ref ref) {
    if (walk_.active()) [[unlikely]]
      Preserve(ref, walk_);
  }
  void AfterAdding(Ref ref, uint64_t hash) {
    if (walk_.active()) [[unlikely]]
      traits_.At(ref)->set_settled(walk_.IsAhead(hash));
  }
  void Preserve(Ref ref, const SnapshotWalk& walk);
  bool ContinueSnapshot(EntryTable& table, SnapshotWalk& walk);

  // Constant after construction.
  EntryTraits traits_;
  ShardCounters& counters_;
  KeyStatistics& key_statistics_;
  std::vector<BlobRef>& garbage_;
  Eviction& eviction_;
  MemoryAccount& account_;
  SnapshotImages& images_;

  // Guarded by the shard lock.
  size_t index_bytes_ = 0;  // as the counters have it
  SnapshotWalk walk_;
  EntryTable table_;
  Wheel wheel_;
  unsigned __int128 deadline_sum_ = 0;
  ChangeListeners listeners_;
};

}  // namespace larder
