// Commands on keys of any type: deleting, asking, renaming, copying and moving them.
#pragma once

#include "server/command.h"

namespace larder {

void DelCommand(CommandContext& c);
void UnlinkCommand(CommandContext& c);
void ExistsCommand(CommandContext& c);
void TouchCommand(CommandContext& c);
void TypeCommand(CommandContext& c);
void RenameCommand(CommandContext& c);
void RenamenxCommand(CommandContext& c);
void CopyCommand(CommandContext& c);
void MoveCommand(CommandContext& c);
void RandomkeyCommand(CommandContext& c);

}  // namespace larder
