// DEL, UNLINK, EXISTS and TOUCH of very many keys, carried out in slices.
#pragma once

#include <memory>

#include "server/command.h"

namespace larder {

std::unique_ptr<SlicedTask> DelTask(CommandContext& c);
std::unique_ptr<SlicedTask> UnlinkTask(CommandContext& c);
std::unique_ptr<SlicedTask> ExistsTask(CommandContext& c);
std::unique_ptr<SlicedTask> TouchTask(CommandContext& c);

}  // namespace larder
