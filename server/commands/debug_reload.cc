// DEBUG RELOAD: what is on the disk becomes the data.
#include <string_view>
#include <utility>

#include "server/commands/debug.h"
#include "server/commands/debug_allowed.h"
#include "server/commands/errors.h"
#include "server/commands/option_word.h"
#include "server/commands/save_outcome_task.h"
#include "server/reloader.h"
#include "server/server_state.h"

namespace larder {

std::unique_ptr<SlicedTask> DebugReloadTask(CommandContext& c) {
  if (!DebugAllowed(c)) return nullptr;
  Reloader::Options options;
  for (const std::string_view arg : c.args.subspan(2)) {
    if (IsWord(arg, "merge")) {
      options.replaces = true;
    } else if (IsWord(arg, "noflush")) {
      options.empties = false;
    } else if (IsWord(arg, "nosave")) {
      options.saves = false;
    } else {
      c.reply.Error(errors::kReloadOptions);
      return nullptr;
    }
  }
  Saver::Outcome outcome = c.server.reloader.Begin(options);
  if (!outcome) {
    c.reply.Error(errors::kLoading);
    return nullptr;
  }
  return std::make_unique<SaveOutcomeTask>(
      std::move(outcome), [](const SaveOutcome& reloaded, ReplyWriter& reply) {
        reloaded.error.empty() ? reply.Ok() : reply.Error("ERR " + reloaded.error);
      });
}

}  // namespace larder
