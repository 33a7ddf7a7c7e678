// Who may use DEBUG.
#pragma once

#include "server/client.h"
#include "server/command.h"
#include "server/settings.h"

namespace larder {

// Whether the setting enable-debug-command lets the client use DEBUG.
[[nodiscard]] bool MayDebug(const Settings& settings, const Client& client);
// The same for the client of a call; if not, answers an error.
[[nodiscard]] bool DebugAllowed(CommandContext& c);

}  // namespace larder
