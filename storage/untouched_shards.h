// Reading keys without using them.
#pragma once

#include "storage/shard_set.h"

namespace larder {

// As long as it lives, reading keys of the shards is no use of them in the eyes of eviction; unless
// `touches` says that it is, as usual.
//
// Thread safety: none. Requires: the locks of the shards are held for as long as it lives.
class UntouchedShards {
 public:
  UntouchedShards(Keyspace& keyspace, const ShardSet& shards, bool touches)
      : keyspace_(keyspace), shards_(shards), touches_(touches) {
    if (!touches_) [[unlikely]]
      SetAll(false);
  }
  UntouchedShards(const UntouchedShards&) = delete;
  UntouchedShards& operator=(const UntouchedShards&) = delete;
  ~UntouchedShards() {
    if (!touches_) [[unlikely]]
      SetAll(true);
  }

 private:
  void SetAll(bool touching) {
    shards_.ForEach(
        [&](size_t shard) { keyspace_.shard(shard).eviction().set_touching(touching); });
  }

  Keyspace& keyspace_;
  const ShardSet& shards_;
  const bool touches_;
};

}  // namespace larder
