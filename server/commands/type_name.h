// The names of the types of values, as TYPE answers them and SCAN takes them.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "server/commands/option_word.h"
#include "storage/entry.h"

namespace larder {

// In the order of ValueType.
inline constexpr std::array<std::string_view, 6> kTypeNames = {"string", "list", "set",
                                                               "zset",   "hash", "stream"};
static_assert(static_cast<size_t>(ValueType::kStream) == kTypeNames.size() - 1);

inline std::string_view TypeName(ValueType type) {
  return kTypeNames[static_cast<size_t>(type)];
}

// The type of that name, in any case.
inline std::optional<ValueType> FindType(std::string_view name) {
  for (size_t i = 0; i < kTypeNames.size(); ++i) {
    if (IsWord(name, kTypeNames[i])) return static_cast<ValueType>(i);
  }
  return std::nullopt;
}

}  // namespace larder
