// Tests of counting, finding and combining bits, beside the same done bit by bit.
#include "storage/bits.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

namespace larder {
namespace {

// Strings of all kinds of lengths and fillings; those of one byte value keep a search going.
std::vector<std::string> Samples() {
  std::mt19937 random(7);
  std::vector<std::string> samples;
  for (const size_t size : {1, 2, 7, 8, 9, 31, 32, 33, 40, 63, 64, 65, 100, 1000}) {
    for (const char filling : {'\0', '\xff', '\x0f'}) {
      samples.emplace_back(size, filling);
      samples.emplace_back(size, filling);
      samples.back()[random() % size] = static_cast<char>(random());
    }
    samples.emplace_back(size, '\0');
    for (char& byte : samples.back())
      byte = static_cast<char>(random());
  }
  return samples;
}

// Ranges at, around and between the borders of bytes and words.
std::vector<BitRange> RangesOf(const std::string& bytes) {
  const auto bits = static_cast<int64_t>(8 * bytes.size());
  std::vector<int64_t> positions;
  for (const int64_t position : {0, 1, 5, 7, 8, 9, 15, 63, 64, 65, 200, 255, 256, 257, 300}) {
    if (position < bits) positions.push_back(position);
    if (position < bits) positions.push_back(bits - 1 - position);
  }
  std::vector<BitRange> ranges;
  for (const int64_t first : positions) {
    for (const int64_t last : positions)
      ranges.push_back({first, last});
  }
  return ranges;
}

}  // namespace

TEST_CASE("bit 0 is the highest of the first byte, and behind the end there are zeros") {
  const std::string_view bytes("\x80\x01", 2);
  CHECK(BitAt(bytes, 0));
  CHECK_FALSE(BitAt(bytes, 1));
  CHECK(BitAt(bytes, 15));
  CHECK_FALSE(BitAt(bytes, 16));
  CHECK_FALSE(BitAt("", 0));
  CHECK_FALSE(BitAt(bytes, ~uint64_t{0}));
}

TEST_CASE("bits of any range are counted and found as if one looked at each") {
  for (const std::string& bytes : Samples()) {
    CAPTURE(bytes.size());
    for (const BitRange range : RangesOf(bytes)) {
      uint64_t count = 0;
      int64_t first_set = kNoBit;
      int64_t first_clear = kNoBit;
      for (int64_t bit = range.last; bit >= range.first; --bit) {
        const bool set = BitAt(bytes, static_cast<uint64_t>(bit));
        count += set;
        (set ? first_set : first_clear) = bit;
      }
      CAPTURE(range.first);
      CAPTURE(range.last);
      REQUIRE(CountBits(bytes, range) == count);
      REQUIRE(FindBit(bytes, range, true) == first_set);
      REQUIRE(FindBit(bytes, range, false) == first_clear);
    }
  }
}

TEST_CASE("an empty range has no bits, in an empty string too") {
  CHECK(CountBits("", {0, -1}) == 0);
  CHECK(FindBit("", {0, -1}, false) == kNoBit);
  CHECK(CountBits("\xff", {5, 4}) == 0);
  CHECK(FindBit("\xff", {5, 4}, true) == kNoBit);
}

TEST_CASE("numbers of any width are written and read at any bit, and nothing beside them changes") {
  std::mt19937_64 random(11);
  for (unsigned width = 1; width <= 64; ++width) {
    for (uint64_t offset = 0; offset < 24; ++offset) {
      std::string bytes(16, '\0');
      for (char& byte : bytes)
        byte = static_cast<char>(random());
      const std::string before = bytes;
      const uint64_t mask = ~uint64_t{0} >> (64 - width);
      const uint64_t value = random();
      WriteBits(bytes.data(), bytes.size(), offset, width, value);
      REQUIRE(ReadBits(bytes, offset, width) == (value & mask));
      for (uint64_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        const bool written = bit >= offset && bit < offset + width;
        const bool expected =
            written ? (value >> (offset + width - 1 - bit) & 1) != 0 : BitAt(before, bit);
        REQUIRE(BitAt(bytes, bit) == expected);
      }
    }
  }
}

TEST_CASE("a number that ends with the string is written within it, and read across its end") {
  std::string bytes(9, '\0');
  WriteBits(bytes.data(), 9, 8, 64, ~uint64_t{0});
  CHECK(bytes == '\0' + std::string(8, '\xff'));
  CHECK(ReadBits(bytes, 68, 8) == 0xf0);
  CHECK(ReadBits(bytes, 72, 64) == 0);
  CHECK(ReadBits("", uint64_t{1} << 40, 64) == 0);
}

TEST_CASE("strings of different lengths are combined as if filled up with zeros") {
  std::mt19937 random(3);
  for (const size_t size : {1u, 7u, 8u, 100u, 8191u, 8192u, 8193u, 30000u}) {
    CAPTURE(size);
    std::vector<std::string> strings;
    for (const size_t length : {size, size / 2, size_t{0}, size - size / 3}) {
      strings.emplace_back(length, '\0');
      for (char& byte : strings.back())
        byte = static_cast<char>(random());
    }
    for (size_t count = 1; count <= strings.size(); ++count) {
      const std::vector<std::string_view> sources(strings.begin(),
                                                  strings.begin() + static_cast<ptrdiff_t>(count));
      std::string results[4];
      for (std::string& result : results)
        result.assign(size, 'x');
      CombineBits(BitOperation::kAnd, sources, results[0].data(), size);
      CombineBits(BitOperation::kOr, sources, results[1].data(), size);
      CombineBits(BitOperation::kXor, sources, results[2].data(), size);
      CombineBits(BitOperation::kNot, std::span(sources).first(1), results[3].data(), size);
      bool same = true;
      for (size_t i = 0; i < size; ++i) {
        const auto byte = [i](std::string_view source) {
          return i < source.size() ? source[i] : '\0';
        };
        char all = byte(sources[0]);
        char any = all;
        char odd = all;
        for (const std::string_view source : std::span(sources).subspan(1)) {
          all = static_cast<char>(all & byte(source));
          any = static_cast<char>(any | byte(source));
          odd = static_cast<char>(odd ^ byte(source));
        }
        same = same && results[0][i] == all && results[1][i] == any && results[2][i] == odd &&
               results[3][i] == static_cast<char>(~byte(sources[0]));
      }
      CHECK(same);
    }
  }
}

}  // namespace larder
