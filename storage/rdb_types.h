// The types of values in the RDB format: what they are called, and how one is passed over that
// Larder cannot keep.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/rdb_input.h"

namespace larder {

// What users call values of this type; empty if the format has no such type.
std::string_view RdbTypeName(uint8_t type);

// Passes over a value. False, with the input's error noted, if it is damaged.
// Requires: the type has a name.
[[nodiscard]] bool SkipRdbValue(RdbInput& input, uint8_t type);

// Passes over what a module has saved, up to its end mark.
[[nodiscard]] bool SkipModuleData(RdbInput& input);
// The name of the module's type that its number stands for.
std::string ModuleTypeName(uint64_t number);

}  // namespace larder
