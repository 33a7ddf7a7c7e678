// Commands that walk through the keys of a database, in slices: KEYS and SCAN.
#include "server/commands/scan.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "protocol/number.h"
#include "protocol/reply_buffer.h"
#include "server/commands/errors.h"
#include "server/commands/key_pattern.h"
#include "server/commands/option_word.h"
#include "server/commands/type_name.h"

namespace larder {
namespace {

// Leaves of the table, of some eight entries each, that a step visits at most.
constexpr size_t kLeavesPerStep = 32;

// Keys that were found, as the elements of an array whose header is still to be written.
//
// Owns the part of the reply that was written so far.
// Thread safety: none; part of a task.
class FoundKeys {
 public:
  explicit FoundKeys(RespVersion version) : writer_(buffer_, version) {}

  void Add(std::string_view key) {
    writer_.Bulk(key);
    ++count_;
  }

  void MoveTo(ReplyWriter& reply) {
    reply.Array(count_);
    reply.buffer().TakeFrom(buffer_);
  }

 private:
  ReplyBuffer buffer_;
  ReplyWriter writer_;
  size_t count_ = 0;
};

// KEYS with a pattern: walks through all shards.
//
// While other clients grow and shrink the tables between two steps, a key that is there all the
// time is found exactly once: that none is missed is the promise of HashTable::Scan(), and that
// none is found twice is seen to here.
//
// Thread safety: none; a task belongs to its session.
class KeysWalk : public SlicedTask {
 public:
  KeysWalk(KeyPattern pattern, RespVersion version) : pattern_(pattern), found_(version) {}

  size_t next_shard() const override { return shard_; }

  bool Step(CommandContext& c) override {
    const Database* part = c.keyspace.shard(shard_).database_if_present(c.db);
    if (part == nullptr || WalkPart(*part, c.now_ms)) {
      ++shard_;
      cursor_ = 0;
      leaves_ = 0;
    }
    if (shard_ < c.keyspace.shard_count()) return false;
    found_.MoveTo(c.reply);
    return true;
  }

 private:
  // Visits some leaves of one shard; true at its end.
  bool WalkPart(const Database& part, int64_t now_ms) {
    // Where leaves were merged since the last step, the one that the cursor points into may reach
    // back to keys that were found already: those whose place is before the cursor's.
    bool merged = part.bucket_count() < leaves_;
    leaves_ = part.bucket_count();
    for (size_t i = 0; i < kLeavesPerStep; ++i) {
      const uint64_t place = ReverseBits(cursor_);
      cursor_ = part.Scan(cursor_, now_ms, [&](const Entry& entry) {
        if (merged && ReverseBits(HashKey(entry.key())) < place) return;
        if (pattern_.Matches(entry.key())) found_.Add(entry.key());
      });
      if (cursor_ == 0) return true;
      merged = false;
    }
    return false;
  }

  // Constant after construction.
  const KeyPattern pattern_;

  FoundKeys found_;
  size_t shard_ = 0;
  uint64_t cursor_ = 0;  // in the shard
  size_t leaves_ = 0;    // of the shard's table when the cursor was made; 0 at its start
};

// KEYS without a wildcard: at most one key matches.
//
// Thread safety: none; a task belongs to its session.
class KeysLookup : public SlicedTask {
 public:
  KeysLookup(std::string_view key, const Keyspace& keyspace)
      : key_{key, HashKey(key)}, shard_(keyspace.ShardOf(key_.hash)) {}

  size_t next_shard() const override { return shard_; }

  bool Step(CommandContext& c) override {
    const bool found = c.keyspace.shard(shard_).database(c.db).Find(key_, c.now_ms) != nullptr;
    c.reply.Array(found ? 1 : 0);
    if (found) c.reply.Bulk(key_.bytes);
    return true;
  }

 private:
  // Constant after construction.
  const Key key_;
  const size_t shard_;
};

struct ScanOptions {
  uint64_t cursor = 0;
  int64_t count = 10;
  KeyPattern pattern;
  bool of_type = false;
  std::optional<ValueType> type;  // where `of_type`: none if there is no type of that name
};

// SCAN: goes on with a walk through all shards until enough entries were seen.
//
// The cursor that clients are given holds the shard in its low bits, and the cursor of that
// shard's table above.
//
// Thread safety: none; a task belongs to its session.
class ScanWalk : public SlicedTask {
 public:
  ScanWalk(const ScanOptions& options, const Keyspace& keyspace, RespVersion version)
      : options_(options),
        shard_count_(keyspace.shard_count()),
        found_(version),
        shard_(options.cursor & (shard_count_ - 1)),
        cursor_(options.cursor >> ShardBits()),
        leaves_left_(options.count > kMostLeaves / 10 ? kMostLeaves : options.count * 10) {}

  size_t next_shard() const override { return shard_; }

  bool Step(CommandContext& c) override {
    const Database* part = c.keyspace.shard(shard_).database_if_present(c.db);
    if (part == nullptr || WalkPart(*part, c.now_ms)) {
      ++shard_;
      cursor_ = 0;
    }
    if (shard_ < shard_count_ && !HasEnough()) return false;
    WriteReply(c.reply);
    return true;
  }

 private:
  static constexpr int64_t kMostLeaves = std::numeric_limits<int64_t>::max();

  int ShardBits() const { return std::countr_zero(shard_count_); }

  // COUNT entries, whether they match or not; or, where the table is sparse, ten times as many
  // leaves of it.
  bool HasEnough() const { return seen_ >= options_.count || leaves_left_ <= 0; }

  // Visits some leaves of one shard; true at its end.
  bool WalkPart(const Database& part, int64_t now_ms) {
    for (size_t i = 0; i < kLeavesPerStep; ++i) {
      cursor_ = part.Scan(cursor_, now_ms, [this](const Entry& entry) {
        ++seen_;
        if (Matches(entry)) found_.Add(entry.key());
      });
      --leaves_left_;
      if (cursor_ == 0) return true;
      if (HasEnough()) return false;
    }
    return false;
  }

  bool Matches(const Entry& entry) const {
    if (options_.of_type && options_.type != entry.type()) return false;
    return options_.pattern.Matches(entry.key());
  }

  void WriteReply(ReplyWriter& reply) {
    const uint64_t cursor = shard_ < shard_count_ ? (cursor_ << ShardBits()) | shard_ : 0;
    char text[kMaxIntegerChars];
    reply.Array(2);
    reply.Bulk({text, FormatUnsigned(cursor, text)});
    found_.MoveTo(reply);
  }

  // Constant after construction.
  const ScanOptions options_;
  const size_t shard_count_;

  FoundKeys found_;
  size_t shard_;
  uint64_t cursor_;      // in the shard
  int64_t leaves_left_;  // to be visited at most
  int64_t seen_ = 0;     // entries
};

// A cursor is any unsigned number; as in Redis a plus sign may precede it, and no digits are zero.
std::optional<uint64_t> ParseCursor(std::string_view text) {
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  if (text == "+") return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<uint64_t>(c - '0');
    if (number > (kMost - digit) / 10) return std::nullopt;
    number = number * 10 + digit;
  }
  return number;
}

// Returns nothing if an error was answered.
std::optional<ScanOptions> ReadScanOptions(CommandContext& c) {
  const auto fail = [&c](std::string_view error) {
    c.reply.Error(error);
    return std::nullopt;
  };
  ScanOptions options;
  const std::optional<uint64_t> cursor = ParseCursor(c.args[1]);
  if (!cursor) return fail(errors::kInvalidCursor);
  options.cursor = *cursor;
  for (size_t i = 2; i < c.args.size(); ++i) {
    const std::string_view word = c.args[i];
    if (IsWord(word, "novalues")) return fail(errors::kNoValuesOnlyInHscan);
    if (i + 1 == c.args.size()) return fail(errors::kSyntax);
    const std::string_view value = c.args[++i];
    if (IsWord(word, "count")) {
      if (!ParseInteger(value, &options.count)) return fail(errors::kNotAnInteger);
      if (options.count < 1) return fail(errors::kSyntax);
    } else if (IsWord(word, "match")) {
      options.pattern = KeyPattern(value);
    } else if (IsWord(word, "type")) {
      options.of_type = true;
      options.type = FindType(value);
    } else {
      return fail(errors::kSyntax);
    }
  }
  return options;
}

}  // namespace

std::unique_ptr<SlicedTask> KeysTask(CommandContext& c) {
  const KeyPattern pattern(c.args[1]);
  if (pattern.is_literal()) return std::make_unique<KeysLookup>(pattern.bytes(), c.keyspace);
  return std::make_unique<KeysWalk>(pattern, c.reply.version());
}

std::unique_ptr<SlicedTask> ScanTask(CommandContext& c) {
  const std::optional<ScanOptions> options = ReadScanOptions(c);
  if (!options) return nullptr;
  return std::make_unique<ScanWalk>(*options, c.keyspace, c.reply.version());
}

}  // namespace larder
