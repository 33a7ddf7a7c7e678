// Feeds a client's input to the parser and the requests to the dispatcher, batch by batch.
#include "server/session.h"

#include <utility>

#include "server/commands/errors.h"

namespace larder {

namespace {

// A batch ends early when it holds so many arguments: a request with very many is the last of its
// batch.
constexpr size_t kManyArguments = 1024;
// Replies are sent in between when so many bytes of them have gathered.
constexpr size_t kManyReplyBytes = 1024 * 1024;

}  // namespace

Session::Session(Dispatcher& dispatcher, Client& client)
    : dispatcher_(dispatcher), client_(client) {
  dispatcher_.Refresh();
  set_authenticated(dispatcher_.settings().requirepass.empty());
}

Session::~Session() {
  UnwatchAll();
  EndMonitoring();
  set_tracking(nullptr);
}

size_t Session::Process(std::string_view input, ReplyBuffer& output) {
  dispatcher_.Refresh();
  const ServerState& state = dispatcher_.state();
  const int64_t now_ms = state.clock.NowMs();
  const int64_t started_us = state.clock.MonotonicUs();
  ReplyWriter reply(output, resp_);
  size_t done = 0;
  has_more_ = false;
  if (held_ != nullptr) dispatcher_.RunHeld(*this, reply, now_ms);
  while (!waits() && !busy() && !closing_) {
    size_t end = 0;
    const ParseStatus status = ReadBatch(input, end);
    const size_t executed = dispatcher_.RunBatch(*this, reply, now_ms);
    if (busy() || closing_ || waits()) {
      // What the parser has read ahead is read again later. It holds arguments of the task,
      // perhaps.
      RequestParser used = std::exchange(parser_, RequestParser());
      if (busy()) task_->parser = std::move(used);
      done += executed;
      break;
    }
    done += end;
    input.remove_prefix(end);
    if (status == ParseStatus::kError) FailProtocol(reply);
    if (status == ParseStatus::kLargeBulk) AcceptLargeArgument(reply);
    if (status == ParseStatus::kNeedMore || closing_) break;
    if (state.clock.MonotonicUs() - started_us >= Dispatcher::kSliceUs ||
        output.size() >= kManyReplyBytes) {
      has_more_ = true;
      break;
    }
  }
  if (drops_replies_) [[unlikely]]
    output.Clear();
  UpdateClient(started_us);
  return done;
}

ParseStatus Session::ReadBatch(std::string_view input, size_t& end) {
  RequestBatch& batch = dispatcher_.batch();
  batch.Clear();
  const ParserLimits limits{dispatcher_.settings().proto_max_bulk_len, !authenticated_};
  // The limits depend on what the request before does, as long as that may be AUTH.
  const size_t most = authenticated_ ? RequestBatch::kMaxRequests : 1;
  end = 0;
  while (batch.count < most && batch.args.size() < kManyArguments) {
    const size_t first_arg = batch.args.size();
    const ParseStatus status = parser_.Parse(input, limits, batch.args);
    input.remove_prefix(parser_.consumed());
    end += parser_.consumed();
    if (status != ParseStatus::kRequest) return status;
    dispatcher_.Admit(*this, first_arg, end);
  }
  return ParseStatus::kRequest;
}

void Session::AcceptLargeArgument(ReplyWriter& reply) {
  BlobRef blob = Blob::Create(parser_.large_bulk_size());
  if (!blob) {
    reply.Error(errors::kOutOfMemory);
    closing_ = true;  // what the client sends next would be taken for a request
    return;
  }
  blob->set_size(parser_.large_bulk_size());
  parser_.ProvideLargeBulk(blob->data());
  large_arguments_.emplace_back(parser_.large_bulk_index(), std::move(blob));
}

void Session::FailProtocol(ReplyWriter& reply) {
  reply.Error("ERR Protocol error: " + std::string(parser_.error()));
  dispatcher_.state().statistics.CountError("ERR");
  closing_ = true;
}

void Session::Resume(ReplyBuffer& output) {
  dispatcher_.Refresh();
  const Clock& clock = dispatcher_.state().clock;
  const int64_t now_ms = clock.NowMs();
  stalled_ = !task_->answered && dispatcher_.MustStall(*this, *task_->spec, now_ms);
  client_.Set(kClientHeld, stalled_);
  if (stalled_) return;
  ReplyBuffer unsaid;
  ReplyWriter reply(task_->muted ? unsaid : output, resp_);
  dispatcher_.RunSlice(*this, reply, now_ms);
  if (!busy()) WriteInvalidations(output);
  UpdateClient(clock.MonotonicUs());
}

// Statistics for other threads' CLIENT LIST: nothing is ordered by them, hence relaxed.
void Session::UpdateClient(int64_t now_us) {
  client_.last_used_us.store(now_us, std::memory_order_relaxed);
  client_.last_command.store(last_command_, std::memory_order_relaxed);
}

size_t Session::memory() const {
  return argument_memory() + (transaction_ != nullptr ? transaction_->memory() : 0) +
         (watches_ != nullptr ? watches_->memory() : 0);
}

size_t Session::argument_memory() const {
  size_t bytes = parser_.memory();
  for (const auto& [position, blob] : large_arguments_) {
    if (blob) bytes += blob->capacity();
  }
  if (held_ != nullptr) bytes += held_->memory();
  if (task_ != nullptr) bytes += task_->args.capacity() * sizeof(std::string_view);
  return bytes;
}

size_t Session::large_argument_bytes() const {
  size_t bytes = 0;
  for (const auto& [position, blob] : large_arguments_)
    bytes += blob ? blob->size() : 0;
  return bytes - parser_.large_bulk_rest().size();
}

void Session::set_resp(RespVersion version) {
  resp_ = version;
  client_.resp.store(static_cast<uint8_t>(version), std::memory_order_relaxed);  // a statistic
}

void Session::set_db(size_t db) {
  db_ = static_cast<uint32_t>(db);
  client_.db.store(db_, std::memory_order_relaxed);  // a statistic
}

void Session::set_authenticated(bool authenticated) {
  authenticated_ = authenticated;
  UpdatePlain();
  client_.authenticated.store(authenticated, std::memory_order_relaxed);  // a statistic
}

void Session::Reset() {
  DiscardTransaction();
  set_resp(RespVersion::kResp2);
  set_db(0);
  set_authenticated(dispatcher_.settings().requirepass.empty());
  EndMonitoring();
  set_tracking(nullptr);
  set_muting(Muting::kNone);
  set_touches(true);
  client_.Set(kClientNoEvict, false);
  const std::lock_guard lock(client_.mutex);
  client_.name.clear();
}

void Session::BeginTransaction() {
  transaction_ = std::make_unique<CommandQueue>();
  UpdateTransaction();
}

void Session::DiscardTransaction() {
  transaction_.reset();
  UnwatchAll();
  UpdateTransaction();
}

void Session::Queue(const CommandSpec& spec, std::span<const std::string_view> args) {
  // What will not be carried out need not be kept.
  if (!transaction_->broken() && !client_.watcher.changed()) transaction_->Add(spec, args);
  UpdateTransaction();
}

void Session::Watch(const Key& key, int64_t now_ms) {
  if (client_.watcher.changed()) return;  // EXEC will carry out nothing anyway
  if (watches_ == nullptr) watches_ = std::make_unique<WatchList>(client_.watcher);
  watches_->Add(dispatcher_.state().keyspace, db_, key, now_ms);
  UpdateTransaction();
}

void Session::UnwatchAll() {
  if (watches_ == nullptr) return;
  dispatcher_.ClearWatches(*watches_);
  watches_.reset();
  UpdateTransaction();
}

// Statistics for other threads' CLIENT LIST: nothing is ordered by them, hence relaxed.
void Session::UpdateTransaction() {
  UpdatePlain();
  const bool queues = transaction_ != nullptr;
  client_.queued.store(queues ? static_cast<int32_t>(transaction_->size()) : -1,
                       std::memory_order_relaxed);
  client_.watched_keys.store(watches_ != nullptr ? static_cast<uint32_t>(watches_->size()) : 0,
                             std::memory_order_relaxed);
  client_.queued_memory.store(
      (queues ? transaction_->memory() : 0) + (watches_ != nullptr ? watches_->memory() : 0),
      std::memory_order_relaxed);
}

void Session::ExecuteTransaction(CommandContext& c) {
  const std::unique_ptr<CommandQueue> queue = std::move(transaction_);
  if (queue->broken()) {
    c.reply.Error(errors::kExecAbort);
  } else {
    executes_transaction_ = true;
    dispatcher_.RunTransaction(*this, *queue, c);
    executes_transaction_ = false;
  }
  DiscardTransaction();
}

void Session::Hold(const CommandSpec& spec, std::span<const std::string_view> args) {
  held_ = std::make_unique<HeldRequest>(spec, args, std::exchange(large_arguments_, {}));
  client_.Set(kClientHeld, true);
}

std::unique_ptr<HeldRequest> Session::TakeHeld() {
  client_.Set(kClientHeld, false);
  return std::move(held_);
}

void Session::CloseAfterReply() {
  closing_ = true;
  client_.Set(kClientClosing, true);
}

void Session::CloseAtOnce() {
  CloseAfterReply();
  drops_replies_ = true;
}

void Session::BeginMonitoring() {
  client_.Set(kClientMonitors, true);
  dispatcher_.state().monitors.Add();
  UpdatePlain();
}

void Session::EndMonitoring() {
  if (!monitors()) return;
  client_.Set(kClientMonitors, false);
  dispatcher_.state().monitors.Remove();
  UpdatePlain();
}

void Session::set_tracking(std::unique_ptr<TrackingMode> mode) {
  if (mode == nullptr && tracking_ == nullptr) return;
  ServerState& state = dispatcher_.state();
  tracking_ = std::move(mode);
  if (tracking_ == nullptr) return state.tracking.End(client_);
  state.tracking.Begin(state.clients.Find(client_.id), *tracking_);
}

// Within a transaction, it is about all of that.
void Session::EndCaching(const CommandSpec& spec) {
  if (tracking_ == nullptr || in_transaction() || spec.name.starts_with("client|")) return;
  tracking_->caching_given = false;
}

void Session::set_muting(Muting muting) {
  muting_ = muting;
  UpdatePlain();
}

void Session::set_touches(bool touches) {
  client_.Set(kClientNoTouch, !touches);
  UpdatePlain();
}

void Session::UpdatePlain() {
  is_plain_ =
      authenticated_ && !in_transaction() && muting_ == Muting::kNone && !monitors() && touches();
}

BlobRef Session::TakeLargeArgument(size_t argument) {
  for (auto& [position, blob] : large_arguments_) {
    if (position == argument) return blob;  // shared, so that the arguments stay what they were
  }
  return {};
}

}  // namespace larder
