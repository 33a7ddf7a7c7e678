// Carries out requests: finds their commands, checks them, hashes and prefetches their keys, locks
// the shards, runs the handlers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/reply_writer.h"
#include "protocol/request_parser.h"
#include "server/call_recorder.h"
#include "server/command_queue.h"
#include "server/command_table.h"
#include "server/held_request.h"
#include "server/request_batch.h"
#include "server/server_state.h"
#include "server/tick_counter.h"
#include "server/watch_list.h"
#include "storage/shard_set.h"

namespace larder {

class Session;

// A sliced command in progress, and what keeps its arguments alive beside the session's input.
struct RunningTask {
  const CommandSpec* spec;
  std::unique_ptr<SlicedTask> task;
  ArgumentList args;
  std::unique_ptr<HeldRequest> held;  // if it had to wait before
  RequestParser parser;
  LargeArguments large_arguments;
  uint64_t ticks = 0;     // spent in all slices so far
  bool muted = false;     // its client does not want the reply
  bool answered = false;  // only its memory is left to be freed, in slices as well
};

// The only place where shards are locked, and the one place that knows of every executed write.
//
// Thread safety: none; each I/O thread has its own.
class Dispatcher {
 public:
  // How long one client may work before others get their turn.
  static constexpr int64_t kSliceUs = 1000;

  // Requires: `state` and `statistics` outlive the dispatcher.
  Dispatcher(ServerState& state, ThreadStatistics& statistics);

  ServerState& state() { return state_; }
  ThreadStatistics& statistics() { return statistics_; }
  // The settings as of the last call of Refresh().
  const Settings& settings() const { return *settings_; }
  // Looks once whether settings have changed.
  void Refresh();

  RequestBatch& batch() { return batch_; }
  // Adds the request whose arguments were just appended to the batch's, from `first_arg` on: looks
  // its command up, hashes its keys and prefetches their buckets.
  void Admit(const Session& session, size_t first_arg, size_t end);
  // Carries out the batch, and returns how many bytes of the input are done with. It stops early
  // when the session has become busy or is to be closed.
  size_t RunBatch(Session& session, ReplyWriter& reply, int64_t now_ms);

  // Carries out the session's request that was held by a pause, if it need not wait any longer.
  void RunHeld(Session& session, ReplyWriter& reply, int64_t now_ms);
  // Whether a pause is under way that stops such a command of the session.
  bool MustWait(const Session& session, const CommandSpec& spec, int64_t now_ms);
  // Whether such a command that is under way may not go on: as before, or since the data is about
  // to be loaded again.
  bool MustStall(const Session& session, const CommandSpec& spec, int64_t now_ms);

  // Carries out the next slice of the session's task.
  void RunSlice(Session& session, ReplyWriter& reply, int64_t now_ms);
  // Carries out queued commands with all their shards locked, and those of the watched keys, and
  // writes the array of their replies.
  // If a watched key has changed, it carries out nothing and says so.
  void RunTransaction(Session& session, const CommandQueue& queue, CommandContext& outer);
  // Empties the list with the shards of its keys locked. Requires: the caller holds none.
  void ClearWatches(WatchList& watches);

 private:
  const CommandSpec* SpecOf(std::span<const std::string_view> args) const;
  void AdmitSeveralKeys(const Session& session, Request& request);
  void PrefetchEntries(const Session& session);
  bool Execute(Session& session, const Request& request, ReplyWriter& reply, int64_t now_ms);
  void ExecuteOnShards(CommandContext& c);
  bool ExecuteWithCare(Session& session, const Request& request, ReplyWriter& reply,
                       int64_t now_ms);
  bool ExecuteChecked(Session& session, const Request& request, ReplyWriter& reply, int64_t now_ms);
  bool ExecuteMuted(Session& session, const Request& request, ReplyWriter& reply, int64_t now_ms);
  Request WithoutSingleShard(const Request& request);
  bool PassesChecks(Session& session, const CommandSpec* spec,
                    std::span<const std::string_view> args, ReplyWriter& reply);
  void RefuseUnknown(Session& session, std::span<const std::string_view> args, ReplyWriter& reply);
  void Refuse(Session& session, const CommandSpec* spec, std::span<const std::string_view> args,
              const std::string& error, ReplyWriter& reply);
  // Describes a request that was carried out; sends what was described since the last time.
  void DescribeToMonitors(const Session& session, const CommandSpec& spec,
                          std::span<const std::string_view> args);
  void ShowToMonitors();
  void Call(CommandContext& c);
  void NoteWrites(const CommandContext& c);
  void NoteTaskWrites(const CommandContext& c);
  void CountUses(const CommandContext& c);
  // Takes note of what a client has read that wants to be told of changes.
  void Remember(const CommandContext& c);
  void CountFailure(const CommandContext& c);
  ShardSet ShardsOf(const CommandSpec& spec, std::span<const Key> keys) const;
  void StartTask(Session& session, CommandContext& c);
  bool RunStep(SlicedTask& task, CommandContext& c);
  void RunWhole(CommandContext& c);

  // Constant after construction.
  ServerState& state_;
  Keyspace& keyspace_;
  ThreadStatistics& statistics_;
  const TickCounter& ticks_;

  // Owned by the I/O thread.
  std::shared_ptr<const Settings> settings_;
  uint64_t settings_version_ = 0;
  CallRecorder recorder_;
  uint64_t failures_ = 0;  // commands that answered with an error
  RequestBatch batch_;
  std::string monitor_lines_;  // of this batch
};

}  // namespace larder
