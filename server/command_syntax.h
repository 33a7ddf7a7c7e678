// How a command is written, for people: computed from its row's arguments.
#pragma once

#include <string>

#include "server/command_table.h"

namespace larder {

// The arguments alone: "key value [NX | XX] [GET] [EX seconds | …]"; empty if there are none.
std::string ArgumentSyntax(const CommandSpec& spec);

// The name in capitals, with a space between a container and its subcommand: "CONFIG GET".
std::string SpelledName(const CommandSpec& spec);

}  // namespace larder
