// The replies of MEMORY STATS, MEMORY DOCTOR and MEMORY MALLOC-STATS.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "protocol/reply_writer.h"
#include "server/commands/info_figures.h"
#include "server/commands/memory_figures.h"
#include "storage/arena.h"

namespace larder {

// What the arenas of all shards say of themselves, added up.
// Thread safety: a value.
struct AllocatorFigures {
  // Requires: the shard's lock is held.
  void Add(Shard& shard, int64_t now_ms);

  std::array<Arena::ClassInfo, kSizeClasses> classes{};
  size_t used = 0;
  size_t slack = 0;
  size_t committed = 0;
  size_t large = 0;  // of `used`: in blocks that are runs of pages
  size_t large_values = 0;
};

// Names and order are Redis's; a part that Larder does not have takes zero bytes.
void WriteMemoryStats(ReplyWriter& reply, const MemoryFigures& memory,
                      const KeyspaceFigures& keyspace);
std::string DiagnoseMemory(const MemoryFigures& memory, size_t clients);
std::string AllocatorReport(const AllocatorFigures& figures);

}  // namespace larder
