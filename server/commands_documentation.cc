// Writes the table of commands as Markdown.
#include "server/commands_documentation.h"

#include <string>
#include <string_view>

#include "server/command_syntax.h"
#include "server/command_table.h"

namespace larder {
namespace {

constexpr std::string_view kIntroduction = R"(# Commands

This file is computed from the table in `server/command_table_rows.h` by
`larder-server --dump-commands-docs`; `make docs` writes it anew.

Names, arguments, replies and errors are those of Redis 7.4. "Since" is the version of Redis in which a
command appeared; 8.1.0 and 9.0.0 are versions of Valkey, whose compare-and-set (`SET` with `IFEQ`) and
compare-and-delete (`DELIFEQ`) Larder has as well; 0.1.0 is a version of Larder, for commands of its own.
A server tells the same about itself through `COMMAND DOCS`, from which redis-cli takes its hints.

What a command does happens at one moment: all of its keys are locked while it runs, and so are those of
all commands between `MULTI` and `EXEC`. The exceptions are the commands marked *in slices*. They may visit
millions of keys and would keep everybody else waiting, so they work for at most a millisecond at a time
and let other clients in between:

- Each slice is atomic, the whole is not: what others write meanwhile may be seen or not.
- The order of commands on one connection stays: what follows waits for the end.
- When the client disconnects, the rest is not carried out.
- Commands marked *in slices with many keys* do so with more than )";

constexpr std::string_view kIntroductionEnd = R"( keys in one call.
- Within `MULTI` and `EXEC` they run as a whole like everything else.

The other columns: "Access" says whether a command reads or writes keys, and "Cost" how its work grows.
)";

struct GroupTitle {
  CommandGroup group;
  std::string_view title;
};

constexpr GroupTitle kGroups[] = {
    {CommandGroup::kString, "Strings"},         {CommandGroup::kGeneric, "Keys"},
    {CommandGroup::kBitmap, "Bitmaps"},         {CommandGroup::kTransactions, "Transactions"},
    {CommandGroup::kConnection, "Connections"}, {CommandGroup::kServer, "The server"},
    {CommandGroup::kCluster, "Cluster"},
};

// Within a Markdown table a bar would end the cell.
std::string Cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c;
  }
  return cell;
}

std::string_view AccessOf(const CommandSpec& spec) {
  if (spec.flags & kWrite) return "writes";
  if (spec.flags & kReadOnly) return "reads";
  return "";
}

std::string Remarks(const CommandSpec& spec) {
  std::string text;
  if (spec.task != nullptr) {
    text += spec.keys.empty() ? " *In slices.*" : " *In slices with many keys.*";
  }
  if (!spec.replaced_by.empty()) text += " Superseded by " + std::string(spec.replaced_by) + ".";
  return text;
}

std::string Row(const CommandSpec& spec) {
  const std::string arguments = ArgumentSyntax(spec);
  const std::string syntax = SpelledName(spec) + (arguments.empty() ? "" : " " + arguments);
  return "| `" + Cell(syntax) + "` | " + std::string(spec.since) + " | " +
         std::string(AccessOf(spec)) + " | " + Cell(spec.complexity) + " | " + Cell(spec.summary) +
         Remarks(spec) + " |\n";
}

std::string Group(const GroupTitle& group) {
  std::string rows;
  for (const CommandSpec& spec : AllCommands()) {
    // What a container groups is listed; by itself it is a command only if it has a handler.
    const bool is_command = spec.handler != nullptr || spec.task != nullptr;
    if (spec.group == group.group && is_command) rows += Row(spec);
  }
  if (rows.empty()) return "";
  return "\n## " + std::string(group.title) +
         "\n\n| Command | Since | Access | Cost | What it does |\n|---|---|---|---|---|\n" + rows;
}

}  // namespace

std::string CommandsDocumentation() {
  std::string text(kIntroduction);
  text += std::to_string(kSlicedKeys);
  text += kIntroductionEnd;
  for (const GroupTitle& group : kGroups)
    text += Group(group);
  return text;
}

}  // namespace larder
