// COMMAND and its subcommands: what the command table says of itself.
#pragma once

#include "server/command.h"

namespace larder {

void CommandCommand(CommandContext& c);
void CommandCountCommand(CommandContext& c);
void CommandDocsCommand(CommandContext& c);
void CommandGetkeysCommand(CommandContext& c);
void CommandGetkeysandflagsCommand(CommandContext& c);
void CommandInfoCommand(CommandContext& c);
void CommandListCommand(CommandContext& c);

}  // namespace larder
