// Plays a tape over one socket: writes slices of it and checks the replies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bench/load/reply_checker.h"
#include "bench/load/request_tape.h"
#include "bench/load/value_source.h"

namespace larder::bench {

// The position of one connection on its tape. Requests are sent in the tape's order, from the first
// slot around the end and on; only as many as were allowed.
//
// Refers to tape, values and a socket that the caller owns.
// Thread safety: none; used by its load thread.
class TapePlayer {
 public:
  // Requires: `tape` and `values` outlive the player; `first_slot` < tape.size().
  TapePlayer(int fd, const RequestTape& tape, const ValueSource& values, size_t first_slot,
             uint32_t sample);

  // Allows `count` more requests to be sent by the next Flush().
  void Allow(uint64_t count) {
    unsent_ += count;
    outstanding_ += count;
  }
  // Writes what is allowed until the socket is full.
  void Flush(Tally& tally);
  // Reads once into `buffer`; returns how many replies were completed. `drained` says that there is
  // nothing left to read.
  size_t Receive(char* buffer, size_t size, bool& drained, Tally& tally);

  // Everything that was allowed is written.
  bool all_sent() const { return unsent_ == 0; }
  // Requests allowed whose replies are not complete.
  uint64_t outstanding() const { return outstanding_; }
  // The server closed the connection or sent what is not a reply; nothing can be sent any more.
  bool lost() const { return lost_; }

 private:
  void Lose(std::string_view words, Tally& tally);

  // Constant after construction.
  const int fd_;
  const RequestTape& tape_;

  size_t next_slot_;     // the first slot that is not entirely written
  uint64_t next_byte_;   // of the tape
  uint64_t unsent_ = 0;  // requests allowed and not entirely written
  uint64_t outstanding_ = 0;
  bool lost_ = false;
  ReplyChecker checker_;
};

// Plays a whole tape over `fd` and waits for all replies, at most `timeout_ms` for each next byte.
// Returns false when the connection was lost or went silent.
bool PlayOnce(int fd, const RequestTape& tape, const ValueSource& values, int timeout_ms,
              Tally& tally);

}  // namespace larder::bench
