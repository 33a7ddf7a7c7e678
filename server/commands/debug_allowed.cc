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

bool MayDebug(const Settings& settings, const Client& client) {
  const ProtectedAction setting = settings.enable_debug_command;
  return setting == ProtectedAction::kAllowed ||
         (setting == ProtectedAction::kLocal && IsLocal(client));
}

bool DebugAllowed(CommandContext& c) {
  if (MayDebug(*c.server.settings.Current(), c.session.client())) return true;
  c.reply.Error(errors::kDebugNotAllowed);
  return false;
}

}  // namespace larder
