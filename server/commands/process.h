// Commands about the process: its clock and its end.
#pragma once

#include <memory>

#include "server/command.h"

namespace larder {

std::unique_ptr<SlicedTask> ShutdownTask(CommandContext& c);
void TimeCommand(CommandContext& c);

}  // namespace larder
