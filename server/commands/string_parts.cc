// The commands that read or write a part of a string, or only its length.
#include <algorithm>
#include <cstring>

#include "protocol/number.h"
#include "server/commands/errors.h"
#include "server/commands/string_value.h"
#include "server/commands/strings.h"

namespace larder {

namespace {

// Whether a string may become as long as `size` and `more` together; answers an error if not.
bool CheckSize(CommandContext& c, uint64_t size, uint64_t more) {
  uint64_t total;
  if (!__builtin_add_overflow(size, more, &total) && MayHaveSize(c, total)) return true;
  c.reply.Error(errors::kStringTooLong);
  return false;
}

// Makes the string of the first key `size` bytes long and puts `part` at `offset`, then answers the
// size.
void WritePart(CommandContext& c, size_t size, size_t offset, std::string_view part) {
  char* bytes = c.database().ResizeString(c.keys[0], size);
  if (bytes == nullptr) return c.reply.Error(errors::kOutOfMemory);
  std::memcpy(bytes + offset, part.data(), part.size());
  ++c.changes;
  c.reply.Integer(static_cast<int64_t>(size));
}

}  // namespace

void AppendCommand(CommandContext& c) {
  const std::string_view part = c.args[2];
  const Entry* entry = c.database().Find(c.keys[0], c.now_ms);
  if (entry == nullptr) {
    if (StoreArgument(c, 2, DeadlineChange::Clear()) != StoreStatus::kStored) {
      return c.reply.Error(errors::kOutOfMemory);
    }
    ++c.changes;
    return c.reply.Integer(static_cast<int64_t>(part.size()));
  }
  if (!CheckString(c, entry)) return;
  const size_t size = entry->StringSize();
  if (CheckSize(c, size, part.size())) WritePart(c, size + part.size(), size, part);
}

void StrlenCommand(CommandContext& c) {
  const Entry* entry = c.database().Read(c.keys[0], c.now_ms);
  if (entry == nullptr) return c.reply.Integer(0);
  if (!CheckString(c, entry)) return;
  c.reply.Integer(static_cast<int64_t>(entry->StringSize()));
}

void GetrangeCommand(CommandContext& c) {
  int64_t start;
  int64_t end;
  if (!ParseInteger(c.args[2], &start) || !ParseInteger(c.args[3], &end)) {
    return c.reply.Error(errors::kNotAnInteger);
  }
  const Entry* entry = c.database().Read(c.keys[0], c.now_ms);
  if (entry == nullptr) return c.reply.Bulk({});
  if (!CheckString(c, entry)) return;

  IntegerText text;
  const std::string_view bytes = entry->String(text);
  const auto size = static_cast<int64_t>(bytes.size());
  if (start < 0 && end < 0 && start > end) return c.reply.Bulk({});
  // Positions before the first byte mean the first byte, at either end.
  if (start < 0) start = std::max<int64_t>(0, start + size);
  if (end < 0) end = std::max<int64_t>(0, end + size);
  end = std::min(end, size - 1);
  if (start > end) return c.reply.Bulk({});
  const std::string_view part =
      bytes.substr(static_cast<size_t>(start), static_cast<size_t>(end - start + 1));
  if (entry->encoding() == Encoding::kBlob) return ReplyWithBlob(c, entry->blob(), part);
  c.reply.Bulk(part);
}

void SubstrCommand(CommandContext& c) {
  GetrangeCommand(c);
}

size_t SetrangeGrowth(const CommandContext& c) {
  int64_t offset;
  if (!ParseInteger(c.args[2], &offset) || offset <= 0) return 0;
  // Beside the part that is written, which counts as an argument.
  return GrowthOfFirstKey(c, static_cast<uint64_t>(offset));
}

void SetrangeCommand(CommandContext& c) {
  int64_t signed_offset;
  if (!ParseInteger(c.args[2], &signed_offset)) return c.reply.Error(errors::kNotAnInteger);
  if (signed_offset < 0) return c.reply.Error(errors::kOffsetOutOfRange);
  const auto offset = static_cast<size_t>(signed_offset);
  const std::string_view part = c.args[3];

  const Entry* entry = c.database().Find(c.keys[0], c.now_ms);
  if (!CheckString(c, entry)) return;
  const size_t size = entry != nullptr ? entry->StringSize() : 0;
  if (part.empty()) return c.reply.Integer(static_cast<int64_t>(size));
  if (!CheckSize(c, offset, part.size())) return;
  WritePart(c, std::max(size, offset + part.size()), offset, part);
}

}  // namespace larder
