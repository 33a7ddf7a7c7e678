// Computes the checksum sixteen bytes at a time.
#include "storage/crc64.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace larder {
namespace {

static_assert(std::endian::native == std::endian::little);

// 0xad93d23594c935a9 with its bits in reverse order.
constexpr uint64_t kPolynomial = 0x95ac9329ac4bc9b5;
constexpr size_t kSlices = 16;

using Tables = std::array<std::array<uint64_t, 256>, kSlices>;

// tables[k][b] is the checksum of the byte b with k zero bytes behind it: the checksums of all
// bytes of a block, each with what follows it taken as zero, sum up to the block's.
constexpr Tables MakeTables() {
  Tables tables{};
  for (uint64_t byte = 0; byte < 256; ++byte) {
    uint64_t crc = byte;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc & 1) != 0 ? crc >> 1 ^ kPolynomial : crc >> 1;
    tables[0][byte] = crc;
  }
  for (size_t slice = 1; slice < kSlices; ++slice) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint64_t before = tables[slice - 1][byte];
      tables[slice][byte] = before >> 8 ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = MakeTables();

// Eight bytes, with `slice` bytes behind them in their block.
template <size_t slice>
uint64_t Word(uint64_t word) {
  uint64_t crc = 0;
  for (size_t i = 0; i < 8; ++i)
    crc ^= kTables[slice + 7 - i][word >> (8 * i) & 0xff];
  return crc;
}

}  // namespace

uint64_t Crc64(uint64_t crc, std::string_view bytes) {
  const char* from = bytes.data();
  size_t left = bytes.size();
  for (; left >= kSlices; from += kSlices, left -= kSlices) {
    uint64_t words[2];
    std::memcpy(words, from, sizeof words);
    crc = Word<8>(words[0] ^ crc) ^ Word<0>(words[1]);
  }
  for (; left > 0; ++from, --left)
    crc = crc >> 8 ^ kTables[0][(crc ^ static_cast<uint8_t>(*from)) & 0xff];
  return crc;
}

}  // namespace larder
