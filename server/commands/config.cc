// The subcommands of CONFIG.
#include "server/commands/config.h"

#include <optional>
#include <string>
#include <vector>

#include "server/commands/errors.h"
#include "server/server_state.h"
#include "server/session.h"

namespace larder {

void ConfigGetCommand(CommandContext& c) {
  const auto settings = c.server.settings.Get(c.args.subspan(2));
  c.reply.Map(settings.size());
  for (const auto& [name, value] : settings) {
    c.reply.Bulk(name);
    c.reply.Bulk(value);
  }
}

void ConfigSetCommand(CommandContext& c) {
  if (c.args.size() % 2 != 0) return c.reply.Error(errors::kSyntax);
  std::vector<SettingsStore::NameAndValue> changes;
  for (size_t i = 2; i < c.args.size(); i += 2)
    changes.emplace_back(c.args[i], c.args[i + 1]);
  const std::optional<std::string> error = c.server.settings.Set(changes);
  c.session.RefreshSettings();  // what this client sends next finds them in force
  error ? c.reply.Error(*error) : c.reply.Ok();
}

void ConfigRewriteCommand(CommandContext& c) {
  const std::optional<std::string> error = c.server.settings.Rewrite();
  error ? c.reply.Error(*error) : c.reply.Ok();
}

void ConfigResetstatCommand(CommandContext& c) {
  c.server.statistics.Reset();
  c.keyspace.ResetCounters(c.now_ms);
  c.server.memory.ResetExceeded();
  c.reply.Ok();
}

}  // namespace larder
