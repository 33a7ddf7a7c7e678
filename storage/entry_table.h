// The hash table of a database: an index of the entries in an arena.
#pragma once

#include <cstdint>

#include "storage/arena.h"
#include "storage/entry.h"
#include "storage/hash_table.h"
#include "storage/key_hash.h"
#include "storage/snapshot_walk.h"

namespace larder {

// How the hash table and the timer wheel read the entries of an arena.
struct EntryTraits {
  Arena* arena;
  Entry* At(Ref ref) const { return reinterpret_cast<Entry*>(arena->Address(ref)); }
  const void* Address(Ref ref) const { return arena->Address(ref); }
  uint64_t HashOf(Ref ref) const { return HashKey(At(ref)->key()); }
  int64_t DeadlineMs(Ref ref) const { return At(ref)->deadline_ms(); }
  Ref Next(Ref ref) const { return At(ref)->timer_next(); }
  Ref Prev(Ref ref) const { return At(ref)->timer_prev(); }
  void SetNext(Ref ref, Ref next) { At(ref)->set_timer_next(next); }
  void SetPrev(Ref ref, Ref prev) { At(ref)->set_timer_prev(prev); }
};

using EntryTable = HashTable<EntryTraits>;

// The index of a flushed database, whose entries are still to be freed.
struct DetachedTable {
  explicit DetachedTable(EntryTraits traits) : table(traits) {}
  EntryTable table;
  SnapshotWalk walk;
};

}  // namespace larder
