// Commands that walk through the keys of a database: KEYS and SCAN.
#pragma once

#include <memory>

#include "server/command.h"

namespace larder {

std::unique_ptr<SlicedTask> KeysTask(CommandContext& c);
std::unique_ptr<SlicedTask> ScanTask(CommandContext& c);

}  // namespace larder
