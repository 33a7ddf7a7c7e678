// Makes room within the limit on memory: chooses the shards that have to give something up.
#pragma once

#include <cstddef>
#include <cstdint>

#include "storage/keyspace.h"

namespace larder {

// The limit is one for all shards. A write that finds it reached makes its own shard give something
// up, if that shard uses at least its share; otherwise one that uses more. So a shard with few keys
// does not lose them to a limit that others have reached.
//
// Owns nothing.
//
// Thread safety: any thread that holds no lock of a shard.
class Evictor {
 public:
  // Requires: the keyspace outlives it.
  explicit Evictor(Keyspace& keyspace) : keyspace_(keyspace) {}

  // Evicts until `bytes` more are within the limit. After the limit was lowered there may be much
  // to evict: then a part of that is enough, which is more than `bytes`. False if the bytes must
  // not be stored: then little or nothing was evicted. `home` is the shard that they are for.
  [[nodiscard]] bool MakeRoom(size_t bytes, size_t home) {
    return keyspace_.budget().HasRoom(bytes) || Evict(bytes, home);
  }

  // Whether so many bytes, of which `counted` are counted already, would be within the limit if all
  // that the policy allows were evicted. Looks at every shard if they are a large part of the
  // limit.
  bool CouldFit(size_t bytes, size_t counted = 0);

  // Evicts some 20 µs' worth from a shard while the limit is exceeded; false when it is not, or
  // when the shard can give nothing up.
  bool Shrink(size_t shard);

 private:
  bool Evict(size_t bytes, size_t home);
  size_t ShardToPay(size_t home) const;
  Evicted EvictSome(size_t shard, size_t bytes);

  // Constant after construction.
  Keyspace& keyspace_;
};

}  // namespace larder
