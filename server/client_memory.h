// The memory of the clients of one I/O thread, as the limits see it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>

#include "server/client_registry.h"
#include "server/memory_limit.h"

namespace larder {

// Adds up what the connections of a thread say that they use.
//
// Thread safety: none; it belongs to the I/O thread.
class ClientMemory {
 public:
  // Requires: `limit` outlives it.
  explicit ClientMemory(MemoryLimit& limit)
      : limit_(limit), all_(limit.budget()), clients_(limit.clients()) {}

  // A connection uses `now` bytes, and said `before` the last time. Returns `now`.
  size_t Update(size_t before, size_t now) {
    if (now == before) [[likely]]
      return now;
    bytes_ += now - before;
    all_.Set(bytes_);
    clients_.Set(bytes_);
    return now;
  }
  // Whether the clients of all threads use more than maxmemory-clients.
  bool exceeds_limit() const { return !limit_.clients().HasRoom(0); }

 private:
  // Constant after construction.
  MemoryLimit& limit_;

  size_t bytes_ = 0;
  MemoryAccount all_;
  MemoryAccount clients_;
};

// The clients that have to go, those with the most memory first, so that the rest use no more than
// `limit` bytes: their ids. None if the limit is zero.
std::set<uint64_t> ClientsToDrop(const ClientRegistry& clients, size_t limit);

}  // namespace larder
