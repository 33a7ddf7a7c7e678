// Commands on whole databases, which run with all shards locked: size, swapping and emptying.
#include "server/commands/databases.h"

#include <optional>

#include "server/commands/database_number.h"
#include "server/commands/errors.h"
#include "server/commands/option_word.h"
#include "server/server_state.h"

namespace larder {
namespace {

// Reads [ASYNC|SYNC]. There is nothing to choose: either way the keys are gone at once, and their
// memory is given back in the background, so that nobody has to wait for it.
bool ReadFlushOptions(CommandContext& c) {
  if (c.args.size() == 1) return true;
  if (c.args.size() == 2 && (IsWord(c.args[1], "async") || IsWord(c.args[1], "sync"))) return true;
  c.reply.Error(errors::kSyntax);
  return false;
}

}  // namespace

void DbsizeCommand(CommandContext& c) {
  c.reply.Integer(static_cast<int64_t>(c.keyspace.Size(c.db)));
}

void SwapdbCommand(CommandContext& c) {
  const std::optional<int> first = ReadDatabaseNumber(c, c.args[1], errors::kInvalidFirstDbIndex);
  if (!first) return;
  const std::optional<int> second = ReadDatabaseNumber(c, c.args[2], errors::kInvalidSecondDbIndex);
  if (!second) return;
  if (!CheckDatabaseNumber(c, *first) || !CheckDatabaseNumber(c, *second)) return;
  c.keyspace.Swap(static_cast<size_t>(*first), static_cast<size_t>(*second), c.now_ms);
  c.server.tracking.ChangedAll();
  ++c.changes;
  c.reply.Ok();
}

void FlushdbCommand(CommandContext& c) {
  if (!ReadFlushOptions(c)) return;
  c.changes += c.keyspace.Size(c.db);
  c.keyspace.Flush(c.db);
  c.server.tracking.ChangedAll();
  c.reply.Ok();
}

void FlushallCommand(CommandContext& c) {
  if (!ReadFlushOptions(c)) return;
  for (size_t db = 0; db < c.keyspace.database_count(); ++db)
    c.changes += c.keyspace.Size(db);
  c.keyspace.FlushAll();
  c.server.tracking.ChangedAll();
  c.reply.Ok();
}

}  // namespace larder
