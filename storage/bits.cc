// Counting, finding and combining bits, word by word, since strings may have half a gigabyte.
#include "storage/bits.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

namespace larder {

namespace {

uint64_t LoadWord(const char* from) {
  uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

unsigned char ByteAt(std::string_view bytes, size_t index) {
  return static_cast<unsigned char>(bytes[index]);
}

// --- Counting ---

// Inlined into both of the following, of which each has its own way to count the bits of a word.
[[gnu::always_inline]] inline uint64_t CountInWords(const char* from, size_t words) {
  uint64_t counts[4] = {};  // independent sums, which the processor forms at the same time
  size_t i = 0;
  for (; i + 4 <= words; i += 4) {
    for (size_t j = 0; j < 4; ++j)
      counts[j] += static_cast<uint64_t>(std::popcount(LoadWord(from + 8 * (i + j))));
  }
  for (; i < words; ++i)
    counts[0] += static_cast<uint64_t>(std::popcount(LoadWord(from + 8 * i)));
  return counts[0] + counts[1] + counts[2] + counts[3];
}

uint64_t CountPortably(const char* from, size_t words) {
  return CountInWords(from, words);
}

#if defined(__x86_64__)
// Larder is built for any x86-64, of which the first had no instruction for this.
[[gnu::target("popcnt")]] uint64_t CountByInstruction(const char* from, size_t words) {
  return CountInWords(from, words);
}
bool HasInstruction() {
  return __builtin_cpu_supports("popcnt") != 0;
}
#else
uint64_t CountByInstruction(const char* from, size_t words) {
  return CountInWords(from, words);
}
bool HasInstruction() {
  return true;
}
#endif

uint64_t CountInBytes(std::string_view bytes) {
  static const bool has_instruction = HasInstruction();
  const size_t words = bytes.size() / 8;
  uint64_t count = has_instruction ? CountByInstruction(bytes.data(), words)
                                   : CountPortably(bytes.data(), words);
  for (size_t i = 8 * words; i < bytes.size(); ++i)
    count += static_cast<uint64_t>(std::popcount(ByteAt(bytes, i)));
  return count;
}

// --- The two ends of a range ---

// A range as bytes, of which the first and the last may be there in part.
struct ByteRange {
  explicit ByteRange(BitRange range)
      : first(static_cast<size_t>(range.first) / 8),
        last(static_cast<size_t>(range.last) / 8),
        first_mask(static_cast<uint8_t>(0xff >> (range.first % 8))),
        last_mask(static_cast<uint8_t>(0xff << (7 - range.last % 8))) {}
  size_t first;
  size_t last;
  uint8_t first_mask;  // the bits of the first byte that belong to the range
  uint8_t last_mask;
};

// --- Finding ---

// The first byte from `index` on that has a bit which is `value`; the size if none has.
size_t FindByte(std::string_view bytes, size_t index, bool value) {
  const uint64_t dull_word = value ? 0 : ~uint64_t{0};
  const unsigned char dull_byte = value ? 0 : 0xff;
  while (index + 32 <= bytes.size()) {
    uint64_t differs = 0;
    for (size_t i = 0; i < 32; i += 8)
      differs |= LoadWord(bytes.data() + index + i) ^ dull_word;
    if (differs != 0) break;
    index += 32;
  }
  while (index < bytes.size() && ByteAt(bytes, index) == dull_byte)
    ++index;
  return index;
}

// --- Combining ---

// So much is combined at a time, so that the result stays in the first-level cache.
constexpr size_t kBlock = 8 * 1024;

template <class Combine>
void CombineWith(const char* from, size_t size, char* to, Combine combine) {
  size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    const uint64_t word = combine(LoadWord(to + i), LoadWord(from + i));
    std::memcpy(to + i, &word, sizeof word);
  }
  for (; i < size; ++i)
    to[i] = static_cast<char>(
        combine(static_cast<unsigned char>(to[i]), static_cast<unsigned char>(from[i])));
}

void CombineBlock(BitOperation operation, std::string_view from, char* to, size_t size) {
  switch (operation) {
    case BitOperation::kAnd:
      CombineWith(from.data(), from.size(), to, [](uint64_t a, uint64_t b) { return a & b; });
      std::memset(to + from.size(), 0, size - from.size());
      return;
    case BitOperation::kOr:
      return CombineWith(from.data(), from.size(), to,
                         [](uint64_t a, uint64_t b) { return a | b; });
    case BitOperation::kXor:
      return CombineWith(from.data(), from.size(), to,
                         [](uint64_t a, uint64_t b) { return a ^ b; });
    case BitOperation::kNot:
      return CombineWith(from.data(), from.size(), to, [](uint64_t, uint64_t b) { return ~b; });
  }
}

// What a source has of a block.
std::string_view PartOf(std::string_view source, size_t start, size_t size) {
  return start < source.size() ? source.substr(start, size) : std::string_view();
}

}  // namespace

uint64_t CountBits(std::string_view bytes, BitRange range) {
  if (range.first > range.last) return 0;
  const ByteRange ends(range);
  assert(ends.last < bytes.size());
  uint64_t count = CountInBytes(bytes.substr(ends.first, ends.last - ends.first + 1));
  // Less what lies in these bytes but not in the range.
  count -= static_cast<uint64_t>(
      std::popcount<uint8_t>(ByteAt(bytes, ends.first) & static_cast<uint8_t>(~ends.first_mask)));
  count -= static_cast<uint64_t>(
      std::popcount<uint8_t>(ByteAt(bytes, ends.last) & static_cast<uint8_t>(~ends.last_mask)));
  return count;
}

int64_t FindBit(std::string_view bytes, BitRange range, bool value) {
  if (range.first > range.last) return kNoBit;
  const ByteRange ends(range);
  assert(ends.last < bytes.size());
  // The bits that are looked for, as ones.
  const auto wanted = [&](size_t index) {
    uint8_t byte = value ? ByteAt(bytes, index) : static_cast<uint8_t>(~ByteAt(bytes, index));
    if (index == ends.first) byte &= ends.first_mask;
    if (index == ends.last) byte &= ends.last_mask;
    return byte;
  };
  size_t index = ends.first;
  if (wanted(index) == 0 && index < ends.last) {
    index = FindByte(bytes.substr(0, ends.last), index + 1, value);
  }
  const uint8_t found = wanted(index);
  return found == 0 ? kNoBit : static_cast<int64_t>(index * 8) + std::countl_zero(found);
}

uint64_t ReadBits(std::string_view bytes, uint64_t offset, unsigned width) {
  assert(width >= 1 && width <= 64);
  // The nine bytes that the bits may lie in.
  unsigned __int128 window = 0;
  for (uint64_t i = offset / 8; i < offset / 8 + 9; ++i)
    window = window << 8 | (i < bytes.size() ? ByteAt(bytes, i) : 0);
  const uint64_t value = static_cast<uint64_t>(window >> (72 - offset % 8 - width));
  return value & (~uint64_t{0} >> (64 - width));
}

void WriteBits(char* bytes, size_t size, uint64_t offset, unsigned width, uint64_t value) {
  assert(width >= 1 && width <= 64 && (offset + width - 1) / 8 < size);
  (void)size;
  const auto mask = static_cast<unsigned __int128>(~uint64_t{0} >> (64 - width));
  const auto shift = static_cast<unsigned>(72 - offset % 8 - width);
  const unsigned __int128 ones = mask << shift;
  const unsigned __int128 bits = (value & mask) << shift;
  const uint64_t last = (offset + width - 1) / 8;
  for (uint64_t i = offset / 8; i <= last; ++i) {
    const auto down = static_cast<unsigned>(64 - 8 * (i - offset / 8));
    const auto kept = static_cast<uint8_t>(~(ones >> down));
    bytes[i] = static_cast<char>((bytes[i] & kept) | static_cast<uint8_t>(bits >> down));
  }
}

void CombineBits(BitOperation operation, std::span<const std::string_view> sources, char* to,
                 size_t size) {
  assert(!sources.empty());
  for (size_t start = 0; start < size; start += kBlock) {
    const size_t block = std::min(kBlock, size - start);
    const std::string_view first = PartOf(sources[0], start, block);
    std::memcpy(to + start, first.data(), first.size());
    std::memset(to + start + first.size(), 0, block - first.size());
    if (operation == BitOperation::kNot) {
      CombineBlock(operation, {to + start, block}, to + start, block);
      continue;
    }
    for (const std::string_view source : sources.subspan(1))
      CombineBlock(operation, PartOf(source, start, block), to + start, block);
  }
}

}  // namespace larder
