// Which keys go when memory is short: the policies and what can be set of them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace larder {

// In the order in which CONFIG SET lists their words.
enum class EvictionPolicy : uint8_t {
  kVolatileLru,
  kVolatileLfu,
  kVolatileRandom,
  kVolatileTtl,
  kVolatileS3Fifo,
  kAllKeysLru,
  kAllKeysLfu,
  kAllKeysRandom,
  kAllKeysS3Fifo,
  kNoEviction,
};

// The names that users know them by, in the order of the enum.
inline constexpr std::array<std::string_view, 10> kEvictionPolicyWords = {
    "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",   "volatile-s3fifo",
    "allkeys-lru",  "allkeys-lfu",  "allkeys-random",  "allkeys-s3fifo", "noeviction"};

constexpr bool IsVolatile(EvictionPolicy policy) {
  return policy <= EvictionPolicy::kVolatileS3Fifo;
}
constexpr bool IsS3Fifo(EvictionPolicy policy) {
  return policy == EvictionPolicy::kVolatileS3Fifo || policy == EvictionPolicy::kAllKeysS3Fifo;
}
constexpr bool IsLfu(EvictionPolicy policy) {
  return policy == EvictionPolicy::kVolatileLfu || policy == EvictionPolicy::kAllKeysLfu;
}
constexpr bool IsLru(EvictionPolicy policy) {
  return policy == EvictionPolicy::kVolatileLru || policy == EvictionPolicy::kAllKeysLru;
}

// Thread safety: a value.
struct EvictionSettings {
  EvictionPolicy policy = EvictionPolicy::kAllKeysS3Fifo;
  uint32_t samples = 5;  // keys that LRU, LFU and TTL choose the worst of
  uint32_t lfu_log_factor = 10;
  uint32_t lfu_decay_minutes = 1;  // 0: never

  bool operator==(const EvictionSettings&) const = default;

  // All of it in one word, so that threads can share it: 8 bits each for policy and samples, 24
  // each for factor and minutes. What does not fit is cut down to the most that does.
  uint64_t Pack() const {
    return static_cast<uint64_t>(policy) | std::min<uint64_t>(samples, 0xff) << 8 |
           std::min<uint64_t>(lfu_log_factor, 0xffffff) << 16 |
           std::min<uint64_t>(lfu_decay_minutes, 0xffffff) << 40;
  }
  static EvictionSettings Unpack(uint64_t word) {
    return {static_cast<EvictionPolicy>(word & 0xff), static_cast<uint32_t>(word >> 8 & 0xff),
            static_cast<uint32_t>(word >> 16 & 0xffffff), static_cast<uint32_t>(word >> 40)};
  }
};

}  // namespace larder
