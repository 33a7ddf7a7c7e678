// Comparing keys and names, most of which are short.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace larder {

// Whether two texts are equal. Up to 64 bytes it is inline, in words that overlap at the end: no
// call is needed where every request compares a few bytes.
inline bool SameBytes(std::string_view a, std::string_view b) {
  const size_t size = a.size();
  if (size != b.size()) return false;
  // The bits of a word that differ, at some place of both.
  const auto differ = [&]<class Word>(size_t at, Word word_a) {
    Word word_b;
    std::memcpy(&word_a, a.data() + at, sizeof word_a);
    std::memcpy(&word_b, b.data() + at, sizeof word_b);
    return word_a ^ word_b;
  };
  if (size - 16 <= 48) [[likely]] {
    const auto differ16 = [&](size_t at) {
      return differ(at, uint64_t{}) | differ(at + 8, uint64_t{});
    };
    for (size_t at = 0; at + 16 < size; at += 16) {
      if (differ16(at) != 0) return false;
    }
    return differ16(size - 16) == 0;
  }
  if (size > 64) return std::memcmp(a.data(), b.data(), size) == 0;
  if (size >= 8) return (differ(0, uint64_t{}) | differ(size - 8, uint64_t{})) == 0;
  if (size >= 4) return (differ(0, uint32_t{}) | differ(size - 4, uint32_t{})) == 0;
  if (size >= 2) return (differ(0, uint16_t{}) | differ(size - 2, uint16_t{})) == 0;
  return size == 0 || a[0] == b[0];
}

}  // namespace larder
