// LOLWUT: a picture, and the version.
#pragma once

#include "server/command.h"

namespace larder {

void LolwutCommand(CommandContext& c);

}  // namespace larder
