// Finds the delimiters of keys.
#include "storage/key_prefix.h"

#include <algorithm>

namespace larder {

PrefixRule::PrefixRule(std::string_view sets, size_t depth) : depth_(depth) {
  bool in_set = false;
  for (const char c : sets) {
    if (c == ' ') {
      in_set = false;
      continue;
    }
    if (!in_set && sets_ == kMostSets) return;
    sets_ += !in_set;
    in_set = true;
    uint8_t& set = set_of_[static_cast<unsigned char>(c)];
    if (set == 0) set = sets_;
  }
}

std::string_view PrefixRule::PrefixOf(std::string_view key) const {
  const std::string_view text = key.substr(0, kMostBytes);
  for (uint8_t set = 1; set <= sets_; ++set) {
    const size_t end = EndOf(text, set);
    if (end != 0) return text.substr(0, end);
  }
  return {};
}

// Behind the last run of the set's delimiters that belongs to the prefix; 0 if there is none.
size_t PrefixRule::EndOf(std::string_view text, uint8_t set) const {
  const auto is_delimiter = [&](char c) { return set_of_[static_cast<unsigned char>(c)] == set; };
  auto at = std::find_if_not(text.begin(), text.end(), is_delimiter);
  size_t end = 0;
  for (size_t run = 0; run < depth_; ++run) {
    at = std::find_if(at, text.end(), is_delimiter);
    if (at == text.end()) break;
    at = std::find_if_not(at, text.end(), is_delimiter);
    end = static_cast<size_t>(at - text.begin());
  }
  return end;
}

}  // namespace larder
