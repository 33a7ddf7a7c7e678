// Who may use DEBUG.
#pragma once

#include "server/command.h"

namespace larder {

// Whether the setting enable-debug-command lets this client use DEBUG; if not, answers an error.
[[nodiscard]] bool DebugAllowed(CommandContext& c);

}  // namespace larder
