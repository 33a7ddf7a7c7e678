// Tests of the checksum.
#include "storage/crc64.h"

#include <doctest/doctest.h>

#include <string>

namespace larder {
namespace {

// Bit by bit, as the polynomial is defined.
uint64_t Slow(uint64_t crc, std::string_view bytes) {
  for (const char c : bytes) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit)
      crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x95ac9329ac4bc9b5 : 0);
  }
  return crc;
}

TEST_CASE("the checksum is Jones's CRC-64") {
  CHECK(Crc64(0, "123456789") == 0xe9c6d914c4b8d9ca);
  CHECK(Crc64(0, "") == 0);
}

TEST_CASE("any length, and any division into pieces, gives the same checksum as bit by bit") {
  std::string bytes;
  for (int i = 0; i < 200; ++i) {
    CHECK(Crc64(0, bytes) == Slow(0, bytes));
    const size_t cut = bytes.size() * 5 / 7;
    const std::string_view view = bytes;
    CHECK(Crc64(Crc64(0, view.substr(0, cut)), view.substr(cut)) == Slow(0, bytes));
    bytes.push_back(static_cast<char>(i * 37 + i / 3));
  }
}

}  // namespace
}  // namespace larder
