// What a file or a payload says of how an entry was used, so that it is not new again when it
// comes back.
#pragma once

#include <cstdint>

namespace larder {

// Thread safety: a value.
struct EvictionHint {
  enum class Kind : uint8_t {
    kNone,
    kIdleSeconds,  // since the last use
    kFrequency,    // 0 to 255: the logarithmic counter of the LFU policies
  };
  Kind kind = Kind::kNone;
  uint32_t value = 0;

  bool operator==(const EvictionHint&) const = default;
};

}  // namespace larder
