// What is known of how a value is stored and how it was used.
#include "server/commands/object.h"

#include "server/commands/encoding_name.h"
#include "server/commands/errors.h"

namespace larder {
namespace {

// The entry of the first key, which looking at is no use of; answers null if it is missing.
const Entry* Look(CommandContext& c) {
  const Entry* entry = c.database().Find(c.keys[0], c.now_ms);
  if (entry == nullptr) c.reply.Null();
  return entry;
}

Eviction& EvictionOf(CommandContext& c) {
  return c.keyspace.shard(c.keyspace.ShardOf(c.keys[0].hash)).eviction();
}

}  // namespace

void ObjectEncodingCommand(CommandContext& c) {
  const Entry* entry = Look(c);
  if (entry != nullptr) c.reply.Bulk(EncodingName(*entry));
}

void ObjectFreqCommand(CommandContext& c) {
  const Entry* entry = Look(c);
  if (entry == nullptr) return;
  Eviction& eviction = EvictionOf(c);
  if (!IsLfu(eviction.settings().policy)) return c.reply.Error(errors::kFrequencyNotTracked);
  c.reply.Integer(eviction.Frequency(*entry));
}

void ObjectIdletimeCommand(CommandContext& c) {
  const Entry* entry = Look(c);
  if (entry == nullptr) return;
  Eviction& eviction = EvictionOf(c);
  const EvictionPolicy policy = eviction.settings().policy;
  if (IsLfu(policy)) return c.reply.Error(errors::kIdleTimeNotTracked);
  if (IsS3Fifo(policy)) return c.reply.Error(errors::kIdleTimeNotTrackedByS3Fifo);
  c.keyspace.budget().set_seconds(static_cast<uint32_t>(c.now_ms / 1000));
  c.reply.Integer(eviction.IdleSeconds(*entry));
}

void ObjectRefcountCommand(CommandContext& c) {
  if (Look(c) != nullptr) c.reply.Integer(1);  // entries are never shared
}

}  // namespace larder
