// CONFIG and its subcommands: settings while the server runs.
#pragma once

#include "server/command.h"

namespace larder {

void ConfigGetCommand(CommandContext& c);
void ConfigResetstatCommand(CommandContext& c);
void ConfigRewriteCommand(CommandContext& c);
void ConfigSetCommand(CommandContext& c);

}  // namespace larder
