// Tells the databases which keys are watched, and asks them at the end.
#include "server/watch_list.h"

#include <algorithm>

#include "storage/key_hash.h"

namespace larder {

Key WatchList::KeyOf(const NumberedKey& numbered) {
  return {numbered.second, HashKey(numbered.second)};
}

void WatchList::Add(Keyspace& keyspace, size_t db, const Key& key, int64_t now_ms) {
  const auto [added, is_new] = keys_.try_emplace(NumberedKey(db, key.bytes), false);
  if (!is_new) return;
  memory_ += sizeof(*added) + key.bytes.size();
  added->second = keyspace.DatabaseOf(key, db).Watch(key, watcher_, now_ms);
}

void WatchList::AddShardsTo(ShardSet& shards, const Keyspace& keyspace) const {
  for (const auto& [numbered, missing] : keys_)
    shards.Add(keyspace.ShardOf(KeyOf(numbered).hash));
}

bool WatchList::Holds(Keyspace& keyspace, int64_t now_ms) const {
  // A key may have expired without anybody having noticed so far.
  return !watcher_.changed() && std::all_of(keys_.begin(), keys_.end(), [&](const auto& watched) {
    const auto& [numbered, missing] = watched;
    const Key key = KeyOf(numbered);
    return missing || keyspace.DatabaseOf(key, numbered.first).Find(key, now_ms) != nullptr;
  });
}

void WatchList::Clear(Keyspace& keyspace) {
  for (const auto& [numbered, missing] : keys_) {
    const Key key = KeyOf(numbered);
    keyspace.DatabaseOf(key, numbered.first).Unwatch(key, watcher_);
  }
  keys_.clear();
  memory_ = 0;
  watcher_.Reset();
}

}  // namespace larder
