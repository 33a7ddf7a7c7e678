// Tests of what is taken for the prefix of a key.
#include "storage/key_prefix.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace larder {

TEST_CASE("The prefix of a key ends with a delimiter") {
  struct Case {
    std::string_view sets;
    size_t depth;
    std::string key;
    std::string prefix;
  };
  constexpr std::string_view kUsual = ":/ _-.";
  const std::string long_word(PrefixRule::kMostBytes - 1, 'a');
  const std::vector<Case> cases = {
      {kUsual, 1, "user:1234:name", "user:"},
      {kUsual, 2, "user:1234:name", "user:1234:"},
      {kUsual, 3, "user:1234:name", "user:1234:"},
      // Flask-Caching's pages, memoized functions and versions of these.
      {kUsual, 1, "flask_cache_view//products/7", "flask_cache_view//"},
      {kUsual, 2, "flask_cache_view//products/7", "flask_cache_view//products/"},
      {kUsual, 1, "flask_cache_Zk3jd9aB12dkslAbc12345", "flask_"},
      {kUsual, 2, "flask_cache_Zk3jd9aB12dkslAbc12345", "flask_cache_"},
      {kUsual, 1, "flask_cache_app.slow_memver", "flask_"},
      // A set is tried only where those before it have found nothing.
      {kUsual, 1, "a_b/c", "a_b/"},
      {"_ :/", 1, "a_b/c", "a_"},
      {"_ :/", 1, "ab/c", "ab/"},
      {"/_", 1, "a_b/c", "a_"},
      // What a key begins with is no delimiter.
      {kUsual, 1, ":1:counter", ":1:"},
      {kUsual, 1, "::", ""},
      {kUsual, 1, "/", ""},
      {kUsual, 1, "_kombu.binding", "_kombu."},
      {kUsual, 1, "a:", "a:"},
      {kUsual, 1, "counter", ""},
      {kUsual, 1, "", ""},
      {"", 1, "user:1", ""},
      {"  ", 1, "user:1", ""},
      {std::string_view("\0", 1), 1, std::string("a\0b", 3), std::string("a\0", 2)},
      {"\xff", 1, "a\xff\xff\x80", "a\xff\xff"},
      // Only the beginning of a long key is looked at.
      {":", 1, long_word + ":rest", long_word + ":"},
      {":", 1, long_word + "::rest", long_word + ":"},
      {":", 1, long_word + "a:rest", ""},
      {"1 2 3 4 5 6 7 8 9", 1, "a8b9", "a8"},
      {"1 2 3 4 5 6 7 8 9", 1, "a9", ""},
  };
  for (const Case& row : cases) {
    CAPTURE(row.sets);
    CAPTURE(row.depth);
    CAPTURE(row.key);
    CHECK(PrefixRule(row.sets, row.depth).PrefixOf(row.key) == row.prefix);
  }
}

TEST_CASE("Rules of the same sets and depth are equal") {
  CHECK(PrefixRule(":/ _", 1) == PrefixRule("/:  _ ", 1));
  CHECK_FALSE(PrefixRule(":", 1) == PrefixRule(":", 2));
  CHECK_FALSE(PrefixRule(":", 1) == PrefixRule("/", 1));
  CHECK_FALSE(PrefixRule(": /", 1) == PrefixRule(":/", 1));
}

}  // namespace larder
