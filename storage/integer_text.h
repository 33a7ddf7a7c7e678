// Integers that look like strings: which strings are stored as integers, and how they are written
// out again.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace larder {

// Room for the decimal form of any 64-bit integer.
struct IntegerText {
  char bytes[24];
};

inline std::string_view WriteInteger(int64_t value, IntegerText& text) {
  const auto result = std::to_chars(text.bytes, text.bytes + sizeof text.bytes, value);
  return {text.bytes, static_cast<size_t>(result.ptr - text.bytes)};
}

// The integer that `bytes` is the canonical decimal form of, so that writing it out gives `bytes`
// again.
inline std::optional<int64_t> CanonicalInteger(std::string_view bytes) {
  constexpr size_t kLongest = 20;  // "-9223372036854775808"
  if (bytes.empty() || bytes.size() > kLongest) return std::nullopt;
  if (bytes == "0") return 0;
  const char first = bytes[bytes[0] == '-' && bytes.size() > 1 ? 1 : 0];
  if (first < '1' || first > '9') return std::nullopt;
  int64_t value;
  const auto result = std::from_chars(bytes.data(), bytes.data() + bytes.size(), value);
  if (result.ec != std::errc() || result.ptr != bytes.data() + bytes.size()) return std::nullopt;
  return value;
}

// How many bytes the stored form of an integer takes: 1, 2, 4 or 8.
inline size_t IntegerWidth(int64_t value) {
  if (value == static_cast<int8_t>(value)) return 1;
  if (value == static_cast<int16_t>(value)) return 2;
  if (value == static_cast<int32_t>(value)) return 4;
  return 8;
}

// Reads that form. Requires: `bytes` has 1, 2, 4 or 8 bytes, little-endian.
inline int64_t LoadInteger(std::string_view bytes) {
  const auto load = [bytes](auto value) {
    std::memcpy(&value, bytes.data(), sizeof value);
    return static_cast<int64_t>(value);
  };
  switch (bytes.size()) {
    case 1:
      return load(int8_t{});
    case 2:
      return load(int16_t{});
    case 4:
      return load(int32_t{});
    default:
      return load(int64_t{});
  }
}

}  // namespace larder
