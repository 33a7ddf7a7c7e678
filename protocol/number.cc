// Parsing and formatting of integers and floating point numbers.
#include "protocol/number.h"

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

namespace larder {
namespace {

// Redis's buffer for a long double; a longer text is not read as a number.
constexpr size_t kMaxLongDoubleChars = 5 * 1024;

bool IsSpace(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Digits and exponent of a finite, non-zero double: its value is 0.d1d2d3… * 10^point.
struct Decimal {
  char digits[20];
  int count = 0;
  int point = 0;
};

Decimal ShortestDigits(double magnitude) {
  char text[kMaxDoubleChars];
  const auto result =
      std::to_chars(text, text + sizeof(text), magnitude, std::chars_format::scientific);
  Decimal decimal;
  const char* at = text;
  for (; *at != 'e'; ++at) {
    if (*at != '.') decimal.digits[decimal.count++] = *at;
  }
  ++at;
  if (*at == '+') ++at;  // std::from_chars() takes no plus sign
  int exponent = 0;
  std::from_chars(at, result.ptr, exponent);
  decimal.point = exponent + 1;
  return decimal;
}

char* WriteScientific(const Decimal& decimal, char* out) {
  *out++ = decimal.digits[0];
  if (decimal.count > 1) {
    *out++ = '.';
    std::memcpy(out, decimal.digits + 1, static_cast<size_t>(decimal.count - 1));
    out += decimal.count - 1;
  }
  const int exponent = decimal.point - 1;
  *out++ = 'e';
  *out++ = exponent < 0 ? '-' : '+';
  return out + FormatUnsigned(static_cast<uint64_t>(std::abs(exponent)), out);
}

char* WritePlain(const Decimal& decimal, char* out) {
  const auto count = static_cast<size_t>(decimal.count);
  if (decimal.point <= 0) {
    const auto zeros = static_cast<size_t>(-decimal.point);
    *out++ = '0';
    *out++ = '.';
    std::memset(out, '0', zeros);
    std::memcpy(out + zeros, decimal.digits, count);
    return out + zeros + count;
  }
  const auto point = static_cast<size_t>(decimal.point);
  if (point >= count) {
    std::memcpy(out, decimal.digits, count);
    std::memset(out + count, '0', point - count);
    return out + point;
  }
  std::memcpy(out, decimal.digits, point);
  out[point] = '.';
  std::memcpy(out + point + 1, decimal.digits + point, count - point);
  return out + count + 1;
}

size_t CopyWord(std::string_view word, char* out) {
  std::memcpy(out, word.data(), word.size());
  return word.size();
}

}  // namespace

namespace internal {

size_t FormatManyDigits(uint64_t value, char* out) {
  char digits[kMaxIntegerChars];
  char* at = digits + kMaxIntegerChars;
  while (value >= 100) {
    at -= 2;
    WriteDigitPair(value % 100, at);
    value /= 100;
  }
  if (value >= 10) {
    at -= 2;
    WriteDigitPair(value, at);
  } else {
    *--at = static_cast<char>('0' + value);
  }
  const auto size = static_cast<size_t>(digits + kMaxIntegerChars - at);
  std::memcpy(out, at, size);
  return size;
}

}  // namespace internal

bool ParseInteger(std::string_view text, int64_t* value) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const bool negative = at != end && *at == '-';
  if (negative) ++at;
  const auto digits = static_cast<size_t>(end - at);
  if (digits == 0 || digits > 19) return false;
  if (*at == '0' && text.size() > 1) return false;  // a leading zero, or "-0"
  // 19 digits stay below 10^19, which an unsigned 64-bit number holds, so only the end is checked.
  uint64_t magnitude = 0;
  for (; at != end; ++at) {
    const auto digit = static_cast<unsigned char>(*at - '0');
    if (digit > 9) return false;
    magnitude = magnitude * 10 + digit;
  }
  constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (magnitude > kMax + (negative ? 1 : 0)) return false;
  *value = static_cast<int64_t>(negative ? 0 - magnitude : magnitude);
  return true;
}

bool ParseLongDouble(std::string_view text, long double* value) {
  if (text.empty() || text.size() >= kMaxLongDoubleChars || IsSpace(text.front())) return false;
  char terminated[kMaxLongDoubleChars];
  std::memcpy(terminated, text.data(), text.size());
  terminated[text.size()] = '\0';
  char* end = nullptr;
  errno = 0;
  const long double parsed = std::strtold(terminated, &end);
  if (end != terminated + text.size() || errno == EINVAL || std::isnan(parsed)) return false;
  if (errno == ERANGE && (std::isinf(parsed) || parsed == 0)) return false;
  *value = parsed;
  return true;
}

size_t FormatDouble(double value, char* out) {
  if (std::isnan(value)) return CopyWord("nan", out);
  if (std::isinf(value)) return CopyWord(value < 0 ? "-inf" : "inf", out);
  if (value == 0) return CopyWord(std::signbit(value) ? "-0" : "0", out);
  // Whole numbers up to 2^62 are written like integers, with all their digits.
  constexpr double kMaxPlain = 4611686018427387904.0;
  if (std::abs(value) <= kMaxPlain && value == std::trunc(value)) {
    return FormatInteger(static_cast<int64_t>(value), out);
  }
  char* at = out;
  if (value < 0) *at++ = '-';
  const Decimal decimal = ShortestDigits(std::abs(value));
  // Redis's rule for the exponent form: whole numbers which would need seven zeros or more, and
  // fractions that begin with six zeros or more behind the point.
  const int scale = decimal.point - decimal.count;
  const int exponent = std::abs(decimal.point - 1);
  const bool plain = scale >= 0 ? exponent < decimal.count + 7 : (scale > -7 || exponent < 4);
  at = plain ? WritePlain(decimal, at) : WriteScientific(decimal, at);
  return static_cast<size_t>(at - out);
}

std::string FormatLongDouble(long double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char text[kMaxLongDoubleChars];  // the largest long double has 4933 digits before the point
  const int size = std::snprintf(text, sizeof(text), "%.17Lf", value);
  std::string_view digits(text, static_cast<size_t>(size));
  digits = digits.substr(0, digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.remove_suffix(1);
  return digits == "-0" ? "0" : std::string(digits);
}

}  // namespace larder
