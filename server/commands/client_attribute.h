// What clients say about themselves: names and versions that appear in CLIENT LIST.
#pragma once

#include <algorithm>
#include <mutex>
#include <string_view>

#include "server/client.h"

namespace larder {

// Whether the text can be a field of CLIENT LIST, which a space or a newline would break. Empty
// text can: it takes the name away.
inline bool IsClientAttribute(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '!' && c <= '~'; });
}

// Requires: IsClientAttribute(name).
inline void SetClientName(Client& client, std::string_view name) {
  const std::lock_guard lock(client.mutex);
  client.name = name;
}

}  // namespace larder
