// Applies the setting enable-debug-command.
#include "server/commands/debug_allowed.h"

#include "server/commands/errors.h"
#include "server/server_state.h"
#include "server/session.h"

namespace larder {
namespace {

// Whether the client is on this machine, by its address as the listener writes it.
bool IsLocal(const Client& client) {
  return client.peer.starts_with('/') || client.peer.starts_with("127.") ||
         client.peer.starts_with("[::1]:");
}

}  // namespace

bool DebugAllowed(CommandContext& c) {
  const ProtectedAction setting = c.server.settings.Current()->enable_debug_command;
  if (setting == ProtectedAction::kAllowed) return true;
  if (setting == ProtectedAction::kLocal && IsLocal(c.session.client())) return true;
  c.reply.Error(errors::kDebugNotAllowed);
  return false;
}

}  // namespace larder
