// Replies computed from the command table.
#include "server/commands/introspection.h"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "protocol/glob_pattern.h"
#include "server/command_table.h"
#include "server/command_words.h"
#include "server/commands/command_reply.h"
#include "server/commands/errors.h"
#include "server/commands/option_word.h"

namespace larder {
namespace {

size_t CountCommands() {
  return static_cast<size_t>(std::ranges::count_if(
      AllCommands(), [](const CommandSpec& spec) { return !spec.IsSubcommand(); }));
}

void ReplyAllCommands(CommandContext& c) {
  c.reply.Array(CountCommands());
  for (const CommandSpec& spec : AllCommands()) {
    if (!spec.IsSubcommand()) ReplyCommandInfo(c.reply, spec);
  }
}

// What a key is used for depends on the arguments, for SET: it is read only if one of them is GET.
uint16_t UseOf(const KeySpec& keys, std::span<const std::string_view> args) {
  if ((keys.use & kKeyVariable) == 0) return keys.use;
  const bool reads = std::any_of(args.begin() + 3, args.end(),
                                 [](std::string_view arg) { return IsWord(arg, "get"); });
  return reads ? kKeyRw | kKeyAccess | kKeyUpdate : kKeyOw | kKeyUpdate;
}

// Finds the command whose keys are asked for and checks its arguments, or answers an error.
const CommandSpec* FindCommandWithKeys(CommandContext& c, std::span<const std::string_view> args) {
  const CommandSpec* spec = FindCommand(args[0]);
  if (spec != nullptr && spec->IsContainer() && args.size() > 1) {
    spec = FindSubcommand(*spec, args[1]);
  }
  if (spec == nullptr) {
    c.reply.Error(errors::kInvalidCommand);
  } else if (spec->keys.empty()) {
    c.reply.Error(errors::kNoKeyArguments);
  } else if (!spec->AcceptsArgumentCount(args.size())) {
    c.reply.Error(errors::kInvalidArgumentCount);
  } else {
    return spec;
  }
  return nullptr;
}

// Calls visit(argument, use) for each key of a command, by its key specs.
template <class Visit>
void ForEachKeyUse(const CommandSpec& spec, std::span<const std::string_view> args, Visit&& visit) {
  for (const KeySpec& keys : spec.key_specs) {
    const uint16_t use = UseOf(keys, args);
    const size_t last = keys.range.Last(args.size());
    for (size_t i = static_cast<size_t>(keys.range.first); i <= last;
         i += static_cast<size_t>(keys.range.step)) {
      visit(args[i], use);
    }
  }
}

// What COMMAND LIST is asked to select; with nothing set, everything.
struct ListFilter {
  bool nothing = false;  // commands of a module: there are none
  bool by_category = false;
  uint32_t category = 0;
  bool by_pattern = false;
  std::string_view pattern;

  bool Selects(const CommandSpec& spec) const {
    if (nothing) return false;
    if (by_category) return (AclCategories(spec) & category) != 0;
    return !by_pattern || GlobMatch(pattern, spec.name, /*ignore_case=*/true);
  }
};

uint32_t CategoryOf(std::string_view word) {
  for (const FlagWord& category : AclCategoryWords()) {
    if (IsWord(word, category.word)) return category.flag;
  }
  return 0;
}

// Reads [FILTERBY MODULE name | ACLCAT category | PATTERN pattern]; false if it is something else.
bool ReadListFilter(std::span<const std::string_view> args, ListFilter& filter) {
  if (args.empty()) return true;
  if (args.size() != 3 || !IsWord(args[0], "filterby")) return false;
  if (IsWord(args[1], "module")) {
    filter.nothing = true;
  } else if (IsWord(args[1], "aclcat")) {
    filter.by_category = true;
    filter.category = CategoryOf(args[2]);
  } else if (IsWord(args[1], "pattern")) {
    filter.by_pattern = true;
    filter.pattern = args[2];
  } else {
    return false;
  }
  return true;
}

}  // namespace

void CommandCommand(CommandContext& c) {
  ReplyAllCommands(c);
}

void CommandCountCommand(CommandContext& c) {
  c.reply.Integer(static_cast<int64_t>(CountCommands()));
}

void CommandInfoCommand(CommandContext& c) {
  if (c.args.size() == 2) return ReplyAllCommands(c);
  c.reply.Array(c.args.size() - 2);
  for (const std::string_view name : c.args.subspan(2)) {
    if (const CommandSpec* spec = FindFullName(name)) {
      ReplyCommandInfo(c.reply, *spec);
    } else {
      c.reply.Null();
    }
  }
}

void CommandDocsCommand(CommandContext& c) {
  const size_t map = c.reply.BeginMap();
  size_t pairs = 0;
  const auto add = [&](const CommandSpec& spec) {
    c.reply.Bulk(spec.name);
    ReplyCommandDocs(c.reply, spec);
    ++pairs;
  };
  if (c.args.size() == 2) {
    for (const CommandSpec& spec : AllCommands()) {
      if (!spec.IsSubcommand()) add(spec);
    }
  }
  for (const std::string_view name : c.args.subspan(2)) {
    if (const CommandSpec* spec = FindFullName(name)) add(*spec);
  }
  c.reply.EndMap(map, pairs);
}

void CommandGetkeysCommand(CommandContext& c) {
  const std::span<const std::string_view> args = c.args.subspan(2);
  const CommandSpec* spec = FindCommandWithKeys(c, args);
  if (spec == nullptr) return;
  c.reply.Array(KeyCount(*spec, args.size()));
  ForEachKeyUse(*spec, args, [&](std::string_view key, uint16_t) { c.reply.Bulk(key); });
}

void CommandGetkeysandflagsCommand(CommandContext& c) {
  const std::span<const std::string_view> args = c.args.subspan(2);
  const CommandSpec* spec = FindCommandWithKeys(c, args);
  if (spec == nullptr) return;
  c.reply.Array(KeyCount(*spec, args.size()));
  ForEachKeyUse(*spec, args, [&](std::string_view key, uint16_t use) {
    c.reply.Array(2);
    c.reply.Bulk(key);
    ReplyFlags(c.reply, use, KeyUseWords());
  });
}

void CommandListCommand(CommandContext& c) {
  ListFilter filter;
  if (!ReadListFilter(c.args.subspan(2), filter)) return c.reply.Error(errors::kSyntax);
  const size_t array = c.reply.BeginArray();
  size_t names = 0;
  for (const CommandSpec& spec : AllCommands()) {
    if (!filter.Selects(spec)) continue;
    c.reply.Bulk(spec.name);
    ++names;
  }
  c.reply.EndArray(array, names);
}

}  // namespace larder
