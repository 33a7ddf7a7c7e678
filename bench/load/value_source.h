// The values of the load: how long the value of each key is, and which bytes it has.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace larder::bench {

// The length that a value compares as when nothing is known about it.
inline constexpr uint32_t kUnknownLength = UINT32_MAX;

// Spreads the bits of a key's number (the finalizer of splitmix64), so that what is derived from
// neighbouring keys has nothing in common.
inline uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// A distribution of sizes, written as `256`, `100-1000` (uniform) or `64:80,1024:15,10-90:5`
// (weights after the colon).
//
// Owns its ranges.
// Thread safety: constant after construction.
class SizeDistribution {
 public:
  // Returns false, with `error` saying what is wrong, when `text` is not a distribution.
  static bool Parse(std::string_view text, SizeDistribution& out, std::string& error);

  // The size that belongs to a hash; every hash always has the same size.
  uint32_t At(uint64_t hash) const;
  uint32_t largest() const { return largest_; }

 private:
  struct Range {
    uint32_t from;
    uint32_t to;
    uint32_t weight_up_to;  // sum of the weights up to and including this range
  };
  std::vector<Range> ranges_;
  uint32_t largest_ = 0;
};

// Gives each key a value that depends on nothing but the key's number, so that a reply can be
// checked without remembering what was written. A value is a slice of one block of random letters;
// the slices of two keys differ except with a chance of one in a million.
//
// Owns the block.
// Thread safety: constant after construction.
class ValueSource {
 public:
  explicit ValueSource(SizeDistribution sizes);

  uint32_t LengthOf(uint64_t key) const { return sizes_.At(Mix(key + 1)); }
  // The first byte of the value; as many as the largest size allows may be read.
  const char* BytesOf(uint64_t key) const {
    return block_.data() + (Mix(key ^ 0x5bd1e995) & (kStarts - 1));
  }
  std::string_view ValueOf(uint64_t key) const { return {BytesOf(key), LengthOf(key)}; }

 private:
  static constexpr uint64_t kStarts = 1 << 20;

  SizeDistribution sizes_;
  std::string block_;
};

}  // namespace larder::bench
