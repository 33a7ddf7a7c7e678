// Files in the RDB format for tests, in memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "storage/crc64.h"
#include "storage/rdb_input.h"

namespace larder {

// Header, content, end and checksum.
inline std::string RdbFile(std::string_view content, std::string_view version = "0010") {
  std::string file = "REDIS" + std::string(version) + std::string(content) + '\xff';
  const uint64_t checksum = Crc64(0, file);
  return file.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
}

// Gives bytes in pieces of a few at most.
class PiecewiseSource : public ByteSource {
 public:
  PiecewiseSource(std::string_view bytes, size_t most) : bytes_(bytes), most_(most) {}
  ptrdiff_t Read(char* to, size_t most) override {
    const size_t size = std::min({most, most_, bytes_.size()});
    std::copy_n(bytes_.data(), size, to);
    bytes_.remove_prefix(size);
    return static_cast<ptrdiff_t>(size);
  }

 private:
  std::string_view bytes_;
  size_t most_;
};

}  // namespace larder
