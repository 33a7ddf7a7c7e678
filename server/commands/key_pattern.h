// The pattern of KEYS and SCAN MATCH, told apart by how much work it takes to match.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/glob_pattern.h"

namespace larder {

// Thread safety: none; refers to the bytes of the pattern, which must outlive it.
class KeyPattern {
 public:
  // Matches everything.
  KeyPattern() = default;
  explicit KeyPattern(std::string_view pattern) : bytes_(pattern) {
    if (GlobPrefix(pattern, &bytes_)) {
      kind_ = Kind::kPrefix;
    } else if (pattern.find_first_of("*?[\\") == std::string_view::npos) {
      kind_ = Kind::kLiteral;
    } else {
      kind_ = Kind::kGlob;
    }
  }

  bool Matches(std::string_view key) const {
    switch (kind_) {
      case Kind::kPrefix:
        return key.starts_with(bytes_);
      case Kind::kLiteral:
        return key == bytes_;
      case Kind::kGlob:
        return GlobMatch(bytes_, key);
    }
    return false;
  }

  // Whether one key alone matches, which is bytes().
  bool is_literal() const { return kind_ == Kind::kLiteral; }
  std::string_view bytes() const { return bytes_; }

 private:
  enum class Kind : uint8_t { kPrefix, kLiteral, kGlob };

  Kind kind_ = Kind::kPrefix;
  std::string_view bytes_;  // the prefix, the key, or the pattern
};

}  // namespace larder
