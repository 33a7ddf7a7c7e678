// Sequences of requests to replay: read from a file, or made up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace larder::hitratio {

// One request: which object, and how large its value is.
struct Access {
  uint32_t object;  // numbered from 0 in the order of first appearance
  uint32_t bytes;
};

// Thread safety: a value.
struct Trace {
  std::string name;
  std::vector<Access> accesses;
  std::vector<std::string> keys;  // by object
  uint64_t unique_bytes = 0;      // of all objects, each at its first size
};

// Reads "id" or "id,size" from each line; `default_bytes` where there is no size. Throws
// std::runtime_error when the file cannot be read.
Trace ReadTrace(const std::string& path, uint32_t default_bytes);

// "zipf": independent draws, popularity falling with rank to the power of 0.9.
// "scan": the same, interrupted by runs over objects that are never asked for again.
// "drift": the same, but popularity wanders: every so often an object changes its rank.
// Throws std::runtime_error for other names.
Trace GenerateTrace(const std::string& name, size_t requests, size_t objects, uint32_t bytes,
                    uint64_t seed);

}  // namespace larder::hitratio
