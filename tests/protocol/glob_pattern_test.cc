// Patterns and what they match, with the corners of Redis's rules.
#include "protocol/glob_pattern.h"

#include <doctest/doctest.h>

#include <string>

using larder::GlobMatch;
using larder::GlobPrefix;

TEST_CASE("Patterns match as in Redis") {
  using namespace std::string_view_literals;
  struct Case {
    std::string_view pattern;
    std::string_view text;
    bool matches;
  };
  const Case cases[] = {
      {"", "", true},
      {"", "a", false},
      {"a", "", false},
      {"*", "", true},
      {"**", "", true},
      {"*", "anything", true},
      {"abc", "abc", true},
      {"abc", "abcd", false},
      {"abcd", "abc", false},
      {"ABC", "abc", false},
      {"a?c", "abc", true},
      {"a?c", "ac", false},
      {"?", "", false},
      {"a*", "a", true},
      {"a*", "abc", true},
      {"a*", "ba", false},
      {"*c", "abc", true},
      {"*c", "abcd", false},
      {"a*c", "ac", true},
      {"a*c", "abcbc", true},
      {"a**c", "abc", true},
      {"*a*b*", "xxaxxbxx", true},
      {"*a*b*", "xxbxxaxx", false},
      {"*abc*", "ababcab", true},
      {"*ab", "aab", true},
      {"*ab", "aaaab", true},
      {"*[a]b", "aab", true},
      {"*?", "", false},
      {"*?", "a", true},
      {"?*?", "a", false},
      {"?*?", "ab", true},
      {"h[ae]llo", "hello", true},
      {"h[ae]llo", "hillo", false},
      {"h[^e]llo", "hallo", true},
      {"h[^e]llo", "hello", false},
      {"[a-c]", "b", true},
      {"[c-a]", "b", true},
      {"[a-c]", "d", false},
      {"[^a-c]", "d", true},
      {"[a-]", "^", true},  // the bracket ends a range here, and the class is not closed
      {"[a-]", "-", false},
      {"[a-]]", "]", true},
      {"[-a]", "-", true},
      {"[]", "]", false},
      {"[]]", "]", false},  // an empty class, which nothing matches
      {"[^]", "x", true},
      {"[^]]", "x]", true},
      {"[\\]]", "]", true},
      {"[\\\\]", "\\", true},
      {"[a\\-c]", "b", false},
      {"[a\\-c]", "-", true},
      {"[abc", "a", true},  // not closed: ends with the pattern
      {"[abc", "d", false},
      {"[^abc", "d", true},
      {"[", "[", false},
      {"[^", "x", true},
      {"[a-", "-", true},
      {"[\\", "\\", true},
      {"a\\*b", "a*b", true},
      {"a\\*b", "axb", false},
      {"\\a", "a", true},
      {"\\", "\\", true},
      {"a\\", "a\\", true},
      {"a\\", "a", false},
      {"*\\", "ab\\", true},
      {"*[ab]", "xxb", true},
      {"a*[0-9]?", "a12", true},
      {"\xff*", "\xff\x01", true},
      {"[\x80-\xff]", "\xc3", true},
      {"a\0*"sv, "a\0b"sv, true},
      {"a\0*"sv, "ab"sv, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.pattern);
    CAPTURE(c.text);
    CHECK(GlobMatch(c.pattern, c.text) == c.matches);
  }
}

TEST_CASE("Case is ignored on request") {
  CHECK(GlobMatch("MaxMemory*", "maxmemory-policy", true));
  CHECK(GlobMatch("maxmemory*", "MAXMEMORY", true));
  CHECK(GlobMatch("*POLICY", "maxmemory-policy", true));
  CHECK(GlobMatch("[A-C]x", "bX", true));
  CHECK(GlobMatch("[ABC]", "b", true));
  CHECK_FALSE(GlobMatch("[a-c]", "D", true));
  CHECK_FALSE(GlobMatch("[A-C]", "b", false));
}

TEST_CASE("Many stars do not blow up") {
  std::string pattern;
  for (int i = 0; i < 5000; ++i)
    pattern += "a*";
  const std::string text(20000, 'a');
  CHECK(GlobMatch(pattern, text));
  CHECK_FALSE(GlobMatch(pattern + "b", text));
  CHECK(GlobMatch(pattern + "b", text + "b"));
  CHECK_FALSE(GlobMatch("*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*[b]", text));
  CHECK_FALSE(GlobMatch(std::string(100000, '*') + "b", text));
}

TEST_CASE("A prefix pattern is recognized") {
  std::string_view prefix;
  REQUIRE(GlobPrefix("flask_cache_*", &prefix));
  CHECK(prefix == "flask_cache_");
  REQUIRE(GlobPrefix("x**", &prefix));
  CHECK(prefix == "x");
  REQUIRE(GlobPrefix("*", &prefix));
  CHECK(prefix == "");
  for (const std::string_view other :
       {"", "abc", "a*b", "*a", "a?*", "[a]*", "a\\*", "a\\b*", "a*b*"}) {
    CAPTURE(other);
    CHECK_FALSE(GlobPrefix(other, &prefix));
  }
}
