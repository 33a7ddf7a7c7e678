// The commands on strings as rows of bits.
#pragma once

#include "server/command.h"

namespace larder {

void SetbitCommand(CommandContext& c);
size_t SetbitGrowth(const CommandContext& c);
void GetbitCommand(CommandContext& c);
void BitcountCommand(CommandContext& c);
void BitposCommand(CommandContext& c);
void BitopCommand(CommandContext& c);
size_t BitopGrowth(const CommandContext& c);

void BitfieldCommand(CommandContext& c);
size_t BitfieldGrowth(const CommandContext& c);
void BitfieldRoCommand(CommandContext& c);

}  // namespace larder
