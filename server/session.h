// A client's conversation without its socket: bytes of requests in, bytes of replies out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/reply_writer.h"
#include "protocol/request_parser.h"
#include "server/client.h"
#include "server/command_queue.h"
#include "server/command_table.h"
#include "server/dispatcher.h"
#include "server/held_request.h"
#include "server/invalidation_writer.h"
#include "server/server_state.h"
#include "server/tracking.h"
#include "server/watch_list.h"

namespace larder {

// Which replies a client does not want: CLIENT REPLY.
enum class Muting : uint8_t { kNone, kNextRequest, kThisRequest, kAll };

// Owns the state of the conversation: parser, transaction, selected database, and the command in
// progress.
//
// Thread safety: none; a session lives on one I/O thread.
class Session {
 public:
  // Requires: `dispatcher` and `client` outlive the session.
  Session(Dispatcher& dispatcher, Client& client);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  // Carries out the requests in `input`, which begins with the first byte not yet consumed, and
  // appends the replies to `output`. Returns how many bytes it is done with. While busy() the bytes
  // so returned must stay where they are, since the command in progress refers to them, and
  // Process() must not be called.
  size_t Process(std::string_view input, ReplyBuffer& output);

  // True while a long command is in progress: Resume() carries out the next slice of it, of a
  // millisecond at most.
  bool busy() const { return task_ != nullptr; }
  // True if Resume() has something to do now.
  bool has_slice() const { return busy() && !waits() && !task_waits(); }
  // True if Resume() has nothing to do until IoThread::WakeWaiting().
  bool task_waits() const { return busy() && task_->task != nullptr && task_->task->waits(); }
  void Resume(ReplyBuffer& output);

  // True if Process() returned because others want their turn too: the input holds more that can be
  // done.
  bool has_more() const { return has_more_; }

  // True while a pause keeps a request, or a long command in progress, waiting: Process() or
  // Resume() are to be called when it is over.
  bool waits() const { return held_ != nullptr || stalled_; }

  // True once the connection is to be closed after the replies so far were sent.
  bool closing() const { return closing_; }

  // Where the next bytes from the socket belong, if they are part of a large argument; else empty.
  // CommitLargeArgument() says how many were put there; the input of Process() goes on behind them.
  std::span<char> large_argument_rest() const { return parser_.large_bulk_rest(); }
  void CommitLargeArgument(size_t bytes) { parser_.CommitLargeBulk(bytes); }

  // How many bytes of large arguments have come for a request that is not complete yet.
  size_t large_argument_bytes() const;

  // A hint for the size of the input buffer: so many bytes are missing before anything more can be
  // done.
  size_t missing() const { return parser_.missing(); }
  // Bytes of memory beyond sizeof(*this); and those of them that belong to requests which are not
  // queued.
  size_t memory() const;
  size_t argument_memory() const;

  // --- For commands ---

  Client& client() { return client_; }
  RespVersion resp() const { return resp_; }
  size_t db() const { return db_; }
  bool authenticated() const { return authenticated_; }
  void set_resp(RespVersion version);
  void set_db(size_t db);
  void set_authenticated(bool authenticated);
  // Back to how the connection began, as RESET wants it.
  void Reset();
  void CloseAfterReply();
  // Ends the connection without even the replies that wait to be sent.
  void CloseAtOnce();
  // From now on all commands of all clients are shown to this one.
  void BeginMonitoring();
  bool monitors() const { return client_.has(kClientMonitors); }
  void set_muting(Muting muting);
  Muting muting() const { return muting_; }
  // Whether its reading a key is a use of it.
  bool touches() const { return !client_.has(kClientNoTouch); }
  void set_touches(bool touches);

  // How the client is told of keys that change; null: it is not. Requires, with a mode: the locks
  // of all shards.
  TrackingMode* tracking() { return tracking_.get(); }
  void set_tracking(std::unique_ptr<TrackingMode> mode);
  // Whether the keys of such a command are to be remembered for that.
  bool remembers(const CommandSpec& spec) const {
    return tracking_ != nullptr && (spec.flags & kReadOnly) != 0 && tracking_->remembers();
  }
  // Writes what has gathered. Requires: no reply has been begun only.
  void WriteInvalidations(ReplyBuffer& output) {
    if (client_.invalidations.any()) [[unlikely]]
      larder::WriteInvalidations(client_.invalidations.Take(), resp_, output);
  }

  // The transaction that MULTI began.
  bool in_transaction() const { return transaction_ != nullptr; }
  // True while EXEC carries it out.
  bool executes_transaction() const { return executes_transaction_; }
  void BeginTransaction();
  void DiscardTransaction();
  bool has_queued_writes() const { return in_transaction() && transaction_->may_write(); }
  // Whether EXEC is refused while a snapshot is loaded.
  bool has_queued_uses_of_data() const { return in_transaction() && transaction_->uses_data(); }
  // What the queued commands may store; zero if they only read or will not be carried out.
  size_t queued_growth() const {
    const bool grows = in_transaction() && transaction_->may_grow() && !transaction_->broken();
    return grows ? transaction_->memory() : 0;
  }
  // Carries out the queued commands with the locks of all their keys held, and ends the
  // transaction.
  void ExecuteTransaction(CommandContext& c);
  // Puts settings in force that have just been changed; requests do so by themselves, batch by
  // batch.
  void RefreshSettings() { dispatcher_.Refresh(); }
  // Lets the next EXEC carry out nothing if the key changes before. Requires: the lock of its shard
  // is held.
  void Watch(const Key& key, int64_t now_ms);
  // Requires: the caller holds no shard's lock, or nothing is watched.
  void UnwatchAll();
  // The large argument at this position of the request under way; null if it was not large. It can
  // be taken once.
  BlobRef TakeLargeArgument(size_t argument);

 private:
  friend class Dispatcher;

  ParseStatus ReadBatch(std::string_view input, size_t& end);
  void AcceptLargeArgument(ReplyWriter& reply);
  // Keeps a request until the end of a pause, and gives it out again.
  void Hold(const CommandSpec& spec, std::span<const std::string_view> args);
  std::unique_ptr<HeldRequest> TakeHeld();
  void EndMonitoring();
  // What CLIENT CACHING said was about the request that has just been carried out.
  void EndCaching(const CommandSpec& spec);
  void UpdatePlain();
  // Nothing about the client is out of the ordinary, so that its requests need fewer checks.
  bool is_plain() const { return is_plain_; }
  void FailProtocol(ReplyWriter& reply);
  void UpdateClient(int64_t now_us);
  // Tells other threads what the transaction and the watched keys come to.
  void UpdateTransaction();
  void Queue(const CommandSpec& spec, std::span<const std::string_view> args);

  // Constant after construction.
  Dispatcher& dispatcher_;
  Client& client_;

  // Owned by the I/O thread.
  RequestParser parser_;
  RespVersion resp_ = RespVersion::kResp2;
  bool is_plain_ = false;
  bool authenticated_ = false;
  bool closing_ = false;
  bool stalled_ = false;  // the task may not go on
  bool executes_transaction_ = false;
  Muting muting_ = Muting::kNone;
  uint32_t db_ = 0;
  bool drops_replies_ = false;
  bool has_more_ = false;
  uint16_t last_command_ = 0xffff;
  std::unique_ptr<CommandQueue> transaction_;
  std::unique_ptr<WatchList> watches_;
  std::unique_ptr<TrackingMode> tracking_;
  std::unique_ptr<RunningTask> task_;
  std::unique_ptr<HeldRequest> held_;
  // Arguments of the request under way that were received into blocks of their own, by their
  // position.
  LargeArguments large_arguments_;
};

}  // namespace larder
