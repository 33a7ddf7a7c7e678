// The HELP subcommands, whose text is computed from the command table.
#pragma once

#include "server/command.h"

namespace larder {

void ClientHelpCommand(CommandContext& c);
void CommandHelpCommand(CommandContext& c);
void ConfigHelpCommand(CommandContext& c);
void DebugHelpCommand(CommandContext& c);
void LarderStatsHelpCommand(CommandContext& c);
void LatencyHelpCommand(CommandContext& c);
void MemoryHelpCommand(CommandContext& c);
void ObjectHelpCommand(CommandContext& c);
void SlowlogHelpCommand(CommandContext& c);

}  // namespace larder
