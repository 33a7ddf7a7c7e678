// One client's socket: reads requests, lets the session carry them out, sends the replies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/reply_buffer.h"
#include "server/client.h"
#include "server/input_buffer.h"
#include "server/session.h"

namespace larder {

class IoThread;

// Owns the socket and what could not be dealt with at once: an incomplete request, replies that the
// socket had no room for. A connection at rest holds no buffers.
//
// Thread safety: none; a connection lives on one I/O thread.
class Connection {
 public:
  Connection(IoThread& thread, std::shared_ptr<Client> client);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  int socket() const { return client_->fd; }
  Client& client() { return *client_; }
  size_t db() const { return session_.db(); }

  // May be called before OnEvents() with the same events: reads what has come in, unless something
  // out of the ordinary goes on, and returns it. OnEvents() carries it out.
  std::string_view ReadAhead(uint32_t events);
  // The socket is ready for these epoll events. Each of these three returns false when the
  // connection is over and must be destroyed.
  [[nodiscard]] bool OnEvents(uint32_t events);
  // Goes on with what was put off so that others have their turn.
  [[nodiscard]] bool OnTurn();
  // Checks deadlines and limits; called about once a second.
  [[nodiscard]] bool OnTick(int64_t now_us);
  // Sends replies of this round, behind those that wait already, and keeps what finds no room.
  [[nodiscard]] bool Send(ReplyBuffer& replies);

  // Tells the client what has gathered for it, unless it has to wait for the end of a reply.
  [[nodiscard]] bool SendInvalidations();

  // True while it waits for a turn; the I/O thread calls OnTurn() soon.
  bool wants_turn() const { return wants_turn_; }
  // True while it waits for the end of a pause; the I/O thread calls OnTurn() then.
  bool waits() const { return session_.waits(); }
  bool monitors() const { return session_.monitors() && !session_.closing(); }
  // True while its command waits for IoThread::WakeWaiting().
  bool task_waits() const { return session_.busy() && !session_.waits() && !wants_turn_; }
  // True if nothing is under way that the client still waits for.
  bool at_rest() const {
    return !session_.busy() && !session_.waits() && !wants_turn_ && unsent_.empty();
  }

  // Kept by the I/O thread: where the connection stands in its list, whether it stands in line for
  // a turn, and where the replies lie that it has written in this round.
  size_t list_index = 0;
  bool in_line = false;
  bool in_waiting = false;   // among those that wait for the end of a pause
  bool in_monitors = false;  // among those that watch all commands
  uint8_t outgoing = kNoOutgoing;
  static constexpr uint8_t kNoOutgoing = 0xff;

 private:
  bool Work();
  bool ReadAndProcess();
  bool Process();
  void BorrowInput();
  void ReturnInput();
  void KeepInput(size_t consumed);
  bool SendFrom(ReplyBuffer& replies);
  bool WithinOutputLimit();
  bool WithinInputLimit();
  void AwaitBytes(size_t bytes);
  bool Received(ssize_t count, size_t room);
  void Publish();

  // Constant after construction.
  IoThread& thread_;
  const std::shared_ptr<Client> client_;

  // Owned by the I/O thread.
  Session session_;
  InputBuffer input_;
  ReplyBuffer unsent_;
  size_t accounted_memory_ = 0;  // what the thread's sum has of this connection
  int64_t over_soft_limit_since_us_ = 0;
  int64_t closing_since_us_ = 0;
  int awaited_bytes_ = 1;  // the socket's mark for telling that there is input
  bool watches_output_ = false;
  bool readable_ = false;    // the socket may hold more input
  bool read_ahead_ = false;  // the input has not been looked at yet
  bool borrowed_ = false;    // the input lies in a buffer of the thread
  bool peer_gone_ = false;
  bool wants_turn_ = false;
};

}  // namespace larder
