// Commands on whole databases: their size, swapping and emptying them.
#pragma once

#include "server/command.h"

namespace larder {

void DbsizeCommand(CommandContext& c);
void SwapdbCommand(CommandContext& c);
void FlushdbCommand(CommandContext& c);
void FlushallCommand(CommandContext& c);

}  // namespace larder
