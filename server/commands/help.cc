// Lists the subcommands of a container with what they do.
#include "server/commands/help.h"

#include <string>
#include <string_view>

#include "server/command_syntax.h"
#include "server/command_table.h"
#include "server/commands/debug_allowed.h"

namespace larder {
namespace {

void ReplySubcommands(CommandContext& c) {
  const CommandSpec& container = *FindCommand(c.spec.name.substr(0, c.spec.name.find('|')));
  const size_t array = c.reply.BeginArray();
  c.reply.SimpleString(SpelledName(container) +
                       " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  size_t lines = 1;
  if (container.handler != nullptr) {
    c.reply.SimpleString("(no subcommand)");
    c.reply.SimpleString("    " + std::string(container.summary));
    lines += 2;
  }
  for (const CommandSpec& subcommand : SubcommandsOf(container)) {
    const size_t name_at = container.name.size() + 1;
    const std::string arguments = ArgumentSyntax(subcommand);
    c.reply.SimpleString(SpelledName(subcommand).substr(name_at) +
                         (arguments.empty() ? "" : " " + arguments));
    c.reply.SimpleString("    " + std::string(subcommand.summary));
    lines += 2;
  }
  c.reply.EndArray(array, lines);
}

}  // namespace

void ClientHelpCommand(CommandContext& c) {
  ReplySubcommands(c);
}
void CommandHelpCommand(CommandContext& c) {
  ReplySubcommands(c);
}
void ConfigHelpCommand(CommandContext& c) {
  ReplySubcommands(c);
}
void DebugHelpCommand(CommandContext& c) {
  if (DebugAllowed(c)) ReplySubcommands(c);
}
void LarderStatsHelpCommand(CommandContext& c) {
  ReplySubcommands(c);
}
void LatencyHelpCommand(CommandContext& c) {
  ReplySubcommands(c);
}
void MemoryHelpCommand(CommandContext& c) {
  ReplySubcommands(c);
}
void ObjectHelpCommand(CommandContext& c) {
  ReplySubcommands(c);
}
void SlowlogHelpCommand(CommandContext& c) {
  ReplySubcommands(c);
}

}  // namespace larder
