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

// Blocks of up to 512 bytes come in steps of 4 bytes, larger ones in 64 steps per doubling: what
// rounding up wastes is at most 3 bytes or 1.6 %.
inline constexpr size_t kGranuleBytes = 4;
inline constexpr unsigned kSizeClasses = 512;

// Requires: 0 < size <= kMaxSlabBlock.
constexpr unsigned SizeClassOf(size_t size) {
  if (size <= 512) return static_cast<unsigned>((size - 1) / kGranuleBytes);
  const auto last = static_cast<uint32_t>(size - 1);
  const unsigned log = static_cast<unsigned>(std::bit_width(last)) - 1;
  return 128 + (log - 9) * 64 + ((last >> (log - 6)) & 63);
}

constexpr uint32_t SizeClassBytes(unsigned size_class) {
  if (size_class < 128) return kGranuleBytes * (size_class + 1);
  const unsigned log = 9 + (size_class - 128) / 64;
  return (65 + size_class % 64) << (log - 6);
}

// A slab: `pages` pages that hold `blocks` blocks of `block_bytes` bytes and a little waste.
struct SlabShape {
  uint32_t block_bytes;
  uint16_t blocks;
  uint16_t pages;
};

constexpr SlabShape ShapeSlab(uint32_t block_bytes) {
  // Small slabs leave less memory in half-full ones: each page more has to save so many thousandths
  // of waste in the tail.
  constexpr size_t kWastePerPage = 4;
  constexpr size_t kMostWaste = 30;
  constexpr size_t kMaxPages = 32;
  SlabShape best{block_bytes, 0, 0};
  size_t best_cost = 1000;
  for (size_t pages = 1; pages <= kMaxPages; ++pages) {
    const size_t bytes = pages * kArenaPageBytes;
    const size_t waste = bytes % block_bytes * 1000 / bytes;
    const size_t cost = waste + kWastePerPage * pages;
    if (bytes < block_bytes || waste >= kMostWaste || cost >= best_cost) continue;
    best.blocks = static_cast<uint16_t>(bytes / block_bytes);
    best.pages = static_cast<uint16_t>(pages);
    best_cost = cost;
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
