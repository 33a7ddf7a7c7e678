// The storage of the server as a cache that the simulation can ask.
#pragma once

#include <memory>
#include <string_view>

#include "bench/hitratio/reference_caches.h"

namespace larder::hitratio {

// The policies under the names that `maxmemory-policy` has for them.
const std::vector<std::string_view>& StorageNames();
// A keyspace of so many shards whose limit is the memory that it takes while empty, and `capacity`
// bytes. Null for names that are no policy. Requires: the trace outlives the cache.
std::unique_ptr<Cache> MakeStorage(std::string_view name, const NumberedTrace& trace,
                                   uint64_t capacity, size_t shards);

}  // namespace larder::hitratio
