// The hash of a key: XXH3 with a seed that clients cannot know.
#pragma once

#include <xxhash.h>

#include <cstdint>
#include <string_view>

namespace larder {

// Random, drawn when the process starts, so that no client can aim keys at one bucket.
extern const uint64_t kKeyHashSeed;

inline uint64_t HashKey(std::string_view key) {
  return XXH3_64bits_withSeed(key.data(), key.size(), kKeyHashSeed);
}

}  // namespace larder
