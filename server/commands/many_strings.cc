// The commands that read or write the strings of several keys at once.
#include "server/command_table.h"
#include "server/commands/errors.h"
#include "server/commands/string_value.h"
#include "server/commands/strings.h"

namespace larder {

namespace {

// Stores all pairs of keys and values; answers an error, and returns false, if memory is short.
bool StorePairs(CommandContext& c) {
  for (size_t i = 0; i < c.keys.size(); ++i) {
    if (StoreArgument(c, c.keys[i], 2 + 2 * i, DeadlineChange::Clear()) != StoreStatus::kStored) {
      c.reply.Error(errors::kOutOfMemory);
      return false;
    }
  }
  c.changes += c.keys.size();
  return true;
}

// Whether each key has a value; answers an error if not.
bool CheckPairs(CommandContext& c) {
  if (c.args.size() % 2 == 1) return true;
  c.reply.Error(errors::WrongArity(c.spec.name));
  return false;
}

}  // namespace

void MgetCommand(CommandContext& c) {
  c.reply.Array(c.keys.size());
  for (const Key& key : c.keys) {
    const Entry* entry = c.DatabaseOf(key).Read(key, c.now_ms);
    if (entry == nullptr || entry->type() != ValueType::kString) {
      c.reply.Null();
    } else {
      ReplyWithString(c, *entry);
    }
  }
}

void MsetCommand(CommandContext& c) {
  if (CheckPairs(c) && StorePairs(c)) c.reply.Ok();
}

void MsetnxCommand(CommandContext& c) {
  if (!CheckPairs(c)) return;
  for (const Key& key : c.keys) {
    if (c.DatabaseOf(key).Find(key, c.now_ms) != nullptr) return c.reply.Integer(0);
  }
  if (StorePairs(c)) c.reply.Integer(1);
}

}  // namespace larder
