// Tells watchers of changes.
#include "storage/watch_table.h"

#include <algorithm>
#include <cassert>

namespace larder {

void WatchTable::Add(std::string_view key, Watcher& watcher, bool missing) {
  auto found = keys_.find(key);
  if (found == keys_.end()) found = keys_.try_emplace(std::string(key)).first;
  found->second.push_back({&watcher, missing});
}

void WatchTable::Remove(std::string_view key, const Watcher& watcher) {
  const auto found = keys_.find(key);
  assert(found != keys_.end());
  std::vector<Watch>& watches = found->second;
  const auto watch = std::find_if(watches.begin(), watches.end(),
                                  [&](const Watch& each) { return each.watcher == &watcher; });
  assert(watch != watches.end());
  *watch = watches.back();
  watches.pop_back();
  if (watches.empty()) keys_.erase(found);
}

void WatchTable::Changed(std::string_view key) {
  const auto found = keys_.find(key);
  if (found == keys_.end()) return;
  for (const Watch& watch : found->second)
    watch.watcher->Mark();
}

void WatchTable::Expired(std::string_view key) {
  const auto found = keys_.find(key);
  if (found == keys_.end()) return;
  for (const Watch& watch : found->second)
    if (!watch.missing) watch.watcher->Mark();
}

void WatchTable::Cleared() {
  for (auto& [key, watches] : keys_)
    for (const Watch& watch : watches)
      if (!watch.missing) watch.watcher->Mark();
}

}  // namespace larder
