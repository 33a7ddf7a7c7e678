// The subcommands of OBJECT.
#pragma once

#include "server/command.h"

namespace larder {

void ObjectEncodingCommand(CommandContext& c);
void ObjectFreqCommand(CommandContext& c);
void ObjectIdletimeCommand(CommandContext& c);
void ObjectRefcountCommand(CommandContext& c);

}  // namespace larder
