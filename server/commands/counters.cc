// Counting: INCR and its relatives, in integers and in floating point numbers.
#include "server/commands/counters.h"

#include <cmath>
#include <limits>

#include "protocol/number.h"
#include "server/commands/errors.h"
#include "server/commands/string_value.h"

namespace larder {

namespace {

// The numbers that an entry holds; false if it holds something else. A missing entry counts as
// zero. Requires: the entry is null or a string.
bool ReadInteger(const Entry* entry, int64_t* value) {
  if (entry == nullptr) {
    *value = 0;
    return true;
  }
  if (entry->encoding() == Encoding::kInteger) [[likely]] {
    *value = entry->integer();
    return true;
  }
  IntegerText text;
  return ParseInteger(entry->String(text), value);
}

bool ReadFloat(const Entry* entry, long double* value) {
  if (entry == nullptr) {
    *value = 0;
    return true;
  }
  IntegerText text;
  return ParseLongDouble(entry->String(text), value);
}

// Adds `increment` to the integer of the first key and answers the sum.
void Add(CommandContext& c, int64_t increment) {
  const Entry* entry = c.database().Find(c.keys[0], c.now_ms);
  if (!CheckString(c, entry)) return;
  int64_t value;
  if (!ReadInteger(entry, &value)) return c.reply.Error(errors::kNotAnInteger);
  if (__builtin_add_overflow(value, increment, &value)) return c.reply.Error(errors::kOverflow);
  if (c.database().SetInteger(c.keys[0], value) != StoreStatus::kStored) {
    return c.reply.Error(errors::kOutOfMemory);
  }
  ++c.changes;
  c.reply.Integer(value);
}

}  // namespace

void IncrCommand(CommandContext& c) {
  Add(c, 1);
}

void DecrCommand(CommandContext& c) {
  Add(c, -1);
}

void IncrbyCommand(CommandContext& c) {
  int64_t increment;
  if (!ParseInteger(c.args[2], &increment)) return c.reply.Error(errors::kNotAnInteger);
  Add(c, increment);
}

void DecrbyCommand(CommandContext& c) {
  int64_t decrement;
  if (!ParseInteger(c.args[2], &decrement)) return c.reply.Error(errors::kNotAnInteger);
  if (decrement == std::numeric_limits<int64_t>::min()) {
    return c.reply.Error(errors::kDecrementOverflow);  // its negative does not exist
  }
  Add(c, -decrement);
}

void IncrbyfloatCommand(CommandContext& c) {
  const Entry* entry = c.database().Find(c.keys[0], c.now_ms);
  if (!CheckString(c, entry)) return;
  long double value;
  long double increment;
  if (!ReadFloat(entry, &value) || !ParseLongDouble(c.args[2], &increment)) {
    return c.reply.Error(errors::kNotAFloat);
  }
  value += increment;
  if (!std::isfinite(value)) return c.reply.Error(errors::kNanOrInfinity);
  const std::string text = FormatLongDouble(value);
  if (c.database().SetString(c.keys[0], text, DeadlineChange::Keep()) != StoreStatus::kStored) {
    return c.reply.Error(errors::kOutOfMemory);
  }
  ++c.changes;
  c.reply.Bulk(text);
}

}  // namespace larder
