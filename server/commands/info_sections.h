// The sections of INFO.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/command.h"
#include "storage/shard.h"

namespace larder {

// What INFO says about the keys, added up shard by shard.
struct KeyspaceFigures {
  struct Database {
    size_t keys = 0;
    size_t expiring = 0;
    double ttl_sum_ms = 0;
    size_t table_memory = 0;
    size_t wheel_memory = 0;
  };

  explicit KeyspaceFigures(size_t count) : databases(count) {}

  // Requires: the shard's lock is held.
  void Add(Shard& shard, int64_t now_ms);

  std::vector<Database> databases;
  ShardCounters counters;
  size_t used_memory = 0;   // entries, values, index and timers
  size_t index_memory = 0;  // index and timers alone
  size_t slack = 0;         // of the memory dealt out for entries: in which none lies
  size_t free_pages = 0;    // of it: kept for reuse
  size_t flushed_entries = 0;
  size_t compacting = 0;  // shards that are moving entries together
};

// A set of sections: bit i is the one that is printed i-th.
using InfoSelection = uint32_t;

// The sections that INFO's arguments name, in any case; words that name none select none.
InfoSelection SelectSections(std::span<const std::string_view> words);
bool NeedsKeyspace(InfoSelection selection);

// The text of the selected sections. `figures` may be empty unless NeedsKeyspace().
std::string InfoText(InfoSelection selection, CommandContext& c, const KeyspaceFigures& figures);

}  // namespace larder
