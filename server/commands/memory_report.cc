// Words and figures about memory.
#include "server/commands/memory_report.h"

#include <malloc.h>

#include <cinttypes>
#include <cstdarg>
#include <cstdio>
#include <string_view>

#include "server/commands/info_writer.h"

namespace larder {
namespace {

__attribute__((format(printf, 2, 3))) void Append(std::string& out, const char* format, ...) {
  char line[256];
  va_list arguments;
  va_start(arguments, format);
  const int size = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  out.append(line, std::min<size_t>(static_cast<size_t>(size), sizeof line - 1));
}

// Writes the pairs of a map whose size is known at its end.
// Thread safety: none.
class MapWriter {
 public:
  explicit MapWriter(ReplyWriter& reply) : reply_(reply), map_(reply.BeginMap()) {}
  MapWriter(const MapWriter&) = delete;
  MapWriter& operator=(const MapWriter&) = delete;
  ~MapWriter() { reply_.EndMap(map_, pairs_); }

  void Number(std::string_view name, uint64_t value) {
    Name(name);
    reply_.Integer(static_cast<int64_t>(value));
  }
  void Real(std::string_view name, double value) {
    Name(name);
    reply_.Double(value);
  }
  void Excess(const std::string& name, MemoryFigures::Excess excess) {
    Real(name + ".ratio", excess.ratio);
    Number(name + ".bytes", static_cast<uint64_t>(excess.bytes));
  }
  void Name(std::string_view name) {
    reply_.Bulk(name);
    ++pairs_;
  }

 private:
  ReplyWriter& reply_;
  size_t map_;
  size_t pairs_ = 0;
};

double Percent(size_t part, size_t whole) {
  return whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
}

size_t WriteDatabases(ReplyWriter& reply, MapWriter& map, const KeyspaceFigures& keyspace) {
  size_t keys = 0;
  for (size_t i = 0; i < keyspace.databases.size(); ++i) {
    const KeyspaceFigures::Database& database = keyspace.databases[i];
    if (database.keys == 0) continue;
    keys += database.keys;
    map.Name("db." + std::to_string(i));
    MapWriter parts(reply);
    parts.Number("overhead.hashtable.main", database.table_memory);
    parts.Number("overhead.hashtable.expires", database.wheel_memory);
    parts.Number("overhead.hashtable.slot-to-keys", 0);
  }
  return keys;
}

}  // namespace

void AllocatorFigures::Add(Shard& shard, int64_t) {
  const Arena& arena = shard.arena();
  for (unsigned i = 0; i < kSizeClasses; ++i) {
    const Arena::ClassInfo info = arena.DescribeClass(i);
    classes[i].block_bytes = info.block_bytes;
    classes[i].slab_bytes = info.slab_bytes;
    classes[i].slabs += info.slabs;
    classes[i].live += info.live;
  }
  used += arena.used_bytes();
  slack += arena.slack_bytes();
  committed += arena.committed_bytes();
  large += arena.large_bytes();
  large_values += shard.counters().blob_bytes;
}

void WriteMemoryStats(ReplyWriter& reply, const MemoryFigures& memory,
                      const KeyspaceFigures& keyspace) {
  MapWriter map(reply);
  map.Number("peak.allocated", memory.peak);
  map.Number("total.allocated", memory.used);
  map.Number("startup.allocated", memory.startup);
  map.Number("replication.backlog", 0);
  map.Number("clients.slaves", 0);
  map.Number("clients.normal", memory.clients);
  map.Number("cluster.links", 0);
  map.Number("aof.buffer", 0);
  map.Number("lua.caches", 0);
  map.Number("functions.caches", 0);
  const size_t keys = WriteDatabases(reply, map, keyspace);
  map.Number("overhead.total", memory.overhead);
  map.Number("keys.count", keys);
  map.Number("keys.bytes-per-key", keys == 0 ? 0 : memory.used_since_startup() / keys);
  map.Number("dataset.bytes", memory.dataset());
  map.Real("dataset.percentage", Percent(memory.dataset(), memory.used_since_startup()));
  map.Real("peak.percentage", Percent(memory.used, memory.peak));
  map.Number("allocator.allocated", memory.allocated);
  map.Number("allocator.active", memory.active);
  map.Number("allocator.resident", memory.held);
  map.Excess("allocator-fragmentation", memory.slack());
  map.Excess("allocator-rss", memory.free_pages());
  map.Excess("rss-overhead", memory.outside());
  map.Real("fragmentation", memory.fragmentation().ratio);
  map.Number("fragmentation.bytes", static_cast<uint64_t>(memory.fragmentation().bytes));
}

std::string DiagnoseMemory(const MemoryFigures& memory, size_t clients) {
  constexpr size_t kTooLittleToTell = 5 << 20;
  constexpr int64_t kWorthTelling = 10 << 20;
  constexpr size_t kLargeClient = 200 << 10;
  if (memory.used < kTooLittleToTell) {
    return "There is too little data to say anything about its memory: " + HumanBytes(memory.used) +
           ".\n";
  }
  std::string found;
  const auto tell = [&found](MemoryFigures::Excess excess, double most, const char* what) {
    if (excess.ratio <= most || excess.bytes <= kWorthTelling) return;
    Append(found, " * %s (%s, %.2f times as much).\n", what,
           HumanBytes(static_cast<uint64_t>(excess.bytes)).c_str(), excess.ratio);
  };
  if (memory.peak > memory.used / 2 * 3) {
    Append(found,
           " * At its peak the data took %s, now %s. What is free is given back by and by.\n",
           HumanBytes(memory.peak).c_str(), HumanBytes(memory.used).c_str());
  }
  tell(memory.fragmentation(), 1.4, "The process takes much more memory than its data");
  tell(memory.slack(), 1.1,
       "There is much room between entries, which are being moved together; MEMORY PURGE does it "
       "at once");
  tell(memory.free_pages(), 1.1,
       "Many free pages are kept for reuse; MEMORY PURGE gives them back at once");
  tell(memory.outside(), 1.1, "Much memory is neither data nor room for it");
  if (clients > 0 && memory.clients / clients > kLargeClient) {
    Append(found, " * Clients have %s of buffers each on average; CLIENT LIST tells which.\n",
           HumanBytes(memory.clients / clients).c_str());
  }
  if (found.empty()) return "No problem was found with the memory of this server.\n";
  return "What is unusual with the memory of this server:\n\n" + found;
}

std::string AllocatorReport(const AllocatorFigures& figures) {
  std::string text = "Entries lie in slabs of blocks of one size, or in pages of their own.\n\n";
  Append(text, "used by entries     %14zu bytes, %zu of them in pages of their own\n", figures.used,
         figures.large);
  Append(text, "room in slabs       %14zu bytes\n", figures.slack);
  Append(text, "free pages          %14zu bytes\n",
         figures.committed - figures.used - figures.slack);
  Append(text, "large values        %14zu bytes, from the C library\n", figures.large_values);
  const struct mallinfo2 library = mallinfo2();
  Append(text, "C library in use    %14zu bytes\n", library.uordblks + library.hblkhd);
  Append(text, "C library free      %14zu bytes\n\n", library.fordblks);
  Append(text, "%10s %10s %12s %14s %8s\n", "block", "slabs", "blocks", "bytes", "filled");
  for (const Arena::ClassInfo& info : figures.classes) {
    if (info.slabs == 0) continue;
    const size_t bytes = info.live * info.block_bytes;
    Append(text, "%10" PRIu32 " %10zu %12zu %14zu %6.1f %%\n", info.block_bytes, info.slabs,
           info.live, bytes, Percent(bytes, info.slabs * info.slab_bytes));
  }
  return text;
}

}  // namespace larder
