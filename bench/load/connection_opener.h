// Opens connections that are ready for the load, and fills the server before it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/load/request_tape.h"
#include "bench/load/server_address.h"
#include "bench/load/value_source.h"

namespace larder::bench {

// Opens connections and greets the server on each: HELLO or AUTH, SELECT, and a PING, so that the
// server has accepted a connection before the next one is opened, and none waits in its backlog.
//
// Owns the greeting; refers to the values.
// Thread safety: constant after construction.
class ConnectionOpener {
 public:
  // Requires: `values` outlives the opener.
  ConnectionOpener(const ServerAddress& address, const ValueSource& values);

  // On failure returns a closed socket and says in `error` what failed.
  [[nodiscard]] Socket Open(std::string& error) const;
  // Opens `count` connections and keeps those that worked.
  bool OpenMany(uint64_t count, std::vector<Socket>& out, std::string& error) const;

 private:
  const ServerAddress address_;
  const ValueSource& values_;
  RequestTape greeting_;
};

// Sets every key of the workload, pipelined over one connection. `progress` is told how many are
// set. Returns false when that failed, with `error` saying how.
bool Preload(const ConnectionOpener& opener, const Workload& workload, const ValueSource& values,
             const std::function<void(uint64_t)>& progress, std::string& error);

}  // namespace larder::bench
