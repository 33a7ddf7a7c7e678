// Asking the processor for memory that will soon be needed.
#pragma once

namespace larder {

// Brings the cache line of `address` on its way, and returns at once; any address will do.
//
// Not __builtin_prefetch(): GCC 12 takes a function that does nothing else for one without effect,
// and drops calls of it that are not inlined. When it dropped some of ours, that cost a
// quarter of the throughput.
inline void PrefetchLine(const void* address) {
#if defined(__x86_64__)
  asm volatile("prefetcht0 (%0)" : : "r"(address));
#elif defined(__aarch64__)
  asm volatile("prfm pldl1keep, [%0]" : : "r"(address));
#else
  __builtin_prefetch(address);
#endif
}

}  // namespace larder
