// Commands on keys of any type: deleting, asking, renaming, copying and moving them.
#include "server/commands/keys.h"

#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "server/commands/database_number.h"
#include "server/commands/errors.h"
#include "server/commands/option_word.h"
#include "server/commands/type_name.h"

namespace larder {
namespace {

// The value of an entry that is about to be removed. A large value is shared with the entry rather
// than copied, and the entry stays whole for the case that there is no memory for the new one.
Value ValueToMove(const Entry& entry) {
  if (entry.encoding() != Encoding::kBlob) return Database::Clone(entry);
  Value value;
  value.type = entry.type();
  value.encoding = entry.encoding();
  value.deadline_ms = entry.deadline_ms();
  value.blob = BlobRef::Share(entry.blob());
  return value;
}

// Moves an entry with its deadline to another key or database, over what is there; false if memory
// is short.
bool MoveEntry(const Entry& entry, Database& from, const Key& key, Database& to, const Key& new_key,
               int64_t now_ms) {
  if (to.Put(new_key, ValueToMove(entry)) != StoreStatus::kStored) return false;
  from.Remove(key, now_ms);
  return true;
}

void Rename(CommandContext& c, bool only_to_new_key) {
  const Key& key = c.keys[0];
  const Key& new_key = c.keys[1];
  Database& from = c.DatabaseOf(key);
  Database& to = c.DatabaseOf(new_key);
  if (from.Find(key, c.now_ms) == nullptr) return c.reply.Error(errors::kNoSuchKey);
  const bool taken = to.Find(new_key, c.now_ms) != nullptr;
  if (only_to_new_key && taken) return c.reply.Integer(0);
  if (key.bytes == new_key.bytes) return c.reply.Ok();
  // Found again, since looking for the new key may have removed an expired entry.
  if (!MoveEntry(*from.Find(key, c.now_ms), from, key, to, new_key, c.now_ms)) {
    return c.reply.Error(errors::kOutOfMemory);
  }
  ++c.changes;
  if (only_to_new_key) {
    c.reply.Integer(1);
  } else {
    c.reply.Ok();
  }
}

void Delete(CommandContext& c) {
  uint64_t deleted = 0;
  for (const Key& key : c.keys)
    deleted += c.DatabaseOf(key).Remove(key, c.now_ms);
  c.changes += deleted;
  c.reply.Integer(static_cast<int64_t>(deleted));
}

// How an entry is looked for: Database::Read or Database::Inspect.
using Look = Entry* (Database::*)(const Key&, int64_t);

void Count(CommandContext& c, Look look) {
  int64_t found = 0;
  for (const Key& key : c.keys)
    found += (c.DatabaseOf(key).*look)(key, c.now_ms) != nullptr;
  c.reply.Integer(found);
}

struct CopyOptions {
  size_t db;
  bool replace = false;
};

// Returns nothing if an error was answered.
std::optional<CopyOptions> ReadCopyOptions(CommandContext& c) {
  CopyOptions options{c.db};
  for (size_t i = 3; i < c.args.size(); ++i) {
    if (IsWord(c.args[i], "replace")) {
      options.replace = true;
    } else if (IsWord(c.args[i], "db") && i + 1 < c.args.size()) {
      const std::optional<int> db = ReadDatabaseNumber(c, c.args[++i]);
      if (!db || !CheckDatabaseNumber(c, *db)) return std::nullopt;
      options.db = static_cast<size_t>(*db);
    } else {
      c.reply.Error(errors::kSyntax);
      return std::nullopt;
    }
  }
  return options;
}

// The dispatcher knows of what a command changes in the selected database only.
void NoteOtherDatabase(CommandContext& c, const Key& key, size_t db) {
  c.keyspace.shard(c.keyspace.ShardOf(key.hash)).NoteWrite(db, key.hash);
}

uint64_t RandomNumber() {
  // One generator for each thread, so that none waits for another.
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return generator();
}

// The part of the database that has key number `number`, when the keys of all shards are numbered.
// Requires: the database has more keys than that.
Database& PartWithKey(CommandContext& c, size_t number) {
  size_t shard = 0;
  while (number >= c.keyspace.shard(shard).database(c.db).size()) {
    number -= c.keyspace.shard(shard++).database(c.db).size();
  }
  return c.keyspace.shard(shard).database(c.db);
}

// The first key that has not expired within so many buckets of the table; null if there is none.
const Entry* FindLiveEntry(CommandContext& c, size_t buckets) {
  const Entry* found = nullptr;
  for (size_t shard = 0; shard < c.keyspace.shard_count(); ++shard) {
    const Database& database = c.keyspace.shard(shard).database(c.db);
    uint64_t cursor = 0;
    do {
      cursor = database.Scan(cursor, c.now_ms, [&](const Entry& entry) { found = &entry; });
      if (found != nullptr || --buckets == 0) return found;
    } while (cursor != 0);
  }
  return nullptr;
}

}  // namespace

void DelCommand(CommandContext& c) {
  Delete(c);
}

// The memory of large values is given back outside of the lock for DEL, too.
void UnlinkCommand(CommandContext& c) {
  Delete(c);
}

void ExistsCommand(CommandContext& c) {
  Count(c, &Database::Inspect);
}

void TouchCommand(CommandContext& c) {
  Count(c, &Database::Read);
}

void TypeCommand(CommandContext& c) {
  const Entry* entry = c.database().Inspect(c.keys[0], c.now_ms);
  c.reply.SimpleString(entry != nullptr ? TypeName(entry->type()) : "none");
}

void RenameCommand(CommandContext& c) {
  Rename(c, /*only_to_new_key=*/false);
}

void RenamenxCommand(CommandContext& c) {
  Rename(c, /*only_to_new_key=*/true);
}

void CopyCommand(CommandContext& c) {
  const std::optional<CopyOptions> options = ReadCopyOptions(c);
  if (!options) return;
  const Key& key = c.keys[0];
  const Key& new_key = c.keys[1];
  if (options->db == c.db && key.bytes == new_key.bytes) {
    return c.reply.Error(errors::kSameObject);
  }
  Database& from = c.DatabaseOf(key);
  Database& to = c.keyspace.DatabaseOf(new_key, options->db);
  NoteOtherDatabase(c, new_key, options->db);
  if (from.Read(key, c.now_ms) == nullptr) return c.reply.Integer(0);
  const bool taken = to.Find(new_key, c.now_ms) != nullptr;
  if (taken && !options->replace) return c.reply.Integer(0);
  // Found again, since looking for the new key may have removed an expired entry.
  const Entry& entry = *from.Find(key, c.now_ms);
  if (!to.MayGrow(entry.StringSize()) ||
      to.Put(new_key, Database::Clone(entry)) != StoreStatus::kStored) {
    return c.reply.Error(errors::kOutOfMemory);
  }
  ++c.changes;
  c.reply.Integer(1);
}

void MoveCommand(CommandContext& c) {
  const std::optional<int> db = ReadDatabaseNumber(c, c.args[2]);
  if (!db || !CheckDatabaseNumber(c, *db)) return;
  if (static_cast<size_t>(*db) == c.db) return c.reply.Error(errors::kSameObject);
  const Key& key = c.keys[0];
  Database& from = c.database();
  Database& to = c.keyspace.DatabaseOf(key, static_cast<size_t>(*db));
  NoteOtherDatabase(c, key, static_cast<size_t>(*db));
  if (from.Find(key, c.now_ms) == nullptr || to.Find(key, c.now_ms) != nullptr) {
    return c.reply.Integer(0);
  }
  if (!MoveEntry(*from.Find(key, c.now_ms), from, key, to, key, c.now_ms)) {
    return c.reply.Error(errors::kOutOfMemory);
  }
  ++c.changes;
  c.reply.Integer(1);
}

void RandomkeyCommand(CommandContext& c) {
  constexpr int kTries = 100;
  constexpr size_t kMostBuckets = 4096;
  for (int i = 0; i < kTries; ++i) {
    const size_t keys = c.keyspace.Size(c.db);
    if (keys == 0) return c.reply.Null();
    Database& part = PartWithKey(c, RandomNumber() % keys);
    const Entry* entry = part.Sample(RandomNumber());
    if (!entry->IsExpired(c.now_ms)) return c.reply.Bulk(entry->key());
    const std::string expired(entry->key());
    part.Find({expired, HashKey(expired)}, c.now_ms);  // removes it
  }
  // Almost everything has expired just now: take any key that is left.
  const Entry* entry = FindLiveEntry(c, kMostBuckets);
  if (entry == nullptr) return c.reply.Null();
  c.reply.Bulk(entry->key());
}

}  // namespace larder
