// Bit offsets as SETBIT, GETBIT and BITFIELD take them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/number.h"
#include "server/command.h"
#include "server/commands/string_value.h"

namespace larder {

// The offset that `text` gives; nothing if it is no number, negative, or beyond the longest string.
inline std::optional<uint64_t> ParseBitOffset(const CommandContext& c, std::string_view text) {
  int64_t offset;
  if (!ParseInteger(text, &offset) || offset < 0) return std::nullopt;
  if (!MayHaveSize(c, static_cast<uint64_t>(offset) / 8 + 1)) return std::nullopt;
  return static_cast<uint64_t>(offset);
}

}  // namespace larder
