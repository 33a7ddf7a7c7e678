// The path of a request from its arguments to its handler.
#include "server/dispatcher.h"

#include <algorithm>
#include <string>
#include <utility>

#include "server/commands/errors.h"
#include "server/session.h"
#include "storage/key_hash.h"
#include "storage/prefetch.h"
#include "storage/same_bytes.h"
#include "storage/shard_set.h"
#include "storage/untouched_shards.h"

namespace larder {

namespace {

bool ArityFits(const CommandSpec& spec, size_t args) {
  return spec.arity >= 0 ? args == static_cast<size_t>(spec.arity)
                         : args >= static_cast<size_t>(-spec.arity);
}

// The rest of an entry is asked for so many requests before its turn: all at once would be more
// than the processor can wait for.
constexpr size_t kValuesAhead = 6;

bool IsSliced(const CommandSpec& spec, size_t args) {
  return spec.task != nullptr && (spec.keys.empty() || KeyCount(spec, args) > kSlicedKeys);
}

void AppendKeys(const CommandSpec& spec, std::span<const std::string_view> args,
                std::vector<Key>& keys) {
  ForEachKeyPosition(spec, args.size(), [&](size_t position) {
    keys.push_back({args[position], HashKey(args[position])});
  });
}

}  // namespace

BlobRef CommandContext::TakeBlob(size_t argument) {
  return session.TakeLargeArgument(argument);
}

Dispatcher::Dispatcher(ServerState& state, ThreadStatistics& statistics)
    : state_(state),
      keyspace_(state.keyspace),
      statistics_(statistics),
      ticks_(state.statistics.tick_counter()),
      settings_(state.settings.Current()),
      settings_version_(state.settings.version()),
      recorder_(state, statistics) {
  recorder_.Apply(*settings_);
}

void Dispatcher::Refresh() {
  if (state_.settings.version() == settings_version_) [[likely]]
    return;
  settings_version_ = state_.settings.version();
  settings_ = state_.settings.Current();
  recorder_.Apply(*settings_);
}

void Dispatcher::Admit(const Session& session, size_t first_arg, size_t end) {
  Request& request = batch_.requests[batch_.count++];
  request.first_arg = static_cast<uint32_t>(first_arg);
  request.arg_count = static_cast<uint32_t>(batch_.args.size() - first_arg);
  request.end = end;
  request.shard = nullptr;
  request.entry = nullptr;
  request.first_key = 0;
  request.key_count = 0;
  const std::span<const std::string_view> args = batch_.ArgsOf(request);
  const CommandSpec* const spec = request.spec = SpecOf(args);
  if (spec == nullptr || spec->keys.empty()) return;
  if (spec->keys.first != spec->keys.last) {
    AdmitSeveralKeys(session, request);
    return;
  }
  const std::string_view key = args[static_cast<size_t>(spec->keys.first)];
  request.key = {key, HashKey(key)};
  request.shard = &keyspace_.shard(keyspace_.ShardOf(request.key.hash));
  if (const Database* database = request.shard->database_if_present(session.db_)) {
    database->PrefetchBucket(request.key.hash);
  }
  if (spec->flags & kDenyOom) request.shard->PrefetchForInsert(request.key.hash);
}

// The command of the batch's newest request, null if there is none or its arity is not met. Most
// often it is that of the request before.
const CommandSpec* Dispatcher::SpecOf(std::span<const std::string_view> args) const {
  if (batch_.count > 1) {
    const Request& before = batch_.requests[batch_.count - 2];
    if (before.arg_count == args.size() && before.spec != nullptr &&
        before.spec->name.size() == args[0].size() &&  // not the row of a subcommand
        (before.spec->flags & kContainer) == 0 &&
        SameBytes(batch_.args[before.first_arg], args[0])) {
      return before.spec;
    }
  }
  const CommandSpec* spec = FindCommandOf(args);
  return spec != nullptr && ArityFits(*spec, args.size()) ? spec : nullptr;
}

void Dispatcher::AdmitSeveralKeys(const Session& session, Request& request) {
  const std::span<const std::string_view> args = batch_.ArgsOf(request);
  if (IsSliced(*request.spec, args.size())) return;
  request.first_key = static_cast<uint32_t>(batch_.keys.size());
  AppendKeys(*request.spec, args, batch_.keys);
  request.key_count = static_cast<uint32_t>(batch_.keys.size()) - request.first_key;
  for (const Key& key : batch_.KeysOf(request)) {
    const Shard& shard = keyspace_.shard(keyspace_.ShardOf(key.hash));
    if (const Database* database = shard.database_if_present(session.db_)) {
      database->PrefetchBucket(key.hash);
    }
  }
}

// Requests of several keys do this for themselves, under the locks that they need anyway.
void Dispatcher::PrefetchEntries(const Session& session) {
  for (Request& request : std::span(batch_.requests).first(batch_.count)) {
    // A shard that is in use is left alone: prefetching is not worth waiting for.
    if (request.shard == nullptr || !request.shard->lock().try_lock()) continue;
    if (const Database* database = request.shard->database_if_present(session.db_)) {
      request.entry = database->PrefetchEntries(request.key.hash);
    }
    request.shard->lock().unlock();
  }
}

size_t Dispatcher::RunBatch(Session& session, ReplyWriter& reply, int64_t now_ms) {
  if (batch_.count > 1) PrefetchEntries(session);
  size_t executed = 0;
  uint64_t before = TickCounter::Now();
  for (size_t i = 0; i < std::min(kValuesAhead, batch_.count); ++i)
    PrefetchRest(batch_.requests[i].entry);
  while (executed < batch_.count) {
    if (executed + kValuesAhead < batch_.count) {
      PrefetchRest(batch_.requests[executed + kValuesAhead].entry);
    }
    const Request& request = batch_.requests[executed++];
    const bool is_plain = request.spec != nullptr && session.is_plain() && !state_.attention.any();
    bool called;
    if (is_plain) [[likely]] {
      called = Execute(session, request, reply, now_ms);
    } else {
      called = ExecuteWithCare(session, request, reply, now_ms);
      if (session.waits()) break;
    }
    const uint64_t after = TickCounter::Now();
    if (called) {
      recorder_.Record(*request.spec, batch_.ArgsOf(request), session.client(), after - before);
    }
    before = after;
    if (!session.large_arguments_.empty()) [[unlikely]]
      session.large_arguments_.clear();
    if (session.busy() || session.closing()) [[unlikely]]
      break;
  }
  ShowToMonitors();
  return executed == 0 ? 0 : batch_.requests[executed - 1].end;
}

// Every command passes here, and every change that one made is known here.
[[gnu::always_inline]] inline void Dispatcher::Call(CommandContext& c) {
  const uint64_t errors_before = c.reply.errors();
  const uint64_t failures_before = failures_;
  c.spec.handler(c);
  // What failed inside of EXEC is counted there.
  if (c.reply.errors() != errors_before && failures_ == failures_before) [[unlikely]]
    CountFailure(c);
  if (c.changes != 0) statistics_.changes.Add(c.changes);
  if ((c.spec.flags & kWrite) && state_.load.active()) [[unlikely]]
    NoteWrites(c);
}

// Returns whether the request's command was carried out to its end.
bool Dispatcher::Execute(Session& session, const Request& request, ReplyWriter& reply,
                         int64_t now_ms) {
  const std::span<const std::string_view> args = batch_.ArgsOf(request);
  reply.set_version(session.resp_);
  const CommandSpec& spec = *request.spec;
  session.last_command_ = static_cast<uint16_t>(CommandIndex(spec));
  CommandContext c{
      args, batch_.KeysOf(request), now_ms, reply, keyspace_, session.db_, session, state_, spec};
  if ((spec.flags & (kDenyOom | kEndsTransaction)) && !state_.memory.Admits(c)) [[unlikely]] {
    Refuse(session, &spec, args, std::string(errors::kOutOfMemory), reply);
    return false;
  }
  if (request.shard != nullptr) [[likely]] {
    const ShardGuard guard(*request.shard);
    c.first_database = &request.shard->database(session.db_);
    request.shard->key_statistics().CountUse(c.first_database, request.key.bytes, request.key.hash,
                                             (spec.flags & kWrite) != 0);
    Call(c);
    return true;
  }
  if (IsSliced(spec, args.size())) [[unlikely]] {
    StartTask(session, c);
    return false;
  }
  ExecuteOnShards(c);
  return true;
}

// For commands with several keys, or none.
void Dispatcher::ExecuteOnShards(CommandContext& c) {
  if (c.keys.empty() && (c.spec.flags & kAllShards) == 0) {
    Call(c);
    return;
  }
  const ShardSet shards = ShardsOf(c.spec, c.keys);
  const ShardSetGuard guard(keyspace_, shards);
  const bool touches = c.session.touches() || (c.spec.flags & kIsUse);
  const UntouchedShards untouched(keyspace_, shards, touches);
  for (const Key& key : c.keys)
    PrefetchRest(c.DatabaseOf(key).PrefetchEntries(key.hash));
  if (!c.keys.empty()) c.first_database = &c.DatabaseOf(c.keys[0]);
  CountUses(c);
  Call(c);
  if (c.session.remembers(c.spec)) Remember(c);
}

// Of keys that are locked all together. Those of very long commands are not counted: no key is hot
// for being one of thousands.
void Dispatcher::CountUses(const CommandContext& c) {
  for (const Key& key : c.keys) {
    Shard& shard = keyspace_.shard(keyspace_.ShardOf(key.hash));
    shard.key_statistics().CountUse(&shard.database(c.db), key.bytes, key.hash,
                                    (c.spec.flags & kWrite) != 0);
  }
}

void Dispatcher::Remember(const CommandContext& c) {
  state_.tracking.Remember(c.session.client().id, c.keys,
                           static_cast<size_t>(settings_->tracking_table_max_keys));
}

// What clients write, or remove, wins over the snapshot that is being loaded: whatever came of it.
void Dispatcher::NoteWrites(const CommandContext& c) {
  for (const Key& key : c.keys)
    keyspace_.shard(keyspace_.ShardOf(key.hash)).NoteWrite(c.db, key.hash);
}

void Dispatcher::CountFailure(const CommandContext& c) {
  ++failures_;
  statistics_.per_command[CommandIndex(c.spec)].failed.Add(1);
  state_.statistics.CountError(c.reply.last_error_code());
}

ShardSet Dispatcher::ShardsOf(const CommandSpec& spec, std::span<const Key> keys) const {
  ShardSet shards(keyspace_.shard_count());
  if (spec.flags & kAllShards) shards.AddAll(keyspace_.shard_count());
  for (const Key& key : keys)
    shards.Add(keyspace_.ShardOf(key.hash));
  return shards;
}

void Dispatcher::RunTransaction(Session& session, const CommandQueue& queue,
                                CommandContext& outer) {
  ShardSet shards(keyspace_.shard_count());
  std::vector<Key> keys;
  for (const CommandQueue::Item& item : queue.items()) {
    if ((item.spec().flags & kAllShards) || IsSliced(item.spec(), item.args().size())) {
      shards.AddAll(keyspace_.shard_count());
    }
    AppendKeys(item.spec(), item.args(), keys);
  }
  for (const Key& key : keys)
    shards.Add(keyspace_.ShardOf(key.hash));
  WatchList* const watches = session.watches_.get();
  if (watches != nullptr) watches->AddShardsTo(shards, keyspace_);
  const ShardSetGuard guard(keyspace_, shards);

  if (watches != nullptr) {
    const bool holds = watches->Holds(keyspace_, outer.now_ms);
    watches->Clear(keyspace_);
    if (!holds) {
      outer.reply.NullArray();
      return;
    }
  }
  const UntouchedShards untouched(keyspace_, shards, session.touches());
  outer.reply.Array(queue.size());
  size_t first_key = 0;
  for (const CommandQueue::Item& item : queue.items()) {
    const size_t key_count = KeyCount(item.spec(), item.args().size());
    outer.reply.set_version(session.resp_);
    CommandContext c{item.args(),  std::span(keys).subspan(first_key, key_count),
                     outer.now_ms, outer.reply,
                     keyspace_,    session.db_,
                     session,      state_,
                     item.spec()};
    c.in_exec = true;
    first_key += key_count;
    if (key_count != 0) c.first_database = &c.DatabaseOf(c.keys[0]);
    CountUses(c);
    const uint64_t before = TickCounter::Now();
    IsSliced(item.spec(), item.args().size()) ? RunWhole(c) : Call(c);
    if (session.remembers(item.spec())) Remember(c);
    recorder_.Record(item.spec(), item.args(), session.client(), TickCounter::Now() - before);
    if (state_.monitors.watch()) DescribeToMonitors(session, item.spec(), item.args());
  }
}

void Dispatcher::ClearWatches(WatchList& watches) {
  ShardSet shards(keyspace_.shard_count());
  watches.AddShardsTo(shards, keyspace_);
  const ShardSetGuard guard(keyspace_, shards);
  watches.Clear(keyspace_);
}

}  // namespace larder
