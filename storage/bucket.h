// The bucket of the hash table: one cache line.
#pragma once

#include <cstddef>
#include <cstdint>

#include "storage/arena.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace larder {

// Twelve slots. A slot is a Ref and a tag of eight hash bits, so that a lookup reads the entries
// only of slots that almost surely hold its key. Tag 0: the slot is empty.
//
//   0          12         16                                    64
//   +----------+----------+---------------------------------------+
//   | 12 tags  | overflow | 12 refs, 4 bytes each                 |
//   +----------+----------+---------------------------------------+
//
// `overflow` is the number of the next bucket of the chain, zero if there is none.
struct alignas(64) Bucket {
  static constexpr unsigned kSlots = 12;
  static constexpr unsigned kAllSlots = (1u << kSlots) - 1;
  static constexpr uint32_t kMaxOverflow = 0xffffff;

  uint8_t tags[kSlots];
  uint32_t continuation;
  Ref refs[kSlots];

  // Bit i is set for each slot i whose tag is `tag`.
  unsigned Match(uint8_t tag) const {
#ifdef __SSE2__
    const __m128i line = _mm_load_si128(reinterpret_cast<const __m128i*>(tags));
    const __m128i equal = _mm_cmpeq_epi8(line, _mm_set1_epi8(static_cast<char>(tag)));
    return static_cast<unsigned>(_mm_movemask_epi8(equal)) & kAllSlots;
#else
    unsigned matches = 0;
    for (unsigned i = 0; i < kSlots; ++i)
      matches |= unsigned{tags[i] == tag} << i;
    return matches;
#endif
  }
  unsigned Occupied() const {
    return ~Match(0) & kAllSlots;
  }

  uint32_t overflow() const {
    return continuation;
  }
  void set_overflow(uint32_t bucket) {
    continuation = bucket;
  }
  void Set(unsigned slot, uint8_t tag, Ref ref) {
    tags[slot] = tag;
    refs[slot] = ref;
  }
};
static_assert(sizeof(Bucket) == 64 && offsetof(Bucket, continuation) == 12 &&
              offsetof(Bucket, refs) == 16);

}  // namespace larder
