// Numbers as the protocol and the values of strings spell them: parsed strictly, written fast.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace larder {

// Room that FormatInteger() and FormatUnsigned() need at most: 19 digits and a sign, or 20 digits.
inline constexpr size_t kMaxIntegerChars = 20;

// Room that FormatDouble() needs at most: sign, 17 digits, point, and either an exponent of five
// characters or the zeros before small numbers, rounded up.
inline constexpr size_t kMaxDoubleChars = 32;

// Reads `text` as an integer in its canonical form, the only one that Redis accepts: no leading
// zeros, no '+', no spaces, no "-0", nothing behind it, and within the range of int64_t. Returns
// false, and leaves `value` alone, if it is anything else.
[[nodiscard]] bool ParseInteger(std::string_view text, int64_t* value);

// Reads `text` as INCRBYFLOAT reads its argument: whatever strtold() takes in full, including
// exponents, hexadecimal and "inf", but no leading space, no nan, nothing out of range, and fewer
// than 5120 characters. Returns false, and leaves `value` alone, if it is anything else.
[[nodiscard]] bool ParseLongDouble(std::string_view text, long double* value);

// Writes `value` in decimal and returns the number of characters; no terminating zero.
// Requires: `out` has room for kMaxIntegerChars bytes, all of which may be written to.
size_t FormatInteger(int64_t value, char* out);
size_t FormatUnsigned(uint64_t value, char* out);

// Writes the shortest digits that read back as the same double, laid out as Redis does: "3", "1.5",
// "1e+20", "1e-7", "-0", "inf", "-inf", "nan". Returns the number of characters.
// Requires: `out` has room for kMaxDoubleChars bytes.
size_t FormatDouble(double value, char* out);

// The form of INCRBYFLOAT's results: up to 17 digits after the point, no trailing zeros, never an
// exponent, and "0" rather than "-0".
std::string FormatLongDouble(long double value);

namespace internal {

// "00" to "99", so that two digits are written with one copy.
struct DigitPairs {
  char digits[200];
};
inline constexpr DigitPairs kDigitPairs = [] {
  DigitPairs pairs{};
  for (int i = 0; i < 100; ++i) {
    pairs.digits[2 * i] = static_cast<char>('0' + i / 10);
    pairs.digits[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

inline void WriteDigitPair(uint64_t value, char* out) {
  std::memcpy(out, kDigitPairs.digits + 2 * value, 2);
}

size_t FormatManyDigits(uint64_t value, char* out);

}  // namespace internal

// Inline up to four digits, which nearly all lengths and counts of the protocol have.
inline size_t FormatUnsigned(uint64_t value, char* out) {
  if (value < 10) {
    out[0] = static_cast<char>('0' + value);
    return 1;
  }
  if (value < 100) {
    internal::WriteDigitPair(value, out);
    return 2;
  }
  if (value < 1000) {
    out[0] = static_cast<char>('0' + value / 100);
    internal::WriteDigitPair(value % 100, out + 1);
    return 3;
  }
  if (value < 10000) {
    internal::WriteDigitPair(value / 100, out);
    internal::WriteDigitPair(value % 100, out + 2);
    return 4;
  }
  return internal::FormatManyDigits(value, out);
}

inline size_t FormatInteger(int64_t value, char* out) {
  if (value >= 0) return FormatUnsigned(static_cast<uint64_t>(value), out);
  out[0] = '-';
  // Negated as unsigned, since -INT64_MIN does not exist as int64_t.
  return 1 + FormatUnsigned(0 - static_cast<uint64_t>(value), out + 1);
}

}  // namespace larder
