// INFO: figures about the server, for people and for those who watch it.
#pragma once

#include <memory>

#include "server/command.h"

namespace larder {

// The task of INFO. It visits one shard after the other, so that nobody has to wait while the
// figures are put together; they are those of each shard at a slightly different moment.
std::unique_ptr<SlicedTask> InfoTask(CommandContext& c);

}  // namespace larder
