// Reading the number of a database from an argument.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "server/command.h"

namespace larder {

// Reads a 32-bit integer, which may not be the number of any database. On anything else it answers
// `not_a_number`, if that is not empty, or Redis's general errors, and returns nothing.
std::optional<int> ReadDatabaseNumber(CommandContext& c, std::string_view text,
                                      std::string_view not_a_number = {});

// Whether there is such a database; answers an error if not.
bool CheckDatabaseNumber(CommandContext& c, int number);

}  // namespace larder
