// Matching of glob-style patterns with one saved position to go back to.
#include "protocol/glob_pattern.h"

#include <algorithm>
#include <cstddef>

namespace larder {
namespace {

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool SameByte(char a, char b, bool ignore_case) {
  return a == b || (ignore_case && Lower(a) == Lower(b));
}

// Bytes are compared as signed, as Redis does on x86, which matters for ranges beyond ASCII.
bool InRange(char first, char last, char c, bool ignore_case) {
  auto low = static_cast<signed char>(std::min<signed char>(first, last));
  auto high = static_cast<signed char>(std::max<signed char>(first, last));
  if (ignore_case) {
    low = Lower(low);
    high = Lower(high);
    c = Lower(c);
  }
  return static_cast<signed char>(c) >= low && static_cast<signed char>(c) <= high;
}

// Matches `c` with the class whose first byte behind the bracket is at `*at`, and moves `*at`
// behind the class.
bool MatchClass(std::string_view pattern, size_t* at, char c, bool ignore_case) {
  size_t i = *at;
  const bool negated = i < pattern.size() && pattern[i] == '^';
  if (negated) ++i;
  bool found = false;
  for (; i < pattern.size() && pattern[i] != ']'; ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      ++i;
      found |= pattern[i] == c;
    } else if (i + 2 < pattern.size() && pattern[i + 1] == '-') {
      found |= InRange(pattern[i], pattern[i + 2], c, ignore_case);
      i += 2;
    } else {
      found |= SameByte(pattern[i], c, ignore_case);
    }
  }
  *at = i < pattern.size() ? i + 1 : i;
  return found != negated;
}

// Matches `c` with the one element of the pattern at `*at`, which is no star, and moves `*at`
// behind it.
bool MatchElement(std::string_view pattern, size_t* at, char c, bool ignore_case) {
  switch (pattern[*at]) {
    case '?':
      ++*at;
      return true;
    case '[':
      ++*at;
      return MatchClass(pattern, at, c, ignore_case);
    case '\\':
      if (*at + 1 < pattern.size()) ++*at;
      break;
    default:
      break;
  }
  return SameByte(pattern[(*at)++], c, ignore_case);
}

bool IsLiteral(char c) {
  return c != '*' && c != '?' && c != '[' && c != '\\';
}

// The first place at or behind `from` where the pattern behind a star, which begins with `element`,
// can match at all.
size_t NextCandidate(std::string_view text, size_t from, char element, bool ignore_case) {
  if (ignore_case || !IsLiteral(element)) return from;
  return std::min(text.find(element, from), text.size());
}

}  // namespace

bool GlobMatch(std::string_view pattern, std::string_view text, bool ignore_case) {
  constexpr size_t kNone = std::string_view::npos;
  size_t at = 0;
  size_t here = 0;
  // Behind the last star, and where in the text the rest of the pattern was tried last. An earlier
  // star need not be tried again: where the rest fails everywhere, it fails for a longer match,
  // too.
  size_t star = kNone;
  size_t tried = 0;
  while (here < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      at = pattern.find_first_not_of('*', at);
      if (at == kNone) return true;
      star = at;
      here = tried = NextCandidate(text, here, pattern[star], ignore_case);
      continue;
    }
    if (at < pattern.size() && MatchElement(pattern, &at, text[here], ignore_case)) {
      ++here;
      continue;
    }
    if (star == kNone) return false;
    at = star;
    here = tried = NextCandidate(text, tried + 1, pattern[star], ignore_case);
  }
  return pattern.find_first_not_of('*', at) == kNone;
}

bool GlobPrefix(std::string_view pattern, std::string_view* literal_prefix) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return false;
  if (pattern.find_first_not_of('*', star) != std::string_view::npos) return false;
  const std::string_view prefix = pattern.substr(0, star);
  if (!std::all_of(prefix.begin(), prefix.end(), IsLiteral)) return false;
  *literal_prefix = prefix;
  return true;
}

}  // namespace larder
