// Plays a trace against a server as a cache is used: GET, and on a miss SET.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "bench/load/server_address.h"
#include "bench/load/value_source.h"
#include "bench/trace_file.h"

namespace larder::bench {

struct ReplayPlan {
  std::string key_prefix = "trace:";
  uint32_t value_size = 1024;  // of requests whose size the trace does not say
  uint32_t pipeline = 1;       // GETs sent at once, at most
};

struct ReplayResult {
  uint64_t requests = 0;
  uint64_t misses = 0;
  uint64_t bytes = 0;         // asked for
  uint64_t missed_bytes = 0;  // of these
  uint64_t refused = 0;       // SETs that were answered by an error
  uint64_t wrong = 0;         // values that are not what was set
  double seconds = 0;
  std::string first_problem;

  double miss_ratio() const {
    return requests == 0 ? 0 : static_cast<double>(misses) / static_cast<double>(requests);
  }
  double byte_miss_ratio() const {
    return bytes == 0 ? 0 : static_cast<double>(missed_bytes) / static_cast<double>(bytes);
  }
};

// One connection, over which requests go in windows: the GETs of a window are sent together, and
// the SETs of those that missed go, in the same order, in front of the next window's GETs. A window
// ends before an id that it has already, since whether that hits depends on the SET between; so
// with any pipeline depth a request misses only if its object is not stored when all requests
// before it are done, but for those of its window. With a depth of 1 the order on the wire is that
// of a client that waits for each reply.
//
// Owns the socket and its buffers; refers to the values, which follow from the ids.
// Thread safety: none.
class ReplayClient {
 public:
  // Requires: `values` outlives the client and its largest size is that of the trace or more.
  ReplayClient(Socket socket, const ReplayPlan& plan, const ValueSource& values);

  // Plays the whole trace. False when the connection was lost or what came back is no reply to GET
  // and SET, with `error` saying so.
  bool Run(const Trace& trace, ReplayResult& result, std::string& error);

 private:
  std::span<const TraceRequest> NextWindow(std::span<const TraceRequest> rest);
  uint32_t SizeOf(const TraceRequest& request) const {
    return request.size != 0 ? request.size : plan_.value_size;
  }
  std::string KeyOf(const TraceRequest& request) const {
    return plan_.key_prefix + std::to_string(request.id);
  }
  void AppendGet(const TraceRequest& request);
  void AppendSet(const TraceRequest& request);
  bool Send();
  bool ReadSetReply(ReplayResult& result);
  bool ReadGetReply(const TraceRequest& request, ReplayResult& result);
  bool ReadLine(std::string_view& line);
  bool ReadBytes(size_t size, std::string_view& bytes);
  bool Fill();

  // Constant after construction.
  const Socket socket_;
  const ReplayPlan plan_;
  const ValueSource& values_;

  std::unordered_set<uint64_t> ids_of_window_;
  std::vector<TraceRequest> missed_;  // of the last window, to be set
  std::string output_;
  std::string input_;
  size_t consumed_ = 0;  // of input_
  std::string problem_;
};

}  // namespace larder::bench
