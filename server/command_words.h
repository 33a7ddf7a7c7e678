// What the bits and numbers of the command table are called on the wire.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "server/command_table.h"

namespace larder {

// A bit of a set, and its word.
struct FlagWord {
  uint32_t flag;
  std::string_view word;
};

// The words of each set, in the order in which they are listed. Flags without a word are not shown.
std::span<const FlagWord> CommandFlagWords();
std::span<const FlagWord> AclCategoryWords();
std::span<const FlagWord> KeyUseWords();
std::span<const FlagWord> ArgumentFlagWords();

std::string_view WordOf(CommandGroup group);
std::string_view WordOf(ArgumentType type);

}  // namespace larder
