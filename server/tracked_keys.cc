// The invalidation table of one shard.
#include "server/tracked_keys.h"

#include <algorithm>

namespace larder {

bool TrackedKeys::Add(const Key& key, uint64_t client) {
  Map& part = parts_[PartOf(key.hash)];
  auto found = part.find(key.bytes);
  if (found == part.end()) {
    found = part.try_emplace(std::string(key.bytes)).first;
    ++keys_;
    bytes_ += kBytesPerKey + key.bytes.size();
  }
  Clients& clients = found->second;
  const auto at = std::ranges::lower_bound(clients, client);
  if (at != clients.end() && *at == client) return false;
  clients.insert(at, client);
  ++items_;
  bytes_ += sizeof client;
  return true;
}

bool TrackedKeys::Has(const Key& key, uint64_t client) const {
  const Map& part = parts_[PartOf(key.hash)];
  const auto found = part.find(key.bytes);
  return found != part.end() && std::ranges::binary_search(found->second, client);
}

void TrackedKeys::Forget(const std::string& key, const Clients& clients) {
  --keys_;
  items_ -= clients.size();
  bytes_ -= kBytesPerKey + key.size() + clients.size() * sizeof(uint64_t);
}

TrackedKeys::Clients TrackedKeys::Take(const Key& key) {
  Map& part = parts_[PartOf(key.hash)];
  const auto found = part.find(key.bytes);
  if (found == part.end()) return {};
  Forget(found->first, found->second);
  Clients clients = std::move(found->second);
  part.erase(found);
  return clients;
}

std::optional<std::pair<std::string, TrackedKeys::Clients>> TrackedKeys::TakeAny() {
  if (keys_ == 0) return std::nullopt;
  while (parts_[next_part_].empty())
    next_part_ = (next_part_ + 1) % kParts;
  Map& part = parts_[next_part_];
  next_part_ = (next_part_ + 1) % kParts;
  auto node = part.extract(part.begin());
  Forget(node.key(), node.mapped());
  return std::pair(std::move(node.key()), std::move(node.mapped()));
}

void TrackedKeys::Clear() {
  for (Map& part : parts_) {
    if (!part.empty()) cleared_.push_back(std::exchange(part, {}));
  }
  keys_ = 0;
  items_ = 0;
  bytes_ = 0;
}

bool TrackedKeys::Drain(size_t most) {
  while (!cleared_.empty()) {
    Map& map = cleared_.back();
    for (; most > 0 && !map.empty(); --most)
      map.erase(map.begin());
    if (!map.empty()) return true;
    cleared_.pop_back();
  }
  return false;
}

}  // namespace larder
