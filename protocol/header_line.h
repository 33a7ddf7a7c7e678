// Header lines of requests, "*3" and "$11" with CR LF, read the fast way.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace larder::internal {

inline constexpr size_t kLineEndSize = 2;

inline size_t Distance(const char* from, const char* to) {
  return static_cast<size_t>(to - from);
}

inline unsigned Digit(char c) {
  return static_cast<unsigned char>(c - '0');
}

// Reads a number of more than two digits and its CR LF; see ReadNumber().
inline const char* ReadLongNumber(const char* at, const char* end, size_t* number) {
  constexpr size_t kMaxDigits = 18;
  const char* const stop = at + std::min(kMaxDigits, Distance(at, end));
  size_t value = 0;
  for (; at != stop && Digit(*at) <= 9; ++at)
    value = value * 10 + Digit(*at);
  if (Distance(at, end) < kLineEndSize || *at != '\r') return nullptr;
  *number = value;
  return at + kLineEndSize;
}

// Reads a number without sign and leading zero and its CR LF, and returns what follows, or null if
// there is something else or the line is not whole.
// Requires: `at` has five bytes.
inline const char* ReadNumber(const char* at, const char* end, size_t* number) {
  const unsigned first = Digit(at[0]);
  if (at[1] == '\r') {
    *number = first;
    return first <= 9 ? at + 1 + kLineEndSize : nullptr;
  }
  if (first - 1 > 8) return nullptr;
  const unsigned second = Digit(at[1]);
  if (at[2] == '\r') {
    *number = first * 10 + second;
    return second <= 9 ? at + 2 + kLineEndSize : nullptr;
  }
  return ReadLongNumber(at, end, number);
}

// Whether `rest` is nothing, or a type character and digits: the beginning of a header line in
// which no fault can be seen yet.
inline bool IsCutHeader(std::string_view rest, char type) {
  if (rest.empty()) return true;
  return rest.front() == type &&
         std::all_of(rest.begin() + 1, rest.end(), [](char c) { return Digit(c) <= 9; });
}

}  // namespace larder::internal
