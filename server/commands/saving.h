// Commands that write the data to a file.
#pragma once

#include <memory>

#include "server/command.h"

namespace larder {

void BgsaveCommand(CommandContext& c);
void LastsaveCommand(CommandContext& c);
std::unique_ptr<SlicedTask> SaveTask(CommandContext& c);

}  // namespace larder
