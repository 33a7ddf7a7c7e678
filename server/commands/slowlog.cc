// Replies with the calls that the slow log keeps.
#include "server/commands/slowlog.h"

#include <limits>
#include <memory>
#include <vector>

#include "protocol/number.h"
#include "server/commands/errors.h"
#include "server/server_state.h"

namespace larder {
namespace {

void ReplyCall(ReplyWriter& reply, const SlowCall& call) {
  reply.Array(6);
  reply.Integer(static_cast<int64_t>(call.id));
  reply.Integer(call.unix_time);
  reply.Integer(call.duration_us);
  reply.Array(call.args.size());
  for (const std::string& arg : call.args)
    reply.Bulk(arg);
  reply.Bulk(call.peer);
  reply.Bulk(call.client_name);
}

}  // namespace

void SlowlogGetCommand(CommandContext& c) {
  constexpr int64_t kAll = -1;
  int64_t count = 10;
  if (c.args.size() == 3 && (!ParseInteger(c.args[2], &count) || count < kAll)) {
    return c.reply.Error(errors::kBadSlowlogCount);
  }
  if (c.args.size() > 3) return c.reply.Error(errors::BadSubcommand("slowlog", c.args[1]));
  if (count == kAll) count = std::numeric_limits<int64_t>::max();
  const auto calls = c.server.slow_log.Newest(static_cast<size_t>(count));
  c.reply.Array(calls.size());
  for (const std::shared_ptr<const SlowCall>& call : calls)
    ReplyCall(c.reply, *call);
}

void SlowlogLenCommand(CommandContext& c) {
  c.reply.Integer(static_cast<int64_t>(c.server.slow_log.size()));
}

void SlowlogResetCommand(CommandContext& c) {
  c.server.slow_log.Clear();
  c.reply.Ok();
}

}  // namespace larder
