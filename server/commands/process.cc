// TIME and SHUTDOWN.
#include "server/commands/process.h"

#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "server/commands/errors.h"
#include "server/commands/option_word.h"
#include "server/commands/save_outcome_task.h"
#include "server/server_state.h"
#include "server/session.h"

namespace larder {
namespace {

struct ShutdownOptions {
  bool nosave = false;
  bool save = false;
  bool now = false;  // changes nothing: there are no replicas to wait for
  bool force = false;
  bool abort = false;
};

bool ReadShutdownOptions(std::span<const std::string_view> args, ShutdownOptions& options) {
  for (const std::string_view arg : args) {
    if (IsWord(arg, "nosave")) {
      options.nosave = true;
    } else if (IsWord(arg, "save")) {
      options.save = true;
    } else if (IsWord(arg, "now")) {
      options.now = true;
    } else if (IsWord(arg, "force")) {
      options.force = true;
    } else if (IsWord(arg, "abort")) {
      options.abort = true;
    } else {
      return false;
    }
  }
  const bool others = options.nosave || options.save || options.now || options.force;
  return !(options.abort && others) && !(options.nosave && options.save);
}

}  // namespace

void TimeCommand(CommandContext& c) {
  constexpr int64_t kSecond = 1000000;
  const int64_t now_us = c.server.clock.NowUs();
  c.reply.Array(2);
  c.reply.BulkInteger(now_us / kSecond);
  c.reply.BulkInteger(now_us % kSecond);
}

std::unique_ptr<SlicedTask> ShutdownTask(CommandContext& c) {
  ShutdownOptions options;
  if (!ReadShutdownOptions(c.args.subspan(1), options)) {
    c.reply.Error(errors::kSyntax);
    return nullptr;
  }
  if (options.abort) {
    // A shutdown takes no time in which it could be called off.
    c.reply.Error(errors::kNoShutdown);
    return nullptr;
  }
  using Save = ShutdownRequest::Save;
  ShutdownRequest request;
  request.save = options.save ? Save::kYes : options.nosave ? Save::kNo : Save::kIfConfigured;
  request.force = options.force;
  request.refused = std::make_shared<SaveOutcome>();
  const std::shared_ptr<const SaveOutcome> refused = request.refused;
  const bool saves = request.Saves(*c.server.settings.Current());
  if (c.server.request_shutdown) c.server.request_shutdown(std::move(request));
  if (saves) {
    // The end of the server comes without a reply, the news that it goes on with one.
    return std::make_unique<SaveOutcomeTask>(refused, [](const SaveOutcome&, ReplyWriter& reply) {
      reply.Error(errors::kShutdownFailed);
    });
  }
  c.session.CloseAfterReply();  // without a reply, as Redis does it
  return nullptr;
}

}  // namespace larder
