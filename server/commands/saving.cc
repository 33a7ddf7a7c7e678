// SAVE, BGSAVE and LASTSAVE.
#include "server/commands/saving.h"

#include <utility>

#include "server/commands/errors.h"
#include "server/commands/option_word.h"
#include "server/commands/save_outcome_task.h"
#include "server/saver.h"
#include "server/server_state.h"

namespace larder {
namespace {

// What is there in the middle of a load must not take the place of the file.
bool RefusesWhileLoading(CommandContext& c) {
  if (!c.server.load.active()) return false;
  c.reply.Error(errors::kLoading);
  return true;
}

}  // namespace

std::unique_ptr<SlicedTask> SaveTask(CommandContext& c) {
  if (RefusesWhileLoading(c)) return nullptr;
  Saver::Outcome outcome = c.server.saver.BeginSoon();
  if (outcome)
    return std::make_unique<SaveOutcomeTask>(
        std::move(outcome), [](const SaveOutcome& saved, ReplyWriter& reply) {
          saved.error.empty() ? reply.Ok() : reply.Error("ERR " + saved.error);
        });
  c.reply.Error(errors::kSaveInProgress);
  return nullptr;
}

// Nothing ever stands in the way of a save but another one, so that SCHEDULE changes nothing. Only
// within a transaction it has to wait, for the end of that.
void BgsaveCommand(CommandContext& c) {
  if (c.args.size() > 2 || (c.args.size() == 2 && !IsWord(c.args[1], "schedule"))) {
    return c.reply.Error(errors::kSyntax);
  }
  if (RefusesWhileLoading(c)) return;
  Saver& saver = c.server.saver;
  if (!(c.in_exec ? saver.BeginSoon() : saver.BeginNow())) {
    return c.reply.Error(errors::kSaveInProgress);
  }
  c.reply.SimpleString(c.in_exec ? "Background saving scheduled" : "Background saving started");
}

void LastsaveCommand(CommandContext& c) {
  c.reply.Integer(c.server.saver.last_save_s());
}

}  // namespace larder
