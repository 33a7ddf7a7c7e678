// Simple models of other policies, to be compared with: exact, slow, and measured in bytes of
// values alone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/hitratio/numbered_trace.h"

namespace larder::hitratio {

// A cache as the simulation sees it. Thread safety: none.
class Cache {
 public:
  virtual ~Cache() = default;
  // Asks for request number `index` of the trace, and stores the object if it is not there. Returns
  // whether it was there.
  virtual bool Request(size_t index) = 0;
};

// The names that MakeReference() knows:
//   lru        exact least recently used
//   lfu        exact least frequently used, counted while in the cache; ties go to the older
//   sieve      Zhang et al., "SIEVE is simpler than LRU", NSDI 2024
//   s3fifo     Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023
//   wtinylfu   Einziger, Friedman, Manes: "TinyLFU", ACM Transactions on Storage 2017
//   belady     what is used again last goes; for objects of one size the optimum
const std::vector<std::string_view>& ReferenceNames();
// Null for other names. Requires: the trace outlives the cache.
std::unique_ptr<Cache> MakeReference(std::string_view name, const NumberedTrace& trace,
                                     uint64_t capacity);

}  // namespace larder::hitratio
