// Writes rows of the command table as replies.
#include "server/commands/command_reply.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace larder {
namespace {

size_t CountFlags(uint32_t flags, std::span<const FlagWord> words) {
  return static_cast<size_t>(std::ranges::count_if(
      words, [flags](const FlagWord& word) { return (flags & word.flag) != 0; }));
}

void ReplyCategories(ReplyWriter& reply, uint32_t categories) {
  reply.Set(CountFlags(categories, AclCategoryWords()));
  for (const FlagWord& category : AclCategoryWords()) {
    if (categories & category.flag) reply.SimpleString("@" + std::string(category.word));
  }
}

void ReplyTips(ReplyWriter& reply, std::string_view tips) {
  const size_t spaces = static_cast<size_t>(std::ranges::count(tips, ' '));
  reply.Set(tips.empty() ? 0 : spaces + 1);
  while (!tips.empty()) {
    const size_t end = std::min(tips.find(' '), tips.size());
    reply.Bulk(tips.substr(0, end));
    tips.remove_prefix(std::min(end + 1, tips.size()));
  }
}

void ReplyText(ReplyWriter& reply, std::string_view name, std::string_view value) {
  reply.Bulk(name);
  reply.Bulk(value);
}

void ReplyNumber(ReplyWriter& reply, std::string_view name, int64_t value) {
  reply.Bulk(name);
  reply.Integer(value);
}

void ReplyKeySpec(ReplyWriter& reply, const KeySpec& keys) {
  reply.Map(keys.notes.empty() ? 3 : 4);
  if (!keys.notes.empty()) ReplyText(reply, "notes", keys.notes);
  reply.Bulk("flags");
  ReplyFlags(reply, keys.use, KeyUseWords());
  reply.Bulk("begin_search");
  reply.Map(2);
  ReplyText(reply, "type", "index");
  reply.Bulk("spec");
  reply.Map(1);
  ReplyNumber(reply, "index", keys.range.first);
  reply.Bulk("find_keys");
  reply.Map(2);
  ReplyText(reply, "type", "range");
  reply.Bulk("spec");
  reply.Map(3);
  // Here, unlike in the row, the last key is counted from the first one, unless it is from the end.
  const int last = keys.range.last < 0 ? keys.range.last : keys.range.last - keys.range.first;
  ReplyNumber(reply, "lastkey", last);
  ReplyNumber(reply, "keystep", keys.range.step);
  ReplyNumber(reply, "limit", 0);
}

bool HasParts(const ArgumentSpec& argument) {
  return argument.type == ArgumentType::kOneOf || argument.type == ArgumentType::kBlock;
}

void ReplyArguments(ReplyWriter& reply, std::span<const ArgumentSpec> arguments) {
  reply.Array(arguments.size());
  for (const ArgumentSpec& argument : arguments) {
    const bool has_token = !argument.token.empty();
    const bool has_since = !argument.since.empty();
    const bool has_flags = argument.flags != 0;
    reply.Map(3 + (argument.key_spec >= 0) + has_token + has_since + has_flags);
    ReplyText(reply, "name", argument.name);
    ReplyText(reply, "type", WordOf(argument.type));
    if (!HasParts(argument)) ReplyText(reply, "display_text", argument.name);
    if (argument.key_spec >= 0) ReplyNumber(reply, "key_spec_index", argument.key_spec);
    if (has_token) ReplyText(reply, "token", argument.token);
    if (has_since) ReplyText(reply, "since", argument.since);
    if (has_flags) {
      reply.Bulk("flags");
      ReplyFlags(reply, argument.flags, ArgumentFlagWords());
    }
    if (HasParts(argument)) {
      reply.Bulk("arguments");
      ReplyArguments(reply, argument.parts);
    }
  }
}

void ReplyHistory(ReplyWriter& reply, std::span<const HistoryEntry> history) {
  reply.Set(history.size());
  for (const HistoryEntry& entry : history) {
    reply.Array(2);
    ReplyText(reply, entry.version, entry.change);
  }
}

}  // namespace

void ReplyFlags(ReplyWriter& reply, uint32_t flags, std::span<const FlagWord> words) {
  reply.Set(CountFlags(flags, words));
  for (const FlagWord& word : words) {
    if (flags & word.flag) reply.SimpleString(word.word);
  }
}

void ReplyCommandInfo(ReplyWriter& reply, const CommandSpec& spec) {
  reply.Array(10);
  reply.Bulk(spec.name);
  reply.Integer(spec.arity);
  ReplyFlags(reply, spec.flags, CommandFlagWords());
  reply.Integer(spec.keys.first);
  reply.Integer(spec.keys.last);
  reply.Integer(spec.keys.step);
  ReplyCategories(reply, AclCategories(spec));
  ReplyTips(reply, spec.tips);
  reply.Set(spec.key_specs.size());
  for (const KeySpec& keys : spec.key_specs)
    ReplyKeySpec(reply, keys);
  const std::span<const CommandSpec> subcommands = SubcommandsOf(spec);
  if (subcommands.empty()) return reply.Set(0);
  reply.Array(subcommands.size());
  for (const CommandSpec& subcommand : subcommands)
    ReplyCommandInfo(reply, subcommand);
}

void ReplyCommandDocs(ReplyWriter& reply, const CommandSpec& spec) {
  const bool is_deprecated = !spec.deprecated_since.empty();
  const bool has_history = !spec.history.empty();
  const bool has_arguments = !spec.arguments.empty();
  const std::span<const CommandSpec> subcommands = SubcommandsOf(spec);
  reply.Map(4 + 3 * is_deprecated + has_history + has_arguments + !subcommands.empty());
  ReplyText(reply, "summary", spec.summary);
  ReplyText(reply, "since", spec.since);
  ReplyText(reply, "group", WordOf(spec.group));
  ReplyText(reply, "complexity", spec.complexity);
  if (is_deprecated) {
    reply.Bulk("doc_flags");
    reply.Set(1);
    reply.SimpleString("deprecated");
    ReplyText(reply, "deprecated_since", spec.deprecated_since);
    ReplyText(reply, "replaced_by", spec.replaced_by);
  }
  if (has_history) {
    reply.Bulk("history");
    ReplyHistory(reply, spec.history);
  }
  if (has_arguments) {
    reply.Bulk("arguments");
    ReplyArguments(reply, spec.arguments);
  }
  if (subcommands.empty()) return;
  reply.Bulk("subcommands");
  reply.Map(subcommands.size());
  for (const CommandSpec& subcommand : subcommands) {
    reply.Bulk(subcommand.name);
    ReplyCommandDocs(reply, subcommand);
  }
}

}  // namespace larder
