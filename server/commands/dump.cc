// Values on their way to another server, and back.
#include "server/commands/dump.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "protocol/number.h"
#include "server/commands/errors.h"
#include "server/commands/option_word.h"
#include "server/server_state.h"
#include "storage/rdb_decoder.h"
#include "storage/rdb_encoder.h"

namespace larder {
namespace {

constexpr size_t kTtl = 2;
constexpr size_t kPayload = 3;
constexpr size_t kOptions = 4;

// Longer values are not compressed: others would have to wait for their shard meanwhile.
constexpr size_t kMostToCompress = 64 * 1024;

struct RestoreOptions {
  bool replace = false;
  bool absolute = false;
  EvictionHint hint;
};

// Reads the number behind IDLETIME or FREQ; answers an error, and returns false, if it is none or
// not from 0 to `most`.
bool ReadHint(CommandContext& c, std::string_view word, int64_t most, std::string_view error,
              int64_t& value) {
  if (!ParseInteger(word, &value)) {
    c.reply.Error(errors::kNotAnInteger);
    return false;
  }
  if (value >= 0 && value <= most) return true;
  c.reply.Error(error);
  return false;
}

// Returns nothing if an error was answered.
std::optional<RestoreOptions> ReadRestoreOptions(CommandContext& c) {
  using Kind = EvictionHint::Kind;
  constexpr int64_t kMostFrequency = 255;
  RestoreOptions options;
  for (size_t i = kOptions; i < c.args.size(); ++i) {
    const std::string_view word = c.args[i];
    const bool has_value = i + 1 < c.args.size();
    int64_t value = 0;
    if (IsWord(word, "replace")) {
      options.replace = true;
    } else if (IsWord(word, "absttl")) {
      options.absolute = true;
    } else if (IsWord(word, "idletime") && has_value && options.hint.kind != Kind::kFrequency) {
      constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
      if (!ReadHint(c, c.args[++i], kMost, errors::kInvalidIdleTime, value)) return std::nullopt;
      const int64_t seconds = std::min<int64_t>(value, std::numeric_limits<uint32_t>::max());
      options.hint = {Kind::kIdleSeconds, static_cast<uint32_t>(seconds)};
    } else if (IsWord(word, "freq") && has_value && options.hint.kind != Kind::kIdleSeconds) {
      if (!ReadHint(c, c.args[++i], kMostFrequency, errors::kInvalidFrequency, value)) {
        return std::nullopt;
      }
      options.hint = {Kind::kFrequency, static_cast<uint32_t>(value)};
    } else {
      c.reply.Error(errors::kSyntax);
      return std::nullopt;
    }
  }
  return options;
}

// The deadline that the argument asks for, or kNoDeadline. Returns nothing if an error was
// answered.
std::optional<int64_t> ReadTtl(CommandContext& c, bool absolute) {
  int64_t ttl;
  if (!ParseInteger(c.args[kTtl], &ttl)) {
    c.reply.Error(errors::kNotAnInteger);
    return std::nullopt;
  }
  if (ttl < 0) {
    c.reply.Error(errors::kInvalidTtl);
    return std::nullopt;
  }
  if (ttl == 0) return kNoDeadline;
  if (absolute) return ttl;
  if (ttl > std::numeric_limits<int64_t>::max() - c.now_ms) {
    c.reply.Error(errors::InvalidExpireTime("restore"));
    return std::nullopt;
  }
  return c.now_ms + ttl;
}

// Answers an error, and returns false, if the payload holds nothing that can be stored.
bool DecodePayload(CommandContext& c, RdbDecoder& decoder, DecodedString& string) {
  const std::string_view payload = c.args[kPayload];
  if (!RdbDecoder::IsPayload(payload)) {
    c.reply.Error(errors::kWrongPayload);
    return false;
  }
  const std::optional<RdbError> error = decoder.DecodePayload(payload, string);
  if (!error) return true;
  if (error->kind == RdbError::Kind::kUnsupported) {
    c.reply.Error(errors::UnsupportedPayload(error->what));
  } else if (error->kind == RdbError::Kind::kRefused) {
    c.reply.Error(errors::kOutOfMemory);
  } else {
    c.reply.Error(errors::kBadDataFormat);
  }
  return false;
}

}  // namespace

void DumpCommand(CommandContext& c) {
  const Entry* entry = c.database().Read(c.keys[0], c.now_ms);
  if (entry == nullptr) return c.reply.Null();
  const EntryImage image = EntryImage::Of(c.db, *entry, {});
  const bool compress =
      image.value.size() <= kMostToCompress && c.server.settings.Current()->rdbcompression;
  c.reply.Bulk(RdbEncoder::Dump(image, compress));
}

void RestoreCommand(CommandContext& c) {
  const std::optional<RestoreOptions> options = ReadRestoreOptions(c);
  if (!options) return;
  Database& database = c.database();
  const Key& key = c.keys[0];
  const bool taken = database.Find(key, c.now_ms) != nullptr;
  if (taken && !options->replace) return c.reply.Error(errors::kBusyKey);
  const std::optional<int64_t> deadline_ms = ReadTtl(c, options->absolute);
  if (!deadline_ms) return;
  RdbDecoder decoder;
  DecodedString string;
  if (!DecodePayload(c, decoder, string)) return;

  if (*deadline_ms != kNoDeadline && *deadline_ms <= c.now_ms) {
    c.changes += database.Remove(key, c.now_ms);
    return c.reply.Ok();
  }
  if (string.StoreIn(database, key, DeadlineChange::To(*deadline_ms)) != StoreStatus::kStored) {
    return c.reply.Error(errors::kOutOfMemory);
  }
  c.keyspace.budget().set_seconds(static_cast<uint32_t>(c.now_ms / 1000));
  Eviction& eviction = c.keyspace.shard(c.keyspace.ShardOf(key.hash)).eviction();
  eviction.Recall(*database.Find(key, c.now_ms), options->hint);
  ++c.changes;
  c.reply.Ok();
}

size_t RestoreGrowth(const CommandContext& c) {
  const std::string_view payload = c.args[kPayload];
  RdbInput input(payload);
  uint8_t type;
  RdbString value;
  if (!input.ReadByte(type, "a type") || type != rdb::kString ||
      !input.ReadStringHead(value, "a value")) {
    return 0;
  }
  return value.size > payload.size() ? value.size - payload.size() : 0;
}

}  // namespace larder
