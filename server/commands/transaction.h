// Transactions: thin handlers, since queueing is the dispatcher's and the queue is the session's.
#pragma once

#include "server/command.h"

namespace larder {

void DiscardCommand(CommandContext& c);
void ExecCommand(CommandContext& c);
void MultiCommand(CommandContext& c);
void UnwatchCommand(CommandContext& c);
void WatchCommand(CommandContext& c);

}  // namespace larder
