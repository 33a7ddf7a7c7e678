// A long command that reads keys for a client which wants to be told of their changes.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "server/command.h"
#include "storage/database.h"
#include "storage/key_hash.h"

namespace larder {

// Remembers the keys before they are read, so that no change is missed; and since the client does
// not have what is about to be read when it is told of a change in between, tells it once more at
// the end.
//
// Thread safety: none; a task belongs to its session.
class RememberingTask : public SlicedTask {
 public:
  RememberingTask(std::unique_ptr<SlicedTask> task, const CommandContext& c);

  size_t next_shard() const override;
  bool Step(CommandContext& c) override;
  bool waits() const override { return phase_ == Phase::kReading && task_->waits(); }

 private:
  enum class Phase { kRemembering, kReading, kChecking };

  const std::unique_ptr<SlicedTask> task_;
  std::vector<Key> keys_;
  size_t next_ = 0;  // of the keys
  Phase phase_ = Phase::kRemembering;
  const Keyspace& keyspace_;
};

}  // namespace larder
