// The keys of a database's part that somebody watches, and who is to be told when they change.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/key_hash.h"

namespace larder {

// Who watches keys, and whether one of them has changed since.
//
// Thread safety: any thread may mark it or look.
class Watcher {
 public:
  // Relaxed: what somebody reads together with a key's value is read under the shard's lock, which
  // orders it.
  void Mark() { changed_.store(true, std::memory_order_relaxed); }
  void Reset() { changed_.store(false, std::memory_order_relaxed); }         // as above
  bool changed() const { return changed_.load(std::memory_order_relaxed); }  // as above

 private:
  std::atomic<bool> changed_{false};
};

// Owns the names of the watched keys.
//
// A watcher who saw a key missing, or expired and not yet removed, is not told when the key is
// removed: nothing has changed for it. As soon as the key is stored anew, it is told of that.
//
// Thread safety: guarded by the lock of its shard.
class WatchTable {
 public:
  // Requires: the watcher does not watch this key yet, and outlives that.
  void Add(std::string_view key, Watcher& watcher, bool missing);
  // Requires: the watcher watches the key.
  void Remove(std::string_view key, const Watcher& watcher);
  bool empty() const { return keys_.empty(); }

  // The key was stored or removed by somebody; it was removed since its deadline has passed.
  void Changed(std::string_view key);
  void Expired(std::string_view key);
  // All keys are about to be removed.
  void Cleared();
  // Each key is about to be replaced by what another database has under its name:
  // `lives_there(key)` says whether that is anything.
  template <class LivesThere>
  void Replaced(LivesThere&& lives_there) {
    for (auto& [key, watches] : keys_) {
      const bool lives = lives_there(std::string_view(key));
      for (const Watch& watch : watches)
        if (lives || !watch.missing) watch.watcher->Mark();
    }
  }

 private:
  struct Watch {
    Watcher* watcher;
    bool missing;  // when it began
  };
  // Clients choose the keys, so that their hashes must not be predictable.
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const { return HashKey(key); }
  };

  std::unordered_map<std::string, std::vector<Watch>, Hash, std::equal_to<>> keys_;
};

}  // namespace larder
