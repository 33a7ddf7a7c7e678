// Commands about the connection itself: who it is, which protocol it speaks, which database it
// uses.
#pragma once

#include "server/command.h"

namespace larder {

void AuthCommand(CommandContext& c);
void EchoCommand(CommandContext& c);
void HelloCommand(CommandContext& c);
void PingCommand(CommandContext& c);
void QuitCommand(CommandContext& c);
void ReadonlyCommand(CommandContext& c);
void ReadwriteCommand(CommandContext& c);
void ResetCommand(CommandContext& c);
void SelectCommand(CommandContext& c);

}  // namespace larder
