// The sizes that follow from settings and from the machine.
#include "server/settings.h"

#include <algorithm>
#include <bit>

namespace larder {

size_t ResolveThreads(const Settings& settings, size_t usable_cpus) {
  if (settings.threads > 0) return static_cast<size_t>(settings.threads);
  return std::clamp<size_t>(usable_cpus, 1, kMaxThreads);
}

size_t ResolveShards(const Settings& settings, size_t threads) {
  if (settings.shards > 0) return static_cast<size_t>(settings.shards);
  constexpr size_t kFewestShards = 16;
  constexpr size_t kShardsPerThread = 4;
  return std::clamp(std::bit_ceil(threads * kShardsPerThread), kFewestShards, kMaxShards);
}

size_t ResolveMaxMemory(const Settings& settings) {
  if (settings.maxmemory >= 0) return static_cast<size_t>(settings.maxmemory);
  return settings.usable_memory / 100 * static_cast<uint64_t>(-settings.maxmemory);
}

size_t ResolveMaxMemoryClients(const Settings& settings) {
  if (settings.maxmemory_clients >= 0) return static_cast<size_t>(settings.maxmemory_clients);
  return ResolveMaxMemory(settings) / 100 * static_cast<uint64_t>(-settings.maxmemory_clients);
}

}  // namespace larder
