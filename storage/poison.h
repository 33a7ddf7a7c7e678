// Tells AddressSanitizer which parts of an arena must not be touched; nothing in other builds.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define LARDER_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LARDER_POISON 1
#endif
#endif

#if defined(__SANITIZE_THREAD__)
#define LARDER_SHADOW 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LARDER_SHADOW 1
#endif
#endif

#ifdef LARDER_POISON
#include <sanitizer/asan_interface.h>
#endif

namespace larder {

// Sanitizers that keep a shadow of all memory are slow with large reservations.
#if defined(LARDER_POISON) || defined(LARDER_SHADOW)
inline constexpr bool kMemoryIsShadowed = true;
#else
inline constexpr bool kMemoryIsShadowed = false;
#endif

inline void Poison([[maybe_unused]] const void* memory, [[maybe_unused]] size_t bytes) {
#ifdef LARDER_POISON
  __asan_poison_memory_region(memory, bytes);
#endif
}

inline void Unpoison([[maybe_unused]] const void* memory, [[maybe_unused]] size_t bytes) {
#ifdef LARDER_POISON
  __asan_unpoison_memory_region(memory, bytes);
#endif
}

inline bool IsPoisoned([[maybe_unused]] const void* address) {
#ifdef LARDER_POISON
  return __asan_address_is_poisoned(address) != 0;
#else
  return false;
#endif
}

}  // namespace larder
