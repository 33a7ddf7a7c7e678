// What clients have changed while a snapshot is being loaded: their writes win over the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

namespace larder {

// Owns the hashes of the keys of one shard that were written, or removed, since the load began.
//
// Thread safety: guarded by the lock of its shard.
class SupersededKeys {
 public:
  explicit SupersededKeys(size_t databases) : parts_(databases) {
    for (size_t i = 0; i < databases; ++i)
      parts_[i].file_database = i;
  }

  void Wrote(size_t database, uint64_t hash) {
    if (!parts_[database].flushed) parts_[database].hashes.insert(hash);
  }
  void Flushed(size_t database) {
    parts_[database].flushed = true;
    parts_[database].hashes = {};
  }
  void Swapped(size_t a, size_t b) { std::swap(parts_[a], parts_[b]); }

  // The database that a key of the file belongs to now; nothing if it is out of date.
  std::optional<size_t> TargetOf(size_t file_database, uint64_t hash) const {
    size_t database = file_database;
    if (parts_[database].file_database != file_database) [[unlikely]] {
      for (database = 0; parts_[database].file_database != file_database; ++database) {
      }
    }
    const Part& part = parts_[database];
    if (part.flushed || (!part.hashes.empty() && part.hashes.contains(hash))) return std::nullopt;
    return database;
  }

 private:
  // By the database's number now.
  struct Part {
    size_t file_database = 0;
    bool flushed = false;
    std::unordered_set<uint64_t> hashes;
  };
  std::vector<Part> parts_;
};

}  // namespace larder
