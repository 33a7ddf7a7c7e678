// BITOP: combines the strings of several keys bit by bit.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "server/commands/bitmaps.h"
#include "server/commands/errors.h"
#include "server/commands/option_word.h"
#include "server/commands/string_value.h"
#include "storage/bits.h"

namespace larder {

namespace {

std::optional<BitOperation> ParseOperation(std::string_view word) {
  if (IsWord(word, "and")) return BitOperation::kAnd;
  if (IsWord(word, "or")) return BitOperation::kOr;
  if (IsWord(word, "xor")) return BitOperation::kXor;
  if (IsWord(word, "not")) return BitOperation::kNot;
  return std::nullopt;
}

// The strings of all keys but the first, which is the destination. Reading them one after the other
// is safe: it may remove an entry that has expired, which moves none of the others.
//
// Thread safety: none.
class Sources {
 public:
  // Reads them; answers an error, and returns false, if one is no string.
  bool Read(CommandContext& c);

  std::span<const std::string_view> strings() const { return strings_; }
  size_t longest() const { return longest_; }

 private:
  std::vector<std::string_view> strings_;
  std::vector<IntegerText> texts_;  // of those that are stored as integers
  size_t longest_ = 0;
};

bool Sources::Read(CommandContext& c) {
  const std::span<const Key> keys = c.keys.subspan(1);
  strings_.reserve(keys.size());
  texts_.resize(keys.size());
  for (const Key& key : keys) {
    const Entry* entry = c.DatabaseOf(key).Read(key, c.now_ms);
    if (!CheckString(c, entry)) return false;
    strings_.push_back(entry != nullptr ? entry->String(texts_[strings_.size()])
                                        : std::string_view());
    longest_ = std::max(longest_, strings_.back().size());
  }
  return true;
}

// Stores the combination under the first key; false if memory is short.
bool StoreCombined(CommandContext& c, BitOperation operation, const Sources& sources) {
  const size_t size = sources.longest();
  if (size < kBlobThreshold) {
    char bytes[kBlobThreshold];
    CombineBits(operation, sources.strings(), bytes, size);
    return c.database().SetString(c.keys[0], {bytes, size}, DeadlineChange::Clear()) ==
           StoreStatus::kStored;
  }
  const Entry* former = c.database().Find(c.keys[0], c.now_ms);
  const size_t freed =
      former != nullptr && former->type() == ValueType::kString ? former->StringSize() : 0;
  if (size > freed && !c.database().MayGrow(size - freed)) return false;
  BlobRef blob = Blob::Create(size);
  if (!blob) return false;
  CombineBits(operation, sources.strings(), blob->data(), size);
  blob->set_size(size);
  return c.database().SetBlob(c.keys[0], std::move(blob), DeadlineChange::Clear()) ==
         StoreStatus::kStored;
}

}  // namespace

size_t BitopGrowth(const CommandContext& c) {
  size_t longest = 0;
  for (const Key& key : c.keys.subspan(1))
    longest = std::max(longest, c.StoredSize(key));
  const size_t before = longest > 0 ? c.StoredSize(c.keys[0]) : 0;
  return longest > before ? longest - before : 0;
}

void BitopCommand(CommandContext& c) {
  const std::optional<BitOperation> operation = ParseOperation(c.args[1]);
  if (!operation) return c.reply.Error(errors::kSyntax);
  if (operation == BitOperation::kNot && c.args.size() != 4) {
    return c.reply.Error(errors::kOneSourceForNot);
  }
  Sources sources;
  if (!sources.Read(c)) return;
  if (sources.longest() == 0) {
    c.changes += c.database().Remove(c.keys[0], c.now_ms);
  } else if (StoreCombined(c, *operation, sources)) {
    ++c.changes;
  } else {
    return c.reply.Error(errors::kOutOfMemory);
  }
  c.reply.Integer(static_cast<int64_t>(sources.longest()));
}

}  // namespace larder
