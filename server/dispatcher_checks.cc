// The path of a request when something is out of the ordinary: with its client, with the request,
// or with the whole server.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <string>
#include <utility>

#include "server/commands/debug_allowed.h"
#include "server/commands/errors.h"
#include "server/dispatcher.h"
#include "server/session.h"

namespace larder {

namespace {

// The first word of a line of HTTP: a web page may have made a browser send requests, hidden in the
// body of a POST, to a server that only listens to its own machine.
bool IsHttp(std::string_view word) {
  const auto is = [word](std::string_view lower) {
    return std::equal(word.begin(), word.end(), lower.begin(), lower.end(),
                      [](unsigned char a, char b) { return std::tolower(a) == b; });
  };
  return is("post") || is("host:");
}

// The command or the subcommand does not exist; says which.
std::string UnknownCommand(std::span<const std::string_view> args) {
  const bool has_container = FindCommand(args[0]) != nullptr;
  return has_container ? errors::UnknownSubcommand(args[0], args[1]) : errors::UnknownCommand(args);
}

}  // namespace

// Like Execute(), which it ends with if nothing is in the way.
bool Dispatcher::ExecuteWithCare(Session& session, const Request& request, ReplyWriter& reply,
                                 int64_t now_ms) {
  reply.set_version(session.resp_);
  const Tracking::Acting acting(session.client().id);
  const bool called = session.muting_ == Muting::kNone
                          ? ExecuteChecked(session, request, reply, now_ms)
                          : ExecuteMuted(session, request, reply, now_ms);
  if (request.spec != nullptr && !session.waits()) session.EndCaching(*request.spec);
  // Behind the reply, since it may be about what the client has just changed.
  if (!session.busy()) session.WriteInvalidations(reply.buffer());
  return called;
}

// The reply is thrown away, unless the command has ended the silence.
bool Dispatcher::ExecuteMuted(Session& session, const Request& request, ReplyWriter& reply,
                              int64_t now_ms) {
  const Muting before = session.muting_;
  if (before == Muting::kNextRequest) session.set_muting(Muting::kThisRequest);
  ReplyBuffer unsaid;
  ReplyWriter writer(unsaid, session.resp_);
  const bool called = ExecuteChecked(session, request, writer, now_ms);
  if (session.waits()) {
    session.set_muting(before);
  } else if (session.muting_ == Muting::kNone) {
    reply.buffer().TakeFrom(unsaid);
  } else if (session.muting_ == Muting::kThisRequest) {
    session.set_muting(Muting::kNone);
  }
  if (session.busy()) session.task_->muted = true;
  return called;
}

bool Dispatcher::ExecuteChecked(Session& session, const Request& request, ReplyWriter& reply,
                                int64_t now_ms) {
  const std::span<const std::string_view> args = batch_.ArgsOf(request);
  if (!PassesChecks(session, request.spec, args, reply)) return false;
  const bool is_plain = session.touches() && !session.remembers(*request.spec);
  const bool called = is_plain ? Execute(session, request, reply, now_ms)
                               : Execute(session, WithoutSingleShard(request), reply, now_ms);
  if (called && state_.monitors.watch()) DescribeToMonitors(session, *request.spec, args);
  return called;
}

// The request with its only key among those of requests with several. These look at whether they
// are a use of their keys, and whether these are to be remembered; requests of one key need not.
Request Dispatcher::WithoutSingleShard(const Request& request) {
  Request general = request;
  if (request.shard == nullptr) return general;
  general.shard = nullptr;
  general.first_key = static_cast<uint32_t>(batch_.keys.size());
  general.key_count = 1;
  batch_.keys.push_back(request.key);
  return general;
}

// Returns false if the request was answered here, was queued, or has to wait.
bool Dispatcher::PassesChecks(Session& session, const CommandSpec* spec,
                              std::span<const std::string_view> args, ReplyWriter& reply) {
  if (spec == nullptr) {
    RefuseUnknown(session, args, reply);
    return false;
  }
  const bool may_stay_unknown = session.authenticated_ || (spec->flags & kNoAuth) != 0;
  if (!may_stay_unknown && !settings_->requirepass.empty()) {
    Refuse(session, spec, args, std::string(errors::kNoAuth), reply);
    return false;
  }
  if (state_.load.refuses_commands() &&
      ((spec->flags & kLoading) == 0 ||
       ((spec->flags & kEndsTransaction) != 0 && session.has_queued_uses_of_data()))) {
    Refuse(session, spec, args, std::string(errors::kLoading), reply);
    return false;
  }
  const bool transacts = session.in_transaction();
  if (transacts && (spec->flags & kNoMulti)) {
    Refuse(session, spec, args, std::string(errors::kNotInTransaction), reply);
    return false;
  }
  const bool is_queued = transacts && (spec->flags & kNotQueued) == 0;
  if (is_queued && (spec->flags & kDenyOom) &&
      !state_.memory.AdmitsQueued(args, state_.clock.NowMs())) {
    Refuse(session, spec, args, std::string(errors::kOutOfMemory), reply);
    return false;
  }
  if (is_queued && (spec->flags & kGuarded) && !MayDebug(*settings_, session.client())) {
    Refuse(session, spec, args, std::string(errors::kDebugNotAllowed), reply);
    return false;
  }
  if (session.monitors() && (spec->flags & (kWrite | kReadOnly | kMayReplicate))) {
    Refuse(session, spec, args, std::string(errors::kMonitorHasNoKeys), reply);
    return false;
  }
  if (MustWait(session, *spec, state_.clock.NowMs())) {
    session.Hold(*spec, args);
    return false;
  }
  if (!is_queued) return true;
  session.Queue(*spec, args);
  reply.SimpleString("QUEUED");
  return false;
}

void Dispatcher::RefuseUnknown(Session& session, std::span<const std::string_view> args,
                               ReplyWriter& reply) {
  const CommandSpec* named = FindCommandOf(args);
  if (named == nullptr && IsHttp(args[0])) {
    spdlog::warn("Client addr={} closed: it speaks HTTP, perhaps a page that attacks the server.",
                 session.client().peer);
    session.CloseAtOnce();
    return;
  }
  Refuse(session, named, args,
         named == nullptr ? UnknownCommand(args) : errors::WrongArity(named->name), reply);
}

void Dispatcher::Refuse(Session& session, const CommandSpec* spec,
                        std::span<const std::string_view> args, const std::string& error,
                        ReplyWriter& reply) {
  const bool ends = spec != nullptr && (spec->flags & kEndsTransaction) != 0;
  reply.Error(ends ? errors::TransactionDropped(error) : error);
  state_.statistics.CountError(reply.last_error_code());
  if (spec != nullptr) statistics_.per_command[CommandIndex(*spec)].rejected.Add(1);
  if (ends) {
    session.DiscardTransaction();  // outside of one, it is about the watched keys
    // Who watches has seen it begin.
    if (state_.monitors.watch()) DescribeToMonitors(session, *spec, args);
  } else if (session.in_transaction()) {
    session.transaction_->MarkBroken();
  }
}

bool Dispatcher::MustWait(const Session& session, const CommandSpec& spec, int64_t now_ms) {
  const bool writes = (spec.flags & (kWrite | kMayReplicate)) != 0 ||
                      ((spec.flags & kEndsTransaction) != 0 && session.has_queued_writes());
  return !session.monitors() && state_.pause.Holds(writes, now_ms);
}

bool Dispatcher::MustStall(const Session& session, const CommandSpec& spec, int64_t now_ms) {
  return MustWait(session, spec, now_ms) ||
         (state_.load.refuses_commands() && (spec.flags & kLoading) == 0);
}

void Dispatcher::RunHeld(Session& session, ReplyWriter& reply, int64_t now_ms) {
  if (MustWait(session, session.held_->spec(), now_ms)) return;
  std::unique_ptr<HeldRequest> held = session.TakeHeld();
  batch_.Clear();
  for (const std::string_view arg : held->args())
    batch_.args.Append(arg);
  session.large_arguments_ = held->TakeLargeArguments();
  Admit(session, /*first_arg=*/0, /*end=*/0);
  RunBatch(session, reply, now_ms);
  if (session.busy()) session.task_->held = std::move(held);
}

void Dispatcher::DescribeToMonitors(const Session& session, const CommandSpec& spec,
                                    std::span<const std::string_view> args) {
  if (spec.flags & (kSkipMonitor | kAdmin)) return;
  AppendMonitorLine(monitor_lines_, session.client_, session.db_, state_.clock.NowUs(), spec, args);
}

void Dispatcher::ShowToMonitors() {
  if (monitor_lines_.empty()) [[likely]]
    return;
  const auto lines = std::make_shared<const std::string>(std::exchange(monitor_lines_, {}));
  for (ClientThread* thread : state_.threads)
    thread->ShowToMonitors(lines);
}

}  // namespace larder
