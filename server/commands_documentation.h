// docs/commands.md, computed from the table of commands.
#pragma once

#include <string>

namespace larder {

std::string CommandsDocumentation();

}  // namespace larder
