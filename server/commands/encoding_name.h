// The words for how a value is stored.
#pragma once

#include <string_view>

#include "storage/entry.h"

namespace larder {

// As OBJECT ENCODING has it.
inline std::string_view EncodingName(const Entry& entry) {
  constexpr size_t kMostEmbedded =
      44;  // Redis keeps strings of up to this size beside their header
  if (entry.encoding() == Encoding::kInteger) return "int";
  return entry.StringSize() <= kMostEmbedded ? "embstr" : "raw";
}

}  // namespace larder
