// MULTI, EXEC, DISCARD, WATCH and UNWATCH.
#include "server/commands/transaction.h"

#include "server/commands/errors.h"
#include "server/session.h"

namespace larder {

void MultiCommand(CommandContext& c) {
  if (c.session.in_transaction()) return c.reply.Error(errors::kNestedMulti);
  c.session.BeginTransaction();
  c.reply.Ok();
}

void ExecCommand(CommandContext& c) {
  if (!c.session.in_transaction()) return c.reply.Error(errors::kExecWithoutMulti);
  c.session.ExecuteTransaction(c);
}

void DiscardCommand(CommandContext& c) {
  if (!c.session.in_transaction()) return c.reply.Error(errors::kDiscardWithoutMulti);
  c.session.DiscardTransaction();
  c.reply.Ok();
}

void WatchCommand(CommandContext& c) {
  if (c.session.in_transaction()) return c.reply.Error(errors::kWatchInsideMulti);
  for (const Key& key : c.keys)
    c.session.Watch(key, c.now_ms);
  c.reply.Ok();
}

void UnwatchCommand(CommandContext& c) {
  c.session.UnwatchAll();
  c.reply.Ok();
}

}  // namespace larder
