// SLOWLOG: the calls that took long.
#pragma once

#include "server/command.h"

namespace larder {

void SlowlogGetCommand(CommandContext& c);
void SlowlogLenCommand(CommandContext& c);
void SlowlogResetCommand(CommandContext& c);

}  // namespace larder
