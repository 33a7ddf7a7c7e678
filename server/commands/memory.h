// MEMORY: what takes how much, and giving free memory back.
#pragma once

#include <memory>

#include "server/command.h"

namespace larder {

void MemoryUsageCommand(CommandContext& c);
std::unique_ptr<SlicedTask> MemoryDoctorTask(CommandContext& c);
std::unique_ptr<SlicedTask> MemoryMallocStatsTask(CommandContext& c);
std::unique_ptr<SlicedTask> MemoryPurgeTask(CommandContext& c);
std::unique_ptr<SlicedTask> MemoryStatsTask(CommandContext& c);

}  // namespace larder
