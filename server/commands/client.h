// CLIENT and its subcommands, and MONITOR: what the server knows of its connections, and does to
// them.
#pragma once

#include "server/command.h"

namespace larder {

void ClientGetnameCommand(CommandContext& c);
void ClientCachingCommand(CommandContext& c);
void ClientGetredirCommand(CommandContext& c);
void ClientIdCommand(CommandContext& c);
void ClientInfoCommand(CommandContext& c);
void ClientKillCommand(CommandContext& c);
void ClientListCommand(CommandContext& c);
void ClientNoEvictCommand(CommandContext& c);
void ClientNoTouchCommand(CommandContext& c);
void ClientPauseCommand(CommandContext& c);
void ClientReplyCommand(CommandContext& c);
void ClientSetinfoCommand(CommandContext& c);
void ClientSetnameCommand(CommandContext& c);
void ClientTrackingCommand(CommandContext& c);
void ClientTrackinginfoCommand(CommandContext& c);
void ClientUnblockCommand(CommandContext& c);
void ClientUnpauseCommand(CommandContext& c);
void MonitorCommand(CommandContext& c);

}  // namespace larder
