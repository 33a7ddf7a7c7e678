// Setting, reading, counting and finding bits.
#include "server/commands/bitmaps.h"

#include <algorithm>
#include <optional>

#include "protocol/number.h"
#include "server/commands/bit_offset.h"
#include "server/commands/errors.h"
#include "server/commands/option_word.h"
#include "server/commands/string_value.h"
#include "storage/bits.h"

namespace larder {

namespace {

// What BITCOUNT and BITPOS take as their range: bytes or, with BIT, bits; negative ones count from
// the end.
struct RangeArguments {
  int64_t start = 0;
  std::optional<int64_t> end;  // absent: the end of the string
  bool in_bits = false;

  // The bits of a string of `size` bytes that are meant.
  BitRange In(size_t size) const;
};

BitRange RangeArguments::In(size_t size) const {
  const int64_t units = static_cast<int64_t>(in_bits ? 8 * size : size);
  // Positions before the first one mean the first one, at either end.
  const auto from_start = [units](int64_t position) {
    return position < 0 ? std::max<int64_t>(0, position + units) : position;
  };
  const int64_t first = from_start(start);
  const int64_t last = std::min(from_start(end.value_or(-1)), units - 1);
  if (first > last) return {0, -1};
  return in_bits ? BitRange{first, last} : BitRange{8 * first, 8 * last + 7};
}

// Reads the word BYTE or BIT; answers an error if it is neither.
bool ReadUnit(CommandContext& c, std::string_view word, RangeArguments* range) {
  range->in_bits = IsWord(word, "bit");
  if (range->in_bits || IsWord(word, "byte")) return true;
  c.reply.Error(errors::kSyntax);
  return false;
}

// Reads an integer; answers an error if it is none.
bool ReadPosition(CommandContext& c, std::string_view text, int64_t* position) {
  if (ParseInteger(text, position)) return true;
  c.reply.Error(errors::kNotAnInteger);
  return false;
}

}  // namespace

size_t SetbitGrowth(const CommandContext& c) {
  const std::optional<uint64_t> offset = ParseBitOffset(c, c.args[2]);
  return offset ? GrowthOfFirstKey(c, *offset / 8 + 1) : 0;
}

void SetbitCommand(CommandContext& c) {
  const std::optional<uint64_t> offset = ParseBitOffset(c, c.args[2]);
  if (!offset) return c.reply.Error(errors::kBitOffset);
  int64_t value;
  if (!ParseInteger(c.args[3], &value) || (value != 0 && value != 1)) {
    return c.reply.Error(errors::kBitValue);
  }
  const Entry* entry = c.database().Find(c.keys[0], c.now_ms);
  if (!CheckString(c, entry)) return;
  IntegerText text;
  const std::string_view before = entry != nullptr ? entry->String(text) : std::string_view();
  const bool was_set = BitAt(before, *offset);
  const size_t size = std::max<size_t>(before.size(), *offset / 8 + 1);
  if (entry != nullptr && size == before.size() && was_set == (value == 1)) {
    return c.reply.Integer(was_set);
  }
  char* bytes = c.database().ResizeString(c.keys[0], size);
  if (bytes == nullptr) return c.reply.Error(errors::kOutOfMemory);
  WriteBits(bytes, size, *offset, 1, static_cast<uint64_t>(value));
  ++c.changes;
  c.reply.Integer(was_set);
}

void GetbitCommand(CommandContext& c) {
  const std::optional<uint64_t> offset = ParseBitOffset(c, c.args[2]);
  if (!offset) return c.reply.Error(errors::kBitOffset);
  const Entry* entry = c.database().Read(c.keys[0], c.now_ms);
  if (!CheckString(c, entry)) return;
  IntegerText text;
  c.reply.Integer(entry != nullptr && BitAt(entry->String(text), *offset));
}

void BitcountCommand(CommandContext& c) {
  const Entry* entry = c.database().Read(c.keys[0], c.now_ms);
  // Redis looks at the other arguments only if there is something to count.
  if (entry == nullptr) return c.reply.Integer(0);
  if (!CheckString(c, entry)) return;

  RangeArguments range;
  if (c.args.size() > 5 || c.args.size() == 3) return c.reply.Error(errors::kSyntax);
  if (c.args.size() > 2) {
    int64_t end;
    if (!ReadPosition(c, c.args[2], &range.start) || !ReadPosition(c, c.args[3], &end)) return;
    if (range.start < 0 && end < 0 && range.start > end) return c.reply.Integer(0);
    range.end = end;
    if (c.args.size() > 4 && !ReadUnit(c, c.args[4], &range)) return;
  }
  IntegerText text;
  const std::string_view bytes = entry->String(text);
  c.reply.Integer(static_cast<int64_t>(CountBits(bytes, range.In(bytes.size()))));
}

void BitposCommand(CommandContext& c) {
  int64_t value;
  if (!ReadPosition(c, c.args[2], &value)) return;
  if (value != 0 && value != 1) return c.reply.Error(errors::kBitArgument);
  const Entry* entry = c.database().Read(c.keys[0], c.now_ms);
  // An endless row of zeros; the other arguments do not matter to Redis then.
  if (entry == nullptr) return c.reply.Integer(value == 1 ? kNoBit : 0);
  if (!CheckString(c, entry)) return;

  RangeArguments range;
  if (c.args.size() > 6) return c.reply.Error(errors::kSyntax);
  if (c.args.size() > 3 && !ReadPosition(c, c.args[3], &range.start)) return;
  if (c.args.size() > 5 && !ReadUnit(c, c.args[5], &range)) return;
  if (c.args.size() > 4) {
    int64_t end;
    if (!ReadPosition(c, c.args[4], &end)) return;
    range.end = end;
  }
  IntegerText text;
  const std::string_view bytes = entry->String(text);
  const BitRange bits = range.In(bytes.size());
  const int64_t found = FindBit(bytes, bits, value == 1);
  // Without an end the zeros behind the string count, unless nothing of the string is looked at.
  const bool found_behind = found == kNoBit && value == 0 && !range.end && bits.first <= bits.last;
  c.reply.Integer(found_behind ? static_cast<int64_t>(8 * bytes.size()) : found);
}

}  // namespace larder
