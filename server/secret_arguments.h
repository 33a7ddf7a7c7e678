// Which arguments of commands are passwords and the like, that no log and no MONITOR may show.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace larder {

struct CommandSpec;

// For the rows of the command table: whether args[i] is a secret.
bool AuthHides(std::span<const std::string_view> args, size_t i);
bool HelloHides(std::span<const std::string_view> args, size_t i);
bool ConfigSetHides(std::span<const std::string_view> args, size_t i);

// The argument as others may see it: itself, or "(redacted)".
std::string_view ShownArgument(const CommandSpec& spec, std::span<const std::string_view> args,
                               size_t i);

}  // namespace larder
