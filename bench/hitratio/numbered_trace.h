// A trace as the simulation wants it: its objects numbered, so that what is known of them lies in
// arrays.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/trace_file.h"

namespace larder::hitratio {

// One request: which object, and how large its value is.
struct Access {
  uint32_t object;  // numbered from 0 in the order of first appearance
  uint32_t bytes;
};

// Thread safety: a value.
struct NumberedTrace {
  std::vector<Access> accesses;
  std::vector<std::string> keys;  // by object
  uint64_t unique_bytes = 0;      // of all objects, each at its first size
};

// `default_bytes` is the size of values whose size the trace does not say.
NumberedTrace Number(const bench::Trace& trace, uint32_t default_bytes);

}  // namespace larder::hitratio
