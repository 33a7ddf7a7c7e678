// Strings as rows of bits: bit 0 is the highest bit of the first byte, as the bitmap commands
// count.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace larder {

// Bits `first` to `last`, both included. Empty if first > last.
struct BitRange {
  int64_t first;
  int64_t last;
};

// What FindBit() answers if there is none.
inline constexpr int64_t kNoBit = -1;

inline bool BitAt(std::string_view bytes, uint64_t bit) {
  const uint64_t byte = bit / 8;
  if (byte >= bytes.size()) return false;  // behind the end all bits are zero
  return (static_cast<unsigned char>(bytes[byte]) >> (7 - bit % 8) & 1) != 0;
}

// How many bits of the range are set. Requires: the range lies within the bytes, or is empty.
uint64_t CountBits(std::string_view bytes, BitRange range);

// The first bit of the range that is `value`, or kNoBit. Requires: as above.
int64_t FindBit(std::string_view bytes, BitRange range, bool value);

// `width` bits from bit `offset` on as a number, of which the first bit is the highest; behind the
// end all bits are zero. Requires: 1 <= width <= 64.
uint64_t ReadBits(std::string_view bytes, uint64_t offset, unsigned width);
// Puts the lowest `width` bits of `value` there.
// Requires: 1 <= width <= 64; the bits lie within the `size` bytes.
void WriteBits(char* bytes, size_t size, uint64_t offset, unsigned width, uint64_t value);

enum class BitOperation : uint8_t { kAnd, kOr, kXor, kNot };

// Combines the sources bit by bit into the `size` bytes at `to`; the shorter ones count as filled
// up with zeros. kNot inverts the first source. Requires: there is a source; `size` is at least the
// size of each; `to` overlaps none of them.
void CombineBits(BitOperation operation, std::span<const std::string_view> sources, char* to,
                 size_t size);

}  // namespace larder
