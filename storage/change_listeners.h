// Who hears of the changes of a database's keys: those that watch some, and who observes all.
#pragma once

#include <memory>
#include <string_view>

#include "storage/key_observer.h"
#include "storage/watch_table.h"

namespace larder {

// Owns the watches. While nobody listens, a change costs one look.
//
// Thread safety: guarded by the lock of the shard.
class ChangeListeners {
 public:
  // The key was stored or removed by somebody; it was removed since its deadline has passed.
  void Changed(std::string_view key) {
    if (any_) [[unlikely]]
      TellOfChange(key);
  }
  void Expired(std::string_view key) {
    if (any_) [[unlikely]]
      TellOfExpiry(key);
  }

  // For the watches; null while nobody watches.
  WatchTable* watches() { return watches_.get(); }
  bool watched() const { return watches_ != nullptr; }
  // Requires, and means: as in WatchTable.
  void Watch(std::string_view key, Watcher& watcher, bool missing);
  void Unwatch(std::string_view key, const Watcher& watcher);
  void ExchangeWatches(ChangeListeners& other);

  // Null: nobody.
  void Observe(KeyObserver* observer);

 private:
  void TellOfChange(std::string_view key);
  void TellOfExpiry(std::string_view key);
  void Update() { any_ = watches_ != nullptr || observer_ != nullptr; }

  bool any_ = false;
  std::unique_ptr<WatchTable> watches_;
  KeyObserver* observer_ = nullptr;
};

}  // namespace larder
