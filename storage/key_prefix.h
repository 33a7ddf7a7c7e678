// Which part of a key says what kind of key it is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace larder {

// A prefix ends with a delimiter: with the first one, or at a greater depth with a later one, or
// with the last one there is. Delimiters side by side count as one, and what a key begins with is
// no delimiter. There may be several sets of delimiters: each is for keys that have none of the
// sets before it. With ":/" and then "_-.":
//
//   user:1234:name               user:
//   flask_cache_view//products   flask_cache_view//    (at depth 2 the same, there being no third)
//   flask_cache_Zk3jd9aB12dk     flask_
//   :1:counter                   :1:
//   counter                      none: an empty prefix
//
// Thread safety: a value.
class PrefixRule {
 public:
  // No prefix is longer: a delimiter behind so many bytes is not looked for.
  static constexpr size_t kMostBytes = 64;
  static constexpr size_t kMostSets = 8;

  // `sets` are separated by spaces; those beyond the eighth do not count. Requires: depth > 0.
  PrefixRule(std::string_view sets, size_t depth);

  std::string_view PrefixOf(std::string_view key) const;

  bool operator==(const PrefixRule&) const = default;

 private:
  size_t EndOf(std::string_view text, uint8_t set) const;

  // Constant after construction.
  std::array<uint8_t, 256> set_of_{};  // by character; 0: none
  uint8_t sets_ = 0;
  size_t depth_;
};

}  // namespace larder
