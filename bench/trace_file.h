// Traces of cache accesses: which object is asked for, in order, and how large it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace larder::bench {

struct TraceRequest {
  uint64_t id;
  uint32_t size;  // bytes of the value; 0: not said

  bool operator==(const TraceRequest&) const = default;
};

using Trace = std::vector<TraceRequest>;

// Reads a trace: a line for each request, `id` or `id,size`, numbers both; empty lines and lines
// that begin with # are left out. `-` is standard input, and what ends in .gz goes through gzip.
// Nothing when it cannot be read, with `error` saying which line is to blame.
std::optional<Trace> ReadTrace(const std::string& path, std::string& error);

// One line of a trace; nothing if it is none.
std::optional<TraceRequest> ParseTraceLine(std::string_view line);

// How many different ids there are, and how many bytes they have together, with `default_size` for
// those whose size is not said. Of an id with several sizes the last one counts.
struct TraceExtent {
  uint64_t ids = 0;
  uint64_t bytes = 0;
};
TraceExtent ExtentOf(const Trace& trace, uint32_t default_size);

}  // namespace larder::bench
