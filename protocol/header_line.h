// Header lines of requests, "*3" and "$11" with CR LF, and bulk strings, read the fast way.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace larder::internal {

inline constexpr size_t kLineEndSize = 2;

// The shortest bulk string, "$0\r\n\r\n", and the shortest array that has one.
inline constexpr size_t kMinBulk = 6;
inline constexpr size_t kMinArray = 10;

inline size_t Distance(const char* from, const char* to) {
  return static_cast<size_t>(to - from);
}

inline unsigned Digit(char c) {
  return static_cast<unsigned char>(c - '0');
}

// Reads a number of more than three digits and its CR LF; see ReadNumber().
[[gnu::noinline]] inline const char* ReadLongNumber(const char* at, const char* end,
                                                    size_t* number) {
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
// Requires: `at` has kMinBulk - 1 bytes.
[[gnu::always_inline]] inline const char* ReadNumber(const char* at, const char* end,
                                                     size_t* number) {
  const unsigned first = Digit(at[0]);
  if (at[1] == '\r') {
    *number = first;
    return first <= 9 ? at + 1 + kLineEndSize : nullptr;
  }
  const unsigned second = Digit(at[1]);
  if (first - 1 > 8 || second > 9) return nullptr;
  if (at[2] == '\r') {
    *number = first * 10 + second;
    return at + 2 + kLineEndSize;
  }
  const unsigned third = Digit(at[2]);
  if (third <= 9 && at[3] == '\r') {
    *number = first * 100 + second * 10 + third;
    return at + 3 + kLineEndSize;
  }
  return ReadLongNumber(at, end, number);
}

// Reads up to `count` bulk strings that are whole and not longer than `max_size`, passes each to
// `take(data, size)`, and moves `*at` behind them. Stops at the first that is anything else.
// Returns how many there were.
template <typename Take>
inline size_t ReadBulks(const char** at, const char* end, size_t count, size_t max_size,
                        const Take& take) {
  const char* here = *at;
  size_t done = 0;
  for (; done < count; ++done) {
    if (Distance(here, end) < kMinBulk || *here != '$') break;
    size_t size = 0;
    const char* const body = ReadNumber(here + 1, end, &size);
    if (body == nullptr || size > max_size || size + kLineEndSize > Distance(body, end)) break;
    take(body, size);
    here = body + size + kLineEndSize;
  }
  *at = here;
  return done;
}

// Reads a bulk string of `kSize` bytes like ReadBulks(). That the size is known beforehand lets the
// processor go on before it has read the length.
template <size_t kSize, typename Take>
inline bool ReadBulkOfSize(const char** at, const char* end, const Take& take) {
  constexpr char kHeader[] = {'$', '0' + kSize, '\r', '\n'};
  constexpr size_t kWhole = sizeof(kHeader) + kSize + kLineEndSize;
  if (Distance(*at, end) < kWhole || std::memcmp(*at, kHeader, sizeof(kHeader)) != 0) return false;
  take(*at + sizeof(kHeader), kSize);
  *at += kWhole;
  return true;
}

// Whether `rest` is nothing, or a type character and digits: the beginning of a header line in
// which no fault can be seen yet.
inline bool IsCutHeader(std::string_view rest, char type) {
  if (rest.empty()) return true;
  return rest.front() == type &&
         std::all_of(rest.begin() + 1, rest.end(), [](char c) { return Digit(c) <= 9; });
}

}  // namespace larder::internal
