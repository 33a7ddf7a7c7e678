// DUMP and RESTORE: values as bytes that Redis reads and writes as well.
#pragma once

#include <cstddef>

#include "server/command.h"

namespace larder {

void DumpCommand(CommandContext& c);
void RestoreCommand(CommandContext& c);
// Bytes by which a value is longer than the payload that RESTORE is given.
size_t RestoreGrowth(const CommandContext& c);

}  // namespace larder
