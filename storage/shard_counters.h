// What a shard counts, for INFO.
#pragma once

#include <cstdint>

namespace larder {

// Counters of a shard, of all its databases. Guarded by the shard lock.
struct ShardCounters {
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t expired = 0;
  uint64_t evicted = 0;
  uint64_t blob_bytes = 0;   // memory of the large values now stored
  uint64_t index_bytes = 0;  // memory of tables and wheels, flushed ones included
};

}  // namespace larder
