// The three phases of a long read for a client that tracks keys.
#include "server/remembering_task.h"

#include <utility>

#include "server/command_table.h"
#include "server/server_state.h"
#include "server/session.h"

namespace larder {

RememberingTask::RememberingTask(std::unique_ptr<SlicedTask> task, const CommandContext& c)
    : task_(std::move(task)), keyspace_(c.keyspace) {
  ForEachKeyPosition(c.spec, c.args.size(), [&](size_t position) {
    keys_.push_back({c.args[position], HashKey(c.args[position])});
  });
  if (keys_.empty()) phase_ = Phase::kReading;
}

size_t RememberingTask::next_shard() const {
  return phase_ == Phase::kReading ? task_->next_shard() : keyspace_.ShardOf(keys_[next_].hash);
}

bool RememberingTask::Step(CommandContext& c) {
  const uint64_t client = c.session.client().id;
  if (phase_ == Phase::kReading) {
    if (!task_->Step(c)) return false;
    phase_ = Phase::kChecking;
    return keys_.empty();
  }
  const Key& key = keys_[next_];
  if (phase_ == Phase::kRemembering) {
    const auto most = static_cast<size_t>(c.server.settings.Current()->tracking_table_max_keys);
    c.server.tracking.Remember(client, {&key, 1}, most);
  } else if (!c.server.tracking.Remembers(client, key)) {
    c.server.tracking.Tell(client, key.bytes);
  }
  if (++next_ < keys_.size()) return false;
  next_ = 0;
  if (phase_ == Phase::kChecking) return true;
  phase_ = Phase::kReading;
  return false;
}

}  // namespace larder
