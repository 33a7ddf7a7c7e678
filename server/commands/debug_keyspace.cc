// DEBUG DIGEST and DEBUG POPULATE, which visit very many keys.
#include <algorithm>
#include <string>
#include <string_view>

#include "protocol/number.h"
#include "server/commands/debug.h"
#include "server/commands/debug_allowed.h"
#include "server/commands/errors.h"
#include "storage/digest.h"
#include "storage/key_hash.h"

namespace larder {
namespace {

// Adds all keys of all databases up, shard by shard. Of two servers that have the same keys the
// digests are the same, if nobody writes meanwhile.
//
// Thread safety: none; a task belongs to its session.
class DigestTask : public SlicedTask {
 public:
  size_t next_shard() const override { return shard_; }

  bool Step(CommandContext& c) override {
    constexpr size_t kLeavesPerStep = 8;
    const Database* part = c.keyspace.shard(shard_).database_if_present(database_);
    for (size_t i = 0; part != nullptr && i < kLeavesPerStep; ++i) {
      cursor_ = part->Scan(cursor_, c.now_ms, [&](const Entry& entry) {
        digest_.Add(EntryImage::Of(database_, entry, {}));
      });
      if (cursor_ == 0) break;
    }
    if (cursor_ == 0 && ++database_ == c.keyspace.database_count()) {
      database_ = 0;
      ++shard_;
    }
    if (shard_ < c.keyspace.shard_count()) return false;
    c.reply.SimpleString(digest_.Text());
    return true;
  }

 private:
  DatasetDigest digest_;
  size_t shard_ = 0;
  size_t database_ = 0;
  uint64_t cursor_ = 0;  // in the database's part
};

// Stores a string under each of <prefix>:0 to <prefix>:<count - 1> that is not there yet.
//
// Thread safety: none; a task belongs to its session.
class PopulateTask : public SlicedTask {
 public:
  // With a size of zero the values are as long as they are.
  PopulateTask(const Keyspace& keyspace, std::string_view prefix, int64_t count, size_t size)
      : keyspace_(keyspace), prefix_(prefix), count_(count), size_(size) {
    MakeKey();
  }

  size_t next_shard() const override { return shard_; }

  bool Step(CommandContext& c) override {
    if (number_ == count_) {
      c.reply.Ok();
      return true;
    }
    const Key key{name_, hash_};
    Database& database = c.keyspace.DatabaseOf(key, c.db);
    if (database.Find(key, c.now_ms) == nullptr) {
      if (Store(database, key) != StoreStatus::kStored) {
        c.reply.Error(errors::kOutOfMemory);
        return true;
      }
      ++c.changes;
    }
    ++number_;
    MakeKey();
    return false;
  }

 private:
  void MakeKey() {
    name_ = prefix_ + ":" + std::to_string(number_);
    hash_ = HashKey(name_);
    shard_ = keyspace_.ShardOf(hash_);
  }
  StoreStatus Store(Database& database, const Key& key) {
    std::string value = "value:" + std::to_string(number_);
    if (size_ != 0) value.resize(size_, '\0');
    if (value.size() < kBlobThreshold)
      return database.SetString(key, value, DeadlineChange::Clear());
    BlobRef blob = Blob::Create(value.size());
    if (!blob) return StoreStatus::kOutOfMemory;
    value.copy(blob->data(), value.size());
    blob->set_size(value.size());
    return database.SetBlob(key, std::move(blob), DeadlineChange::Clear());
  }

  // Constant after construction.
  const Keyspace& keyspace_;
  const std::string prefix_;
  const int64_t count_;
  const size_t size_;

  int64_t number_ = 0;
  std::string name_;  // of the key whose turn it is
  uint64_t hash_ = 0;
  size_t shard_ = 0;
};

}  // namespace

std::unique_ptr<SlicedTask> DebugDigestTask(CommandContext& c) {
  if (!DebugAllowed(c)) return nullptr;
  return std::make_unique<DigestTask>();
}

std::unique_ptr<SlicedTask> DebugPopulateTask(CommandContext& c) {
  if (!DebugAllowed(c)) return nullptr;
  int64_t count = 0;
  int64_t size = 0;
  constexpr int64_t kMostBytes = int64_t{512} << 20;
  const bool has_size = c.args.size() == 5;
  if (c.args.size() > 5) {
    c.reply.Error(errors::BadSubcommand("debug", c.args[1]));
  } else if (!ParseInteger(c.args[2], &count) || count < 0 ||
             (has_size && (!ParseInteger(c.args[4], &size) || size < 0 || size > kMostBytes))) {
    c.reply.Error(errors::kNotPositive);
  } else {
    const std::string_view prefix = c.args.size() > 3 ? c.args[3] : "key";
    return std::make_unique<PopulateTask>(c.keyspace, prefix, count, static_cast<size_t>(size));
  }
  return nullptr;
}

}  // namespace larder
