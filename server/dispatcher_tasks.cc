// Long commands: one slice per turn of their client.
#include <memory>
#include <string_view>
#include <utility>

#include "server/dispatcher.h"
#include "server/remembering_task.h"
#include "server/session.h"
#include "storage/key_hash.h"

namespace larder {

namespace {

// A slice of a task also ends after so many steps, so that it is bounded where time stands still.
constexpr int kStepsPerSlice = 16;

// Of the arguments of a finished task.
constexpr size_t kViewsFreedPerSlice = 128 * 1024;

}  // namespace

void Dispatcher::StartTask(Session& session, CommandContext& c) {
  const uint64_t errors_before = c.reply.errors();
  std::unique_ptr<SlicedTask> task = c.spec.task(c);
  if (c.reply.errors() != errors_before) CountFailure(c);
  if (task == nullptr) return;
  if (session.remembers(c.spec)) task = std::make_unique<RememberingTask>(std::move(task), c);
  if ((c.spec.flags & kWrite) && state_.load.active()) [[unlikely]]
    NoteTaskWrites(c);
  session.task_ = std::make_unique<RunningTask>();
  session.task_->spec = &c.spec;
  session.task_->task = std::move(task);
  // The array of a million arguments is taken over rather than copied; a request that
  // long is the last one of its batch.
  if (c.args.size() == batch_.args.size()) {
    session.task_->args = std::move(batch_.args);
  } else {
    session.task_->args.Reserve(c.args.size());
    for (const std::string_view arg : c.args)
      session.task_->args.Append(arg);
  }
  session.task_->large_arguments = std::exchange(session.large_arguments_, {});
  RunSlice(session, c.reply, c.now_ms);
}

// Before the task begins, so that none of its keys is loaded behind it.
void Dispatcher::NoteTaskWrites(const CommandContext& c) {
  ForEachKeyPosition(c.spec, c.args.size(), [&](size_t position) {
    const uint64_t hash = HashKey(c.args[position]);
    Shard& shard = keyspace_.shard(keyspace_.ShardOf(hash));
    const ShardGuard guard(shard);
    shard.NoteWrite(c.db, hash);
  });
}

void Dispatcher::RunSlice(Session& session, ReplyWriter& reply, int64_t now_ms) {
  RunningTask& running = *session.task_;
  if (running.answered) {
    if (!running.args.Shrink(kViewsFreedPerSlice)) session.task_.reset();
    return;
  }
  const Tracking::Acting acting(session.client().id);
  CommandContext c{running.args, {},      now_ms, reply,        keyspace_,
                   session.db_,  session, state_, *running.spec};
  const uint64_t errors_before = reply.errors();
  const uint64_t before = TickCounter::Now();
  bool finished = false;
  for (int step = 0; step < kStepsPerSlice && !finished; ++step) {
    finished = RunStep(*running.task, c);
    if (running.task->waits()) break;
    if (ticks_.Nanoseconds(TickCounter::Now() - before) > kSliceUs * 1000 / 2) break;
  }
  const uint64_t ticks = TickCounter::Now() - before;
  running.ticks += ticks;
  recorder_.RecordSlice(ticks);
  if (c.changes != 0) statistics_.changes.Add(c.changes);
  if (!finished) return;
  if (reply.errors() != errors_before) CountFailure(c);
  recorder_.RecordSliced(*running.spec, running.args, session.client(), running.ticks);
  if (state_.monitors.watch()) {
    DescribeToMonitors(session, *running.spec, running.args);
    ShowToMonitors();
  }
  running.answered = true;
  running.task.reset();
  if (running.args.capacity() <= kViewsFreedPerSlice) session.task_.reset();
}

bool Dispatcher::RunStep(SlicedTask& task, CommandContext& c) {
  const size_t shard = task.next_shard();
  if (shard == SlicedTask::kNoShard) return task.Step(c);
  const ShardGuard guard(keyspace_.shard(shard));
  return task.Step(c);
}

// A sliced command within a transaction is carried out in one go: all shards are locked already.
void Dispatcher::RunWhole(CommandContext& c) {
  const uint64_t errors_before = c.reply.errors();
  if (const std::unique_ptr<SlicedTask> task = c.spec.task(c)) {
    while (!task->Step(c)) {
    }
  }
  if (c.reply.errors() != errors_before) CountFailure(c);
  if (c.changes != 0) statistics_.changes.Add(c.changes);
}

}  // namespace larder
