// Looks into values, and makes the server behave in ways that tests need.
#include "server/commands/debug.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>

#include "protocol/glob_pattern.h"
#include "protocol/number.h"
#include "server/commands/debug_allowed.h"
#include "server/commands/encoding_name.h"
#include "server/commands/errors.h"
#include "server/server_state.h"
#include "storage/digest.h"
#include "storage/rdb_encoder.h"

namespace larder {
namespace {

Eviction& EvictionOf(CommandContext& c) {
  return c.keyspace.shard(c.keyspace.ShardOf(c.keys[0].hash)).eviction();
}

std::string AddressText(const void* address) {
  char text[32];
  const int size = std::snprintf(text, sizeof text, "%p", address);
  return std::string(text, static_cast<size_t>(size));
}

// The key's entry with its database's number; null if it is missing.
const Entry* Look(CommandContext& c, const Key& key) {
  return c.DatabaseOf(key).Find(key, c.now_ms);
}

}  // namespace

void DebugSleepCommand(CommandContext& c) {
  if (!DebugAllowed(c)) return;
  long double seconds = 0;
  if (!ParseLongDouble(c.args[2], &seconds)) return c.reply.Error(errors::kNotAFloat);
  constexpr long double kMost = 1e9;
  // All shards are locked meanwhile: the whole server stands still, which is the purpose.
  const auto us = static_cast<int64_t>(std::clamp<long double>(seconds, 0, kMost) * 1'000'000);
  std::this_thread::sleep_for(std::chrono::microseconds(us));
  c.reply.Ok();
}

void DebugObjectCommand(CommandContext& c) {
  if (!DebugAllowed(c)) return;
  const Entry* entry = Look(c, c.keys[0]);
  if (entry == nullptr) return c.reply.Error(errors::kNoSuchKey);
  // Without the type in front, and the version and the checksum behind the value.
  constexpr size_t kAroundValue = 1 + 2 + 8;
  const size_t size =
      RdbEncoder::Dump(EntryImage::Of(c.db, *entry, {}), /*compress=*/true).size() - kAroundValue;
  std::string text = "Value at:" + AddressText(entry) +
                     " refcount:1 encoding:" + std::string(EncodingName(*entry)) +
                     " serializedlength:" + std::to_string(size);
  Eviction& eviction = EvictionOf(c);
  const EvictionPolicy policy = eviction.settings().policy;
  if (!IsLfu(policy) && !IsS3Fifo(policy)) {
    c.keyspace.budget().set_seconds(static_cast<uint32_t>(c.now_ms / 1000));
    text += " lru_seconds_idle:" + std::to_string(eviction.IdleSeconds(*entry));
  }
  c.reply.SimpleString(text);
}

void DebugDigestValueCommand(CommandContext& c) {
  if (!DebugAllowed(c)) return;
  c.reply.Array(c.keys.size());
  for (const Key& key : c.keys) {
    const Entry* entry = Look(c, key);
    Digest digest;
    if (entry != nullptr) digest.AppendValue(EntryImage::Of(c.db, *entry, {}));
    c.reply.SimpleString(digest.Text());
  }
}

void DebugSetActiveExpireCommand(CommandContext& c) {
  if (!DebugAllowed(c)) return;
  if (c.args[2] != "0" && c.args[2] != "1") return c.reply.Error(errors::kSyntax);
  // Relaxed: the threads take notice at their next turn of upkeep.
  c.server.expires_actively.store(c.args[2] == "1", std::memory_order_relaxed);
  c.reply.Ok();
}

void DebugStringmatchLenCommand(CommandContext& c) {
  if (!DebugAllowed(c)) return;
  c.reply.Integer(GlobMatch(c.args[2], c.args[3]));
}

void DebugErrorCommand(CommandContext& c) {
  if (!DebugAllowed(c)) return;
  // A line end would begin another reply.
  std::string text(c.args[2]);
  std::replace_if(
      text.begin(), text.end(),
      [](char character) { return character == '\r' || character == '\n'; }, ' ');
  c.reply.Error(text);
}

}  // namespace larder
