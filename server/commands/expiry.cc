// Deadlines: EXPIRE and its relatives, TTL and its relatives, PERSIST.
#include "server/commands/expiry.h"

#include <optional>

#include "protocol/number.h"
#include "server/command_table.h"
#include "server/commands/errors.h"
#include "server/commands/option_word.h"

namespace larder {

namespace {

enum class Unit { kSeconds, kMilliseconds };

// What the deadline so far must be like.
struct Conditions {
  bool none = false;     // NX: there is none
  bool any = false;      // XX: there is one
  bool earlier = false;  // GT: it is before the new one
  bool later = false;    // LT: it is behind the new one, or there is none
};

// Reads the arguments from the fourth on; answers an error and returns nothing if they are not well
// formed.
std::optional<Conditions> ReadConditions(CommandContext& c) {
  Conditions conditions;
  for (const std::string_view word : c.args.subspan(3)) {
    if (IsWord(word, "nx")) {
      conditions.none = true;
    } else if (IsWord(word, "xx")) {
      conditions.any = true;
    } else if (IsWord(word, "gt")) {
      conditions.earlier = true;
    } else if (IsWord(word, "lt")) {
      conditions.later = true;
    } else {
      c.reply.Error(errors::UnsupportedOption(word));
      return std::nullopt;
    }
  }
  if (conditions.none && (conditions.any || conditions.earlier || conditions.later)) {
    c.reply.Error(errors::kNxWithOthers);
    return std::nullopt;
  }
  if (conditions.earlier && conditions.later) {
    c.reply.Error(errors::kGtWithLt);
    return std::nullopt;
  }
  return conditions;
}

// Reads the third argument as a time from `base_ms` on, which may be negative; answers an error and
// returns nothing if there is no such time.
std::optional<int64_t> ReadTime(CommandContext& c, int64_t base_ms, Unit unit) {
  int64_t time_ms;
  if (!ParseInteger(c.args[2], &time_ms)) {
    c.reply.Error(errors::kNotAnInteger);
    return std::nullopt;
  }
  if ((unit == Unit::kSeconds && __builtin_mul_overflow(time_ms, 1000, &time_ms)) ||
      __builtin_add_overflow(time_ms, base_ms, &time_ms)) {
    c.reply.Error(errors::InvalidExpireTime(c.spec.name));
    return std::nullopt;
  }
  return time_ms;
}

bool AreMet(const Conditions& conditions, const Entry& entry, int64_t deadline_ms) {
  const bool has_deadline = entry.has_deadline();
  if (conditions.none && has_deadline) return false;
  if (conditions.any && !has_deadline) return false;
  // No deadline is later than any deadline.
  if (conditions.earlier && (!has_deadline || deadline_ms <= entry.deadline_ms())) return false;
  if (conditions.later && has_deadline && deadline_ms >= entry.deadline_ms()) return false;
  return true;
}

void SetDeadline(CommandContext& c, int64_t base_ms, Unit unit) {
  const std::optional<Conditions> conditions = ReadConditions(c);
  if (!conditions) return;
  const std::optional<int64_t> deadline_ms = ReadTime(c, base_ms, unit);
  if (!deadline_ms) return;
  Entry* entry = c.database().Find(c.keys[0], c.now_ms);
  if (entry == nullptr || !AreMet(*conditions, *entry, *deadline_ms)) return c.reply.Integer(0);
  if (*deadline_ms <= c.now_ms) {
    c.database().Remove(c.keys[0], c.now_ms);
  } else if (c.database().SetDeadline(c.keys[0], entry, *deadline_ms) != StoreStatus::kStored) {
    return c.reply.Error(errors::kOutOfMemory);
  }
  ++c.changes;
  c.reply.Integer(1);
}

// Answers the deadline as the time that passes from `base_ms` until then.
void TellDeadline(CommandContext& c, int64_t base_ms, Unit unit) {
  constexpr int64_t kNoKey = -2;
  constexpr int64_t kNever = -1;
  const Entry* entry = c.database().Inspect(c.keys[0], c.now_ms);
  if (entry == nullptr) return c.reply.Integer(kNoKey);
  if (!entry->has_deadline()) return c.reply.Integer(kNever);
  const int64_t left_ms = entry->deadline_ms() - base_ms;
  if (unit == Unit::kMilliseconds) return c.reply.Integer(left_ms);
  c.reply.Integer(left_ms / 1000 + (left_ms % 1000 >= 500));
}

}  // namespace

void ExpireCommand(CommandContext& c) {
  SetDeadline(c, c.now_ms, Unit::kSeconds);
}

void PexpireCommand(CommandContext& c) {
  SetDeadline(c, c.now_ms, Unit::kMilliseconds);
}

void ExpireatCommand(CommandContext& c) {
  SetDeadline(c, 0, Unit::kSeconds);
}

void PexpireatCommand(CommandContext& c) {
  SetDeadline(c, 0, Unit::kMilliseconds);
}

void TtlCommand(CommandContext& c) {
  TellDeadline(c, c.now_ms, Unit::kSeconds);
}

void PttlCommand(CommandContext& c) {
  TellDeadline(c, c.now_ms, Unit::kMilliseconds);
}

void ExpiretimeCommand(CommandContext& c) {
  TellDeadline(c, 0, Unit::kSeconds);
}

void PexpiretimeCommand(CommandContext& c) {
  TellDeadline(c, 0, Unit::kMilliseconds);
}

void PersistCommand(CommandContext& c) {
  Entry* entry = c.database().Find(c.keys[0], c.now_ms);
  if (entry == nullptr || !entry->has_deadline()) return c.reply.Integer(0);
  if (c.database().SetDeadline(c.keys[0], entry, kNoDeadline) != StoreStatus::kStored) {
    return c.reply.Error(errors::kOutOfMemory);
  }
  ++c.changes;
  c.reply.Integer(1);
}

}  // namespace larder
