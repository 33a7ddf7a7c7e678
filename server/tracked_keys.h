// Which clients have read which keys of a shard: the invalidation table of CLIENT TRACKING.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/database.h"
#include "storage/key_hash.h"

namespace larder {

// Owns the names of the keys. It consists of many small tables, so that none takes long to grow.
//
// Thread safety: guarded by the lock of its shard.
class TrackedKeys {
 public:
  using Clients = std::vector<uint64_t>;  // ids in ascending order

  // Notes that the client has read the key; false if that is known.
  bool Add(const Key& key, uint64_t client);
  bool Has(const Key& key, uint64_t client) const;
  // Forgets the key, and returns who has read it.
  Clients Take(const Key& key);
  // The same with whatever key comes next; nothing if there is none.
  std::optional<std::pair<std::string, Clients>> TakeAny();
  // Forgets all keys at once; Drain() frees them.
  void Clear();
  // Frees some of what was cleared; false when nothing is left.
  bool Drain(size_t most);

  size_t keys() const { return keys_; }
  size_t items() const { return items_; }  // pairs of a key and a client
  size_t bytes() const { return bytes_; }  // about so many

 private:
  // Clients choose the keys, so that their hashes must not be predictable.
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const { return HashKey(key); }
  };
  using Map = std::unordered_map<std::string, Clients, Hash, std::equal_to<>>;
  static constexpr size_t kParts = 256;
  // What a key takes beside its bytes: the node of the map, and the block of its clients.
  static constexpr size_t kBytesPerKey = sizeof(Map::value_type) + 64;

  // The highest bits of the hash choose the shard, and the lowest ones the map's bucket.
  static size_t PartOf(uint64_t hash) { return hash >> 32 & (kParts - 1); }
  void Forget(const std::string& key, const Clients& clients);

  std::array<Map, kParts> parts_;
  std::vector<Map> cleared_;
  size_t next_part_ = 0;  // where TakeAny() goes on
  size_t keys_ = 0;
  size_t items_ = 0;
  size_t bytes_ = 0;
};

}  // namespace larder
