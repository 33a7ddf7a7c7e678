// The keys that a client watches for its next transaction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "storage/keyspace.h"
#include "storage/shard_set.h"
#include "storage/watch_table.h"

namespace larder {

// Owns the names of the keys; the databases have them, too, for as long as they are in the list.
//
// Thread safety: none; part of a session.
class WatchList {
 public:
  // Requires: the list is empty when it is destroyed; the watcher outlives it.
  explicit WatchList(Watcher& watcher) : watcher_(watcher) {}
  WatchList(const WatchList&) = delete;
  WatchList& operator=(const WatchList&) = delete;

  bool empty() const { return keys_.empty(); }
  size_t size() const { return keys_.size(); }
  size_t memory() const { return memory_; }

  // Watches one key more. Requires: the lock of its shard is held.
  void Add(Keyspace& keyspace, size_t db, const Key& key, int64_t now_ms);
  // The shards of the watched keys.
  void AddShardsTo(ShardSet& shards, const Keyspace& keyspace) const;
  // Whether no watched key has changed or expired. Requires: the locks of their shards are held.
  bool Holds(Keyspace& keyspace, int64_t now_ms) const;
  // Watches nothing more. Requires: as above.
  void Clear(Keyspace& keyspace);

 private:
  using NumberedKey = std::pair<size_t, std::string>;  // with its database

  static Key KeyOf(const NumberedKey& numbered);

  // Constant after construction.
  Watcher& watcher_;

  // Owned by the I/O thread.
  std::map<NumberedKey, bool> keys_;  // whether each was missing when it was added
  size_t memory_ = 0;
};

}  // namespace larder
