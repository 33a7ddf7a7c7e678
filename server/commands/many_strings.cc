// The commands that read or write the strings of several keys at once.
#include <cassert>
#include <utility>
#include <vector>

#include "server/command_table.h"
#include "server/commands/errors.h"
#include "server/commands/string_value.h"
#include "server/commands/strings.h"

namespace larder {

namespace {

// Pairs of keys and values that are stored all or not at all: everything that may fail for want of
// memory is done before the first key changes.
class PairWriter {
 public:
  explicit PairWriter(CommandContext& c) : c_(c) {}

  // Makes sure of the memory for all pairs; false if it is short.
  bool Prepare() { return HasRoom() && PrepareBlobs(); }
  // Requires: Prepare() returned true.
  void Store();

 private:
  static size_t ValueOf(size_t pair) { return 2 + 2 * pair; }
  bool IsLarge(size_t pair) const { return c_.args[ValueOf(pair)].size() >= kBlobThreshold; }
  bool HasRoom() const;
  bool PrepareBlobs();

  CommandContext& c_;
  std::vector<BlobRef> blobs_;  // of the large values, in their order
};

bool PairWriter::HasRoom() const {
  size_t bytes = 0;
  for (size_t i = 0; i < c_.keys.size(); ++i) {
    bytes += c_.keys[i].bytes.size() + (IsLarge(i) ? 0 : c_.args[ValueOf(i)].size());
  }
  // As if each shard had to take them all: simple, and more is hardly ever asked for than there is.
  for (const Key& key : c_.keys) {
    if (!c_.DatabaseOf(key).HasRoom(c_.keys.size(), bytes)) return false;
  }
  return true;
}

bool PairWriter::PrepareBlobs() {
  for (size_t i = 0; i < c_.keys.size(); ++i) {
    if (!IsLarge(i)) [[likely]]
      continue;
    blobs_.push_back(TakeOrCopyBlob(c_, ValueOf(i)));
    if (!blobs_.back()) return false;
  }
  return true;
}

void PairWriter::Store() {
  auto blob = blobs_.begin();
  for (size_t i = 0; i < c_.keys.size(); ++i) {
    const Key& key = c_.keys[i];
    Database& database = c_.DatabaseOf(key);
    const StoreStatus status =
        IsLarge(i) ? database.SetBlob(key, std::move(*blob++), DeadlineChange::Clear())
                   : database.SetString(key, c_.args[ValueOf(i)], DeadlineChange::Clear());
    assert(status == StoreStatus::kStored);
    (void)status;
  }
  c_.changes += c_.keys.size();
}

// Stores all pairs; answers an error, and returns false, if memory is short.
bool StorePairs(CommandContext& c) {
  PairWriter writer(c);
  if (!writer.Prepare()) {
    c.reply.Error(errors::kOutOfMemory);
    return false;
  }
  writer.Store();
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
