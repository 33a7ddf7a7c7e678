// The commands on strings, but for counters.
#pragma once

#include "server/command.h"

namespace larder {

void GetCommand(CommandContext& c);
void SetCommand(CommandContext& c);
void SetnxCommand(CommandContext& c);
void SetexCommand(CommandContext& c);
void PsetexCommand(CommandContext& c);
void GetsetCommand(CommandContext& c);
void GetdelCommand(CommandContext& c);
void GetexCommand(CommandContext& c);
void DelifeqCommand(CommandContext& c);

void MgetCommand(CommandContext& c);
void MsetCommand(CommandContext& c);
void MsetnxCommand(CommandContext& c);

void AppendCommand(CommandContext& c);
void StrlenCommand(CommandContext& c);
void GetrangeCommand(CommandContext& c);
void SubstrCommand(CommandContext& c);
void SetrangeCommand(CommandContext& c);
size_t SetrangeGrowth(const CommandContext& c);

void LcsCommand(CommandContext& c);

}  // namespace larder
