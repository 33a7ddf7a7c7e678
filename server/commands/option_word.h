// How the words of options are recognised among a command's arguments: in either case.
#pragma once

#include <cstddef>
#include <string_view>

namespace larder {

// Whether `argument` is the word `lower`, in any mix of upper and lower case.
// Requires: `lower` has no upper-case letter.
inline bool IsWord(std::string_view argument, std::string_view lower) {
  if (argument.size() != lower.size()) return false;
  for (size_t i = 0; i < lower.size(); ++i) {
    const char c = argument[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != lower[i]) return false;
  }
  return true;
}

}  // namespace larder
