// The sizes of block that the arena hands out, and the shape of the slabs that they are cut from.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace larder {

// The unit in which an arena deals out its address space. A multiple of the system's page size.
inline constexpr size_t kArenaPageBytes = 16 * 1024;
// Larger blocks are runs of pages of their own.
inline constexpr size_t kMaxSlabBlock = 32 * 1024;

// Blocks of up to 512 bytes come in steps of 8 bytes, larger ones in 32 steps per doubling: what
// rounding up wastes is at most 7 bytes or 3.1 %.
inline constexpr unsigned kSizeClasses = 256;

// Requires: 0 < size <= kMaxSlabBlock.
constexpr unsigned SizeClassOf(size_t size) {
  if (size <= 512) return static_cast<unsigned>((size - 1) / 8);
  const auto last = static_cast<uint32_t>(size - 1);
  const unsigned log = static_cast<unsigned>(std::bit_width(last)) - 1;
  return 64 + (log - 9) * 32 + ((last >> (log - 5)) & 31);
}

constexpr uint32_t SizeClassBytes(unsigned size_class) {
  if (size_class < 64) return 8 * (size_class + 1);
  const unsigned log = 9 + (size_class - 64) / 32;
  return (33 + (size_class - 64) % 32) << (log - 5);
}

// A slab: `pages` pages that hold `blocks` blocks of `block_bytes` bytes and a little waste.
struct SlabShape {
  uint32_t block_bytes;
  uint16_t blocks;
  uint16_t pages;
};

constexpr SlabShape ShapeSlab(uint32_t block_bytes) {
  // The fewest pages whose tail wastes little: small slabs leave less memory in half-full ones.
  constexpr size_t kMaxPages = 32;
  SlabShape best{block_bytes, 0, 0};
  size_t best_waste = 1000;  // in thousandths
  for (size_t pages = 1; pages <= kMaxPages; ++pages) {
    const size_t bytes = pages * kArenaPageBytes;
    const size_t waste = bytes % block_bytes * 1000 / bytes;
    if (bytes < block_bytes || waste >= best_waste) continue;
    best.blocks = static_cast<uint16_t>(bytes / block_bytes);
    best.pages = static_cast<uint16_t>(pages);
    best_waste = waste;
    if (waste < 20) break;
  }
  return best;
}

inline constexpr std::array<SlabShape, kSizeClasses> kSlabShapes = [] {
  std::array<SlabShape, kSizeClasses> shapes{};
  for (unsigned i = 0; i < kSizeClasses; ++i)
    shapes[i] = ShapeSlab(SizeClassBytes(i));
  return shapes;
}();

static_assert(SizeClassOf(kMaxSlabBlock) == kSizeClasses - 1);
static_assert(SizeClassBytes(kSizeClasses - 1) == kMaxSlabBlock);

}  // namespace larder
