// DEBUG: for tests of servers and of clients.
#pragma once

#include <memory>

#include "server/command.h"

namespace larder {

void DebugDigestValueCommand(CommandContext& c);
void DebugErrorCommand(CommandContext& c);
void DebugObjectCommand(CommandContext& c);
void DebugProtocolCommand(CommandContext& c);
void DebugSetActiveExpireCommand(CommandContext& c);
void DebugSleepCommand(CommandContext& c);
void DebugStringmatchLenCommand(CommandContext& c);

std::unique_ptr<SlicedTask> DebugDigestTask(CommandContext& c);
std::unique_ptr<SlicedTask> DebugPopulateTask(CommandContext& c);
std::unique_ptr<SlicedTask> DebugReloadTask(CommandContext& c);

}  // namespace larder
