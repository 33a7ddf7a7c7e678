// The commands that set, clear and tell the deadlines of keys.
#pragma once

#include "server/command.h"

namespace larder {

void ExpireCommand(CommandContext& c);
void PexpireCommand(CommandContext& c);
void ExpireatCommand(CommandContext& c);
void PexpireatCommand(CommandContext& c);

void TtlCommand(CommandContext& c);
void PttlCommand(CommandContext& c);
void ExpiretimeCommand(CommandContext& c);
void PexpiretimeCommand(CommandContext& c);

void PersistCommand(CommandContext& c);

}  // namespace larder
