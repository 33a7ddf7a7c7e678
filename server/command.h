// What a command is: its row in the command table, and what its handler is given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "protocol/reply_writer.h"
#include "storage/keyspace.h"

namespace larder {

class Session;
struct ServerState;
struct CommandSpec;

// What a handler works with. It lives for one call.
//
// Handlers are three beats: decode the arguments, one or two calls to storage, one reply. The
// dispatcher has checked arity and authentication, hashed the keys and locked their shards before.
struct CommandContext {
  std::span<const std::string_view>
      args;                   // args[0] is the command's name (args[1] the subcommand's)
  std::span<const Key> keys;  // the keys among the arguments, hashed, in their order
  int64_t now_ms;             // wall-clock time of the batch
  ReplyWriter& reply;
  Keyspace& keyspace;
  size_t db;  // the selected database
  Session& session;
  ServerState& server;
  const CommandSpec& spec;
  Database* first_database = nullptr;  // the selected database's part that holds keys[0]
  // How many changes the command made: the server's count of changes, later also what is
  // replicated.
  uint64_t changes = 0;
  bool in_exec = false;  // one of several commands that EXEC carries out

  // The selected database's part that holds `key`, which must be one of `keys`.
  Database& DatabaseOf(const Key& key) { return keyspace.DatabaseOf(key, db); }
  // The same for the first key, the usual case.
  Database& database() { return *first_database; }

  // How long the string is that one of `keys` holds now, zero if it holds none: for a command's
  // `growth`. Requires: no lock of a shard is held.
  size_t StoredSize(const Key& key) const;

  // The argument as a block that can be stored without copying, if it was large enough to be
  // received into one; null otherwise.
  BlobRef TakeBlob(size_t argument);
};

// A command that is carried out in slices, because it visits very many keys. The dispatcher calls
// Step() with the lock of next_shard() held until it says that it has finished, and lets others run
// in between.
class SlicedTask {
 public:
  static constexpr size_t kNoShard = ~size_t{0};

  virtual ~SlicedTask() = default;
  // The shard that the next step works on, or kNoShard.
  virtual size_t next_shard() const = 0;
  // Works for about 50 µs at most. On the last step it writes the reply and returns true. The
  // context's arguments (and the views in them) stay valid from the first step to the last one; its
  // `keys` is empty.
  virtual bool Step(CommandContext& c) = 0;
  // Whether the next step has to wait until somebody calls IoThread::WakeWaiting() for all threads.
  virtual bool waits() const { return false; }
};

using Handler = void (*)(CommandContext&);
// Makes the task of a sliced command, or writes an error and returns null.
using TaskMaker = std::unique_ptr<SlicedTask> (*)(CommandContext&);

enum class CommandGroup : uint8_t {
  kConnection,
  kString,
  kGeneric,
  kServer,
  kTransactions,
  kBitmap,
  kCluster
};

// Flags of a command; those that COMMAND INFO prints come first, in its order.
enum CommandFlags : uint32_t {
  kNoFlags = 0,
  kWrite = 1u << 0,
  kReadOnly = 1u << 1,
  kDenyOom = 1u << 2,
  kAdmin = 1u << 3,
  kPubSub = 1u << 4,
  kNoScript = 1u << 5,
  kBlocking = 1u << 6,
  kLoading = 1u << 7,
  kStale = 1u << 8,
  kSkipMonitor = 1u << 9,
  kSkipSlowlog = 1u << 10,
  kAsking = 1u << 11,
  kFast = 1u << 12,
  kNoAuth = 1u << 13,  // allowed before authentication
  kMayReplicate = 1u << 14,
  kMovableKeys = 1u << 15,
  kAllowBusy = 1u << 16,
  kNoAsyncLoading = 1u << 17,
  // Larder's own, not printed.
  kAllShards = 1u << 24,        // runs with every shard locked
  kNotQueued = 1u << 25,        // runs at once inside of MULTI (EXEC, DISCARD, QUIT, RESET, …)
  kNoMulti = 1u << 26,          // refused inside of MULTI; printed as no_multi
  kEndsTransaction = 1u << 28,  // being refused drops the transaction (EXEC)
  kIsUse = 1u << 29,            // a use of its keys even for CLIENT NO-TOUCH (TOUCH)
  kGuarded = 1u << 30,          // needs the setting enable-debug-command (DEBUG)
  kContainer = 1u << 27,        // has subcommands only, or a handler for the bare name (COMMAND)
};

// The range of the arguments that are keys, as COMMAND INFO gives it. `last` counts from the end
// when negative.
struct KeyRange {
  int8_t first = 0;
  int8_t last = 0;
  int8_t step = 0;

  bool empty() const { return first == 0; }
  // The position of the last key in a request of `args` arguments.
  size_t Last(size_t args) const {
    return last >= 0 ? static_cast<size_t>(last) : args - static_cast<size_t>(-last);
  }
};

// What a command does with its keys; the first word of each pair is RW, RO, OW or RM in key specs.
enum KeyUse : uint16_t {
  kKeyRo = 1 << 0,
  kKeyRw = 1 << 1,
  kKeyOw = 1 << 2,
  kKeyRm = 1 << 3,
  kKeyAccess = 1 << 4,
  kKeyUpdate = 1 << 5,
  kKeyInsert = 1 << 6,
  kKeyDelete = 1 << 7,
  kKeyVariable = 1 << 8,
};

// A command that takes more keys than this is carried out in slices, if its row has a `task`.
inline constexpr size_t kSlicedKeys = 512;

}  // namespace larder
