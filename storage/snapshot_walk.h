// How far a running snapshot has come in one hash table.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "storage/hash_table.h"

namespace larder {

// A snapshot goes along the line of HashTable::Scan(): what lies before its point was copied, what
// lies at or behind the point is ahead of it. So no bucket needs a version: where an entry belongs
// tells whether it was seen, however leaves split and merge meanwhile. What is changed, removed or
// added ahead of the point is marked at the entry itself (Entry::settled()).
//
// The walk belongs to the table and not to the number of its database, so that SWAPDB and FLUSHDB
// take it along.
//
// Thread safety: guarded by the lock of its shard.
class SnapshotWalk {
 public:
  // Whether the table was there when the running snapshot began, and was not seen to its end.
  bool active() const { return active_; }
  void Begin(size_t database) {
    point_ = 0;
    database_ = static_cast<uint32_t>(database);
    active_ = true;
  }
  void End() { active_ = false; }

  // The number that the database had when the snapshot began.
  size_t database() const { return database_; }
  // Requires: active().
  uint64_t point() const { return point_; }
  bool IsAhead(uint64_t hash) const {
    assert(active_);
    return LinePointOf(hash) >= point_;
  }
  // Zero is the end of the line. Requires: active().
  void MoveTo(uint64_t point) {
    point_ = point;
    active_ = point != 0;
  }

 private:
  uint64_t point_ = 0;
  uint32_t database_ = 0;
  bool active_ = false;
};

}  // namespace larder
