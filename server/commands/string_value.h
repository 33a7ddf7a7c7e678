// How strings pass between arguments, entries and replies, without being copied when they are
// large.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "server/command.h"
#include "server/commands/errors.h"

namespace larder {

// Whether a string can be read from `entry`, which may be null; answers an error if not.
inline bool CheckString(CommandContext& c, const Entry* entry) {
  if (entry == nullptr || entry->type() == ValueType::kString) [[likely]]
    return true;
  c.reply.Error(errors::kWrongType);
  return false;
}

// An argument of at least kBlobThreshold bytes as a blob: the one that it was received into, or a
// copy; null if memory is short.
// Requires: it is asked for once at most, since the argument's memory is given away.
BlobRef TakeOrCopyBlob(CommandContext& c, size_t argument);

// Stores an argument under the first of the command's keys.
// Requires: each argument is stored once at most, since its memory may be given away.
StoreStatus StoreArgument(CommandContext& c, size_t argument, DeadlineChange deadline);

// Whether a string may be that long.
bool MayHaveSize(const CommandContext& c, uint64_t size);

// By how much the string of the first key grows when it is made at least `size` bytes long: for a
// row's `growth`. What cannot become that long counts for nothing, since it will be refused.
size_t GrowthOfFirstKey(const CommandContext& c, uint64_t size);

// Answers a part of a large value, which the reply then shares with the entry.
// Requires: `part` lies within `blob`.
void ReplyWithBlob(CommandContext& c, Blob* blob, std::string_view part);

// Answers the string that an entry holds.
// Requires: the entry is a string.
inline void ReplyWithString(CommandContext& c, const Entry& entry) {
  switch (entry.encoding()) {
    case Encoding::kInline:
      return c.reply.Bulk({entry.value_data(), entry.value_size()});
    case Encoding::kInteger:
      return c.reply.BulkInteger(entry.integer());
    case Encoding::kBlob:
      return ReplyWithBlob(c, entry.blob(), {entry.blob()->data(), entry.blob()->size()});
  }
}

// Owns what a key held, for a reply that is written after the entry has changed.
// Thread safety: none.
class FormerString {
 public:
  // `entry` may be null.
  // Requires: the entry is a string.
  explicit FormerString(const Entry* entry);

  // Answers the string, or null if there was none.
  void Reply(CommandContext& c) const;

 private:
  bool present_;
  std::string bytes_;
  BlobRef blob_;
};

}  // namespace larder
