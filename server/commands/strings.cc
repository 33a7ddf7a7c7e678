// The commands that read or write the whole string of one key.
#include "server/commands/strings.h"

#include <cassert>
#include <optional>

#include "server/commands/errors.h"
#include "server/commands/set_options.h"
#include "server/commands/string_value.h"

namespace larder {

namespace {

// Stores an argument under the first key; answers an error, and returns false, if memory is short.
bool Store(CommandContext& c, size_t argument, DeadlineChange deadline) {
  if (StoreArgument(c, argument, deadline) == StoreStatus::kStored) [[likely]] {
    ++c.changes;
    return true;
  }
  c.reply.Error(errors::kOutOfMemory);
  return false;
}

bool Equals(const Entry& entry, std::string_view expected) {
  IntegerText text;
  return entry.String(text) == expected;
}

bool IsMet(const SetOptions& options, const Entry* entry) {
  switch (options.condition) {
    case SetCondition::kAlways:
      return true;
    case SetCondition::kIfMissing:
      return entry == nullptr;
    case SetCondition::kIfPresent:
      return entry != nullptr;
    case SetCondition::kIfEqual:
      return entry != nullptr && Equals(*entry, options.comparison);
  }
  return false;
}

// SET where it matters what the key holds now.
void SetConditionally(CommandContext& c, const SetOptions& options, DeadlineChange deadline) {
  Database& database = c.database();
  // Only a SET that answers the old value counts as a read.
  const Entry* entry =
      options.get ? database.Read(c.keys[0], c.now_ms) : database.Find(c.keys[0], c.now_ms);
  const bool looks_at_value = options.get || options.condition == SetCondition::kIfEqual;
  if (looks_at_value && !CheckString(c, entry)) return;
  const bool met = IsMet(options, entry);
  if (!options.get) {
    if (!met) return c.reply.Null();
    if (Store(c, 2, deadline)) c.reply.Ok();
    return;
  }
  const FormerString former(entry);
  if (!met || Store(c, 2, deadline)) former.Reply(c);
}

// SETEX and PSETEX: key, time, value.
void SetWithTime(CommandContext& c, DeadlineOption unit) {
  const std::optional<int64_t> deadline_ms = ReadDeadline(c, unit, c.args[2]);
  if (deadline_ms && Store(c, 3, DeadlineChange::To(*deadline_ms))) c.reply.Ok();
}

// Gives the key of a GETEX another deadline. False, with an error as the answer, if memory is
// short.
bool ChangeDeadline(CommandContext& c, Entry* entry, int64_t deadline_ms) {
  if (entry->deadline_ms() == kNoDeadline && deadline_ms == kNoDeadline) return true;
  if (c.database().SetDeadline(c.keys[0], entry, deadline_ms) != StoreStatus::kStored) {
    c.reply.Error(errors::kOutOfMemory);
    return false;
  }
  ++c.changes;
  return true;
}

}  // namespace

void GetCommand(CommandContext& c) {
  const Entry* entry = c.database().Read(c.keys[0], c.now_ms);
  if (entry == nullptr) return c.reply.Null();
  if (!CheckString(c, entry)) return;
  ReplyWithString(c, *entry);
}

void SetCommand(CommandContext& c) {
  DeadlineChange deadline = DeadlineChange::Clear();
  if (c.args.size() > 3) {
    const std::optional<SetOptions> options = ParseSetOptions(c.args.subspan(3));
    if (!options) return c.reply.Error(errors::kSyntax);
    if (options->has_amount()) {
      const std::optional<int64_t> time = ReadDeadline(c, options->deadline, options->amount);
      if (!time) return;
      deadline = DeadlineChange::To(*time);
    } else if (options->deadline == DeadlineOption::kKeep) {
      deadline = DeadlineChange::Keep();
    }
    if (!options->unconditional()) return SetConditionally(c, *options, deadline);
  }
  if (Store(c, 2, deadline)) c.reply.Ok();
}

void SetnxCommand(CommandContext& c) {
  if (c.database().Find(c.keys[0], c.now_ms) != nullptr) return c.reply.Integer(0);
  if (Store(c, 2, DeadlineChange::Clear())) c.reply.Integer(1);
}

void SetexCommand(CommandContext& c) {
  SetWithTime(c, DeadlineOption::kInSeconds);
}

void PsetexCommand(CommandContext& c) {
  SetWithTime(c, DeadlineOption::kInMilliseconds);
}

void GetsetCommand(CommandContext& c) {
  const Entry* entry = c.database().Read(c.keys[0], c.now_ms);
  if (!CheckString(c, entry)) return;
  const FormerString former(entry);
  if (Store(c, 2, DeadlineChange::Clear())) former.Reply(c);
}

void GetdelCommand(CommandContext& c) {
  const Entry* entry = c.database().Read(c.keys[0], c.now_ms);
  if (entry == nullptr) return c.reply.Null();
  if (!CheckString(c, entry)) return;
  ReplyWithString(c, *entry);
  c.changes += c.database().Remove(c.keys[0], c.now_ms);
}

void GetexCommand(CommandContext& c) {
  const std::optional<SetOptions> options = ParseGetexOptions(c.args.subspan(2));
  if (!options) return c.reply.Error(errors::kSyntax);
  Entry* entry = c.database().Read(c.keys[0], c.now_ms);
  if (entry == nullptr) return c.reply.Null();
  if (!CheckString(c, entry)) return;
  if (options->deadline == DeadlineOption::kKeep) return ReplyWithString(c, *entry);

  int64_t deadline_ms = kNoDeadline;
  if (options->has_amount()) {
    const std::optional<int64_t> time = ReadDeadline(c, options->deadline, options->amount);
    if (!time) return;
    if (*time <= c.now_ms) {
      ReplyWithString(c, *entry);
      c.changes += c.database().Remove(c.keys[0], c.now_ms);
      return;
    }
    deadline_ms = *time;
  }
  if (!ChangeDeadline(c, entry, deadline_ms)) return;
  // The entry may have moved, since the deadline is a part of its block.
  entry = c.database().Find(c.keys[0], c.now_ms);
  assert(entry != nullptr);
  ReplyWithString(c, *entry);
}

void DelifeqCommand(CommandContext& c) {
  const Entry* entry = c.database().Find(c.keys[0], c.now_ms);
  if (!CheckString(c, entry)) return;
  const bool equal = entry != nullptr && Equals(*entry, c.args[2]);
  if (equal) c.changes += c.database().Remove(c.keys[0], c.now_ms);
  c.reply.Integer(equal);
}

}  // namespace larder
