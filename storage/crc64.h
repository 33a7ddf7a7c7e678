// The CRC-64 that ends RDB files and the payloads of DUMP: Jones's polynomial, as Redis has it.
#pragma once

#include <cstdint>
#include <string_view>

namespace larder {

// Continues the checksum `crc` of what came before, 0 at the start, with `bytes`.
uint64_t Crc64(uint64_t crc, std::string_view bytes);

}  // namespace larder
