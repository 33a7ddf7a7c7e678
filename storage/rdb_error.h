// Why something in the RDB format could not be read.
#pragma once

#include <cstdint>
#include <string>

namespace larder {

// Thread safety: a value.
struct RdbError {
  enum class Kind : uint8_t {
    kDamaged,      // it is not what the format allows, or it ends too early
    kUnsupported,  // it is whole, but Larder has nothing to keep it as
    kUnreadable,   // the system did not give its bytes
    kRefused,      // it is whole, but the server must not keep it
  };
  Kind kind = Kind::kDamaged;
  uint64_t offset = 0;  // where, in bytes from the start
  std::string what;     // "expected a length, found byte 0x92"

  // "at byte 17: expected a length, found byte 0x92"
  std::string Text() const { return "at byte " + std::to_string(offset) + ": " + what; }
};

}  // namespace larder
