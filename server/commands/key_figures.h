// What all shards know about the use of keys, put together.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "storage/shard.h"

namespace larder {

// Figures for each prefix. Any shard may hold keys of any prefix, so that what the shards counted
// is added up, and so are their errors: where a shard has no counter for a prefix, it may have
// dropped as much as the lowest of its counters.
//
// Thread safety: none; belongs to who collects them.
class PrefixFigures {
 public:
  struct Row {
    size_t database = 0;
    std::string prefix;
    KeyEventCounts events{};
    uint64_t error = 0;  // so many events at most are not among `events`

    uint64_t total() const;
    uint64_t operator[](KeyEvent event) const { return events[static_cast<size_t>(event)]; }
  };
  struct Report {
    std::vector<Row> rows;  // most events first
    Row others;             // all that is not in a row
  };

  // Requires: the shard's lock is held.
  void Add(Shard& shard, int64_t now_ms);

  // The `most` prefixes with the most events; of these only such of which more was counted than
  // may be missing. Ends the collection.
  Report Take(size_t most);

 private:
  std::map<std::pair<size_t, std::string>, Row> rows_;
  KeyEventCounts others_{};
  uint64_t floor_ = 0;  // the sum of the shards' lowest counts
};

// The keys that are asked for most often. A key lives in one shard, so that what the shards found
// only has to be sorted.
//
// Thread safety: none; belongs to who collects them.
class HotKeyFigures {
 public:
  struct Row {
    size_t database = 0;
    std::string key;      // as much of it as is kept
    size_t key_size = 0;  // of the whole key
    // Requests per second, and how many of these write; the error is how many too many they may be.
    double requests = 0;
    double writes = 0;
    double error = 0;
  };
  struct Report {
    std::vector<Row> rows;  // hottest first
    double requests = 0;    // for all keys, per second
  };

  // Requires: the shard's lock is held, and its statistics are up to date with this time.
  void Add(Shard& shard, int64_t now_ms);

  // The `most` hottest keys; of these only such of which more was counted than may be too much.
  // Ends the collection.
  Report Take(size_t most);

 private:
  std::vector<Row> rows_;
  double requests_ = 0;
};

}  // namespace larder
