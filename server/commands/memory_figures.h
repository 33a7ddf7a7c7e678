// How much memory the server takes, and what of it for what: for INFO and MEMORY.
#pragma once

#include <cstddef>
#include <cstdint>

#include "server/commands/info_figures.h"
#include "server/server_state.h"

namespace larder {

// Each is a part of the one below it:
//
//   allocated   entries, large values, index, timers
//   active      and the room between entries
//   held        and free pages that were not given back to the system
//   resident    and everything else of the process: clients, code, the C library's free memory
//
// Thread safety: a value.
struct MemoryFigures {
  // How much one of these is more than the one before it.
  struct Excess {
    double ratio;
    int64_t bytes;
  };

  // Looks up what the system says of the process. Requires: `keyspace` has all shards.
  MemoryFigures(const ServerState& server, const KeyspaceFigures& keyspace, size_t client_memory);

  size_t dataset() const { return used > overhead ? used - overhead : 0; }
  size_t used_since_startup() const { return used > startup ? used - startup : 0; }
  Excess slack() const { return ExcessOf(active, allocated); }
  Excess free_pages() const { return ExcessOf(held, active); }
  Excess outside() const { return ExcessOf(resident, held); }
  Excess fragmentation() const { return ExcessOf(resident, used); }

  size_t used;  // what keys and clients take
  size_t peak;
  size_t startup;
  size_t clients;
  size_t overhead;  // of `used`: not keys and values
  size_t allocated;
  size_t active;
  size_t held;
  size_t resident;

 private:
  static Excess ExcessOf(size_t whole, size_t part);
};

// The memory of all clients' buffers and queued commands.
size_t ClientMemory(const ClientRegistry& clients);

}  // namespace larder
