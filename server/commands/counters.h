// The commands that count with strings.
#pragma once

#include "server/command.h"

namespace larder {

void IncrCommand(CommandContext& c);
void DecrCommand(CommandContext& c);
void IncrbyCommand(CommandContext& c);
void DecrbyCommand(CommandContext& c);
void IncrbyfloatCommand(CommandContext& c);

}  // namespace larder
