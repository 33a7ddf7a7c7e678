// Commands about the process: its clock and its end.
#pragma once

#include "server/command.h"

namespace larder {

void ShutdownCommand(CommandContext& c);
void TimeCommand(CommandContext& c);

}  // namespace larder
