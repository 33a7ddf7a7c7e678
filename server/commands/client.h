// CLIENT and its subcommands: what the server knows of its connections.
#pragma once

#include "server/command.h"

namespace larder {

void ClientGetnameCommand(CommandContext& c);
void ClientIdCommand(CommandContext& c);
void ClientInfoCommand(CommandContext& c);
void ClientListCommand(CommandContext& c);
void ClientSetinfoCommand(CommandContext& c);
void ClientSetnameCommand(CommandContext& c);

}  // namespace larder
