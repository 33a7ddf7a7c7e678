// Reading, processing and writing on one socket.
#include "server/connection.h"

#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "server/client_description.h"
#include "server/io_thread.h"

namespace larder {

namespace {

// Room that a read is given at least; most requests and most batches of them fit.
constexpr size_t kReadSize = 64 * 1024;
// The beginning of a request is kept in a block of its own size up to here; what is longer keeps
// the block that it was read into.
constexpr size_t kMostCopied = 16 * 1024;
// A buffer that has grown beyond this is not used again.
constexpr size_t kMostKept = 1024 * 1024;
// One client's share of a turn, in bytes read.
constexpr size_t kBytesPerTurn = 256 * 1024;
// So many bytes of a large argument are waited for at once.
constexpr size_t kMostAwaited = 256 * 1024;
// Replies wait for the end of the round, unless there are so many bytes of them.
constexpr size_t kSentAtOnce = 256 * 1024;
// How long a closed connection may take to read its last replies.
constexpr int64_t kLingerUs = 5'000'000;
// Pieces of replies that are sent by one system call.
constexpr size_t kPieces = 64;

// One system call; the cheaper one where the replies are in one piece, as most are.
ssize_t SendPieces(int socket, const ReplyBuffer& replies) {
  std::array<iovec, kPieces> pieces;
  const size_t count = replies.Gather(pieces.data(), pieces.size());
  if (count == 1) [[likely]] {
    return ::send(socket, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL);
  }
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = count;
  return ::sendmsg(socket, &message, MSG_NOSIGNAL);
}

}  // namespace

Connection::Connection(IoThread& thread, std::shared_ptr<Client> client)
    : thread_(thread), client_(std::move(client)), session_(thread.dispatcher(), *client_) {}

Connection::~Connection() {
  ReturnInput();
  thread_.client_memory().Update(accounted_memory_, 0);
  ::close(socket());
}

std::string_view Connection::ReadAhead(uint32_t events) {
  constexpr uint32_t kUnusual = EPOLLERR | EPOLLHUP | EPOLLRDHUP;
  const bool usual = (events & EPOLLIN) && !(events & kUnusual) && at_rest() && input_.empty() &&
                     !session_.closing() && session_.large_argument_rest().empty();
  if (!usual) return {};
  BorrowInput();
  const std::span<char> room = input_.Room(kReadSize);
  const size_t most = std::min(room.size(), kBytesPerTurn);
  const ssize_t count = ::recv(socket(), room.data(), most, 0);
  if (count <= 0) {
    ReturnInput();
    return {};  // OnEvents() will find out what is wrong
  }
  readable_ = true;  // perhaps that was not all
  (void)Received(count, most);
  input_.Commit(static_cast<size_t>(count));
  read_ahead_ = true;
  return input_.bytes();
}

bool Connection::OnEvents(uint32_t events) {
  if (events & (EPOLLERR | EPOLLHUP)) return false;
  if (events & EPOLLRDHUP) peer_gone_ = true;
  if ((events & EPOLLIN) && !read_ahead_) readable_ = true;
  if ((events & EPOLLOUT) && !unsent_.empty() && !SendFrom(unsent_)) return false;
  return Work();
}

bool Connection::OnTurn() {
  wants_turn_ = false;
  if (session_.busy()) {
    session_.Resume(thread_.RepliesOf(*this));
    // The requests behind the long command have waited in the kept input.
    if (!session_.busy() && !session_.closing() && !Process()) return false;
  } else if (session_.waits() && !Process()) {
    return false;
  }
  return Work();
}

// Does what can be done now: the rest of the kept input first, then what the socket has.
bool Connection::Work() {
  if (session_.busy()) {
    // A client that has gone does not need the rest of its long command.
    wants_turn_ = session_.has_slice();
    return !peer_gone_;
  }
  if (session_.waits()) return !peer_gone_;
  if (session_.closing()) {
    // What still comes in is dropped; the connection ends with its last reply.
    return !unsent_.empty() && !peer_gone_;
  }
  if ((std::exchange(read_ahead_, false) || session_.has_more()) && !Process()) return false;
  const bool stops = session_.busy() || session_.waits() || session_.has_more();
  const bool alive = stops || session_.closing() || !readable_ || ReadAndProcess();
  if (session_.has_slice() || session_.has_more()) wants_turn_ = true;
  if (session_.closing() && alive) return thread_.SendNow(*this) && !unsent_.empty();
  Publish();
  return alive;
}

bool Connection::ReadAndProcess() {
  size_t total = 0;
  while (readable_ && total < kBytesPerTurn) {
    const std::span<char> large = session_.large_argument_rest();
    // Most reads end up in a buffer of the thread and are done with at once; nothing is left to
    // keep.
    if (large.empty() && input_.size() < kMostCopied) BorrowInput();
    const std::span<char> room =
        !large.empty() ? large : input_.Room(std::max(kReadSize, session_.missing()));
    const size_t most = std::min(room.size(), kBytesPerTurn);
    const ssize_t count = ::recv(socket(), room.data(), most, 0);
    if (!Received(count, most)) return false;
    if (count <= 0) {
      KeepInput(0);
      break;
    }
    total += static_cast<size_t>(count);
    if (!large.empty()) {
      session_.CommitLargeArgument(static_cast<size_t>(count));
      AwaitBytes(session_.large_argument_rest().size());
      if (!session_.large_argument_rest().empty()) continue;
    } else {
      input_.Commit(static_cast<size_t>(count));
    }
    if (!Process()) return false;
    if (session_.busy() || session_.waits() || session_.has_more() || session_.closing()) {
      return true;
    }
  }
  if (readable_) wants_turn_ = true;
  return true;
}

// Lets the system collect the rest of a large argument, as far as it can, rather than wake this
// thread up for each packet of it.
void Connection::AwaitBytes(size_t bytes) {
  const int mark = static_cast<int>(std::clamp<size_t>(bytes, 1, kMostAwaited));
  if (mark == awaited_bytes_) return;
  awaited_bytes_ = mark;
  // Without it, all works as well, only in smaller pieces.
  (void)::setsockopt(socket(), SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof mark);
}

// Takes note of what recv() returned; false if the connection is over.
bool Connection::Received(ssize_t count, size_t room) {
  if (count > 0) {
    thread_.statistics().bytes_in.Add(static_cast<uint64_t>(count));
    // A short read has emptied the socket: the next event comes with new bytes.
    if (static_cast<size_t>(count) < room) readable_ = peer_gone_;
    return true;
  }
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
    readable_ = errno == EINTR;
    return true;
  }
  return false;
}

// Carries out what the kept input holds.
bool Connection::Process() {
  ReplyBuffer& replies = thread_.RepliesOf(*this);
  KeepInput(session_.Process(input_.bytes(), replies));
  if (replies.size() >= kSentAtOnce && !thread_.SendNow(*this)) return false;
  return WithinInputLimit();
}

// Puts a buffer of the thread in the input's place, which has room for the rest of a request that
// has begun. So a client that sends its request byte by byte never owns more than it has sent.
void Connection::BorrowInput() {
  if (borrowed_) return;
  const InputBuffer kept = std::move(input_);
  input_ = thread_.input_buffers().Take();
  borrowed_ = true;
  if (!kept.empty()) input_.Append(kept.bytes());
}

// Leaves the connection without a buffer. Requires: nobody needs what is in it.
void Connection::ReturnInput() {
  if (input_.capacity() > kMostKept) {
    thread_.Discard(input_);
  } else if (borrowed_) {
    thread_.input_buffers().GiveBack(std::move(input_));
  }
  input_.Release();
  borrowed_ = false;
}

// Forgets consumed input. A buffer of the thread goes back to it unless it holds something still
// needed.
void Connection::KeepInput(size_t consumed) {
  input_.Consume(consumed);
  if (session_.busy()) return;  // its arguments lie in the buffer
  if (input_.empty()) {
    ReturnInput();
  } else if (borrowed_ && input_.size() < kMostCopied && !session_.has_more()) {
    InputBuffer kept;
    kept.Append(input_.bytes());
    ReturnInput();
    input_ = std::move(kept);
  }
}

bool Connection::Send(ReplyBuffer& replies) {
  if (replies.empty()) return true;
  if (!unsent_.empty()) {
    unsent_.TakeFrom(replies);
    replies.Clear();
    const bool alive = SendFrom(unsent_) && WithinOutputLimit();
    Publish();
    return alive;
  }
  const bool alive = SendFrom(replies);
  if (alive && !replies.empty()) unsent_.TakeFrom(replies);
  replies.Clear();
  if (!alive) return false;
  if (unsent_.empty()) return true;
  Publish();
  if (!watches_output_) {
    watches_output_ = true;
    thread_.poller().WatchOutput(socket(), this);
  }
  return WithinOutputLimit();
}

bool Connection::SendInvalidations() {
  if (session_.busy() || session_.closing()) return true;
  ReplyBuffer replies;
  session_.WriteInvalidations(replies);
  return Send(replies);
}

// Sends until the socket has no more room; false if the connection is broken.
bool Connection::SendFrom(ReplyBuffer& replies) {
  while (!replies.empty()) {
    const ssize_t sent = SendPieces(socket(), replies);
    if (sent < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN;
    }
    thread_.statistics().bytes_out.Add(static_cast<uint64_t>(sent));
    replies.Consume(static_cast<size_t>(sent));
  }
  if (&replies == &unsent_) unsent_.Release();
  return true;
}

bool Connection::WithinOutputLimit() {
  const OutputBufferLimit& limit =
      thread_.dispatcher().settings().output_buffer_limit(ClientClass::kNormal);
  const size_t bytes = unsent_.size();
  const int64_t now_us = thread_.state().clock.MonotonicUs();
  const bool over_soft = limit.soft_bytes != 0 && bytes > limit.soft_bytes;
  if (!over_soft) {
    over_soft_limit_since_us_ = 0;
  } else if (over_soft_limit_since_us_ == 0) {
    over_soft_limit_since_us_ = now_us;
  }
  const bool too_long =
      over_soft && now_us - over_soft_limit_since_us_ >= int64_t{limit.soft_seconds} * 1'000'000;
  if (!too_long && (limit.hard_bytes == 0 || bytes <= limit.hard_bytes)) return true;
  thread_.statistics().output_limit_disconnections.Add(1);
  spdlog::warn(
      "Client id={} addr={} closed: {} bytes of replies wait for it, more than its output buffer "
      "limit allows.",
      client_->id, client_->peer, bytes);
  return false;
}

bool Connection::WithinInputLimit() {
  const size_t bytes = input_.size() + session_.memory();
  if (bytes <= thread_.dispatcher().settings().client_query_buffer_limit) return true;
  thread_.statistics().query_limit_disconnections.Add(1);
  spdlog::warn(
      "Client id={} addr={} closed: {} bytes of one request reached the limit on the query buffer.",
      client_->id, client_->peer, bytes);
  return false;
}

bool Connection::OnTick(int64_t now_us) {
  if (session_.closing()) {
    if (closing_since_us_ == 0) closing_since_us_ = now_us;
    return now_us - closing_since_us_ < kLingerUs;
  }
  if (!unsent_.empty() && !WithinOutputLimit()) return false;
  const int64_t timeout_s = thread_.dispatcher().settings().timeout;
  if (timeout_s == 0 || !at_rest()) return true;
  const int64_t idle_us =
      now_us - client_->last_used_us.load(std::memory_order_relaxed);  // written by this thread
  return idle_us < timeout_s * 1'000'000;
}

// Statistics for other threads' CLIENT LIST: nothing is ordered by them, hence relaxed.
void Connection::Publish() {
  // A long command keeps a buffer of the thread for its arguments; the room in it is not the
  // client's.
  const size_t room = session_.busy() && borrowed_ ? 0 : input_.capacity() - input_.size();
  client_->input_bytes.store(input_.size(), std::memory_order_relaxed);
  client_->argument_bytes.store(session_.large_argument_bytes(), std::memory_order_relaxed);
  client_->input_room.store(room, std::memory_order_relaxed);
  client_->output_bytes.store(unsent_.size(), std::memory_order_relaxed);
  client_->output_memory.store(unsent_.memory(), std::memory_order_relaxed);
  const size_t counted = client_->argument_memory.load(std::memory_order_relaxed);
  const size_t arguments = session_.argument_memory();
  client_->argument_memory.store(
      thread_.state().memory.CountsArguments(arguments, counted) ? arguments : 0,
      std::memory_order_relaxed);
  accounted_memory_ = thread_.client_memory().Update(accounted_memory_, MemoryOf(*client_));
  if (thread_.client_memory().exceeds_limit()) [[unlikely]]
    thread_.DropClientsSoon();
}

}  // namespace larder
