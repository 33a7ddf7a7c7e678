// TIME and SHUTDOWN.
#include "server/commands/process.h"

#include <span>
#include <string_view>

#include "server/commands/errors.h"
#include "server/commands/option_word.h"
#include "server/session.h"

namespace larder {
namespace {

struct ShutdownOptions {
  bool nosave = false;
  bool save = false;
  bool now = false;
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

// NOW and FORCE change nothing: there are no replicas to wait for and no snapshot that could fail.
void ShutdownCommand(CommandContext& c) {
  ShutdownOptions options;
  if (!ReadShutdownOptions(c.args.subspan(1), options)) return c.reply.Error(errors::kSyntax);
  // A shutdown takes no time in which it could be called off.
  if (options.abort) return c.reply.Error(errors::kNoShutdown);
  if (options.save) return c.reply.Error(errors::kCannotSave);
  if (c.server.request_shutdown) c.server.request_shutdown();
  c.session.CloseAfterReply();  // without a reply, as Redis does it
}

}  // namespace larder
