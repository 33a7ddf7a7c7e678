// Checks the replies that arrive on one connection against what its tape expects.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bench/load/request_tape.h"
#include "bench/load/value_source.h"

namespace larder::bench {

// What was counted about replies. One per load thread.
struct Tally {
  uint64_t replies = 0;
  uint64_t hits = 0;     // values read
  uint64_t misses = 0;   // nulls read
  uint64_t checked = 0;  // values whose bytes were compared
  uint64_t bytes_in = 0;
  uint64_t bytes_out = 0;
  std::array<uint64_t, kCommandKinds> by_kind{};
  uint64_t errors = 0;        // error replies
  uint64_t wrong = 0;         // replies of the wrong type, length or content
  uint64_t lost = 0;          // connections that the server closed or broke
  std::string first_problem;  // the first of these three, in words

  void Merge(const Tally& other);
  // Forgets what a warm-up counted, but not that something went wrong.
  void ForgetCounts();
  void NoteProblem(std::string_view words) {
    if (first_problem.empty()) first_problem = words;
  }
};

// Scans replies in any fragmentation. Type and length of every reply are compared with the tape's
// expectation, and of every `sample`-th value the bytes as well. Only an unfinished header line is
// ever stored; a value that arrives in pieces is checked piece by piece.
//
// Owns the state of the reply that is being received; refers to tape and values.
// Thread safety: none; used by its connection's load thread.
class ReplyChecker {
 public:
  // Requires: `tape` and `values` outlive the checker; `first_slot` < tape.size().
  ReplyChecker(const RequestTape& tape, const ValueSource& values, size_t first_slot,
               uint32_t sample);

  // Takes the next bytes received and returns how many replies they completed.
  size_t Feed(const char* data, size_t size, Tally& tally);

  // True once bytes came that are not RESP; nothing more can be told from this connection.
  bool broken() const { return broken_; }

 private:
  const char* TakeWholeReplies(const char* p, const char* end, Tally& tally);
  const char* TakeHeader(const char* p, const char* end, Tally& tally);
  const char* FinishStoredLine(const char* p, const char* end, Tally& tally);
  const char* TakeBody(const char* p, const char* end, Tally& tally);
  void TakeItem(char type, std::string_view text, Tally& tally);
  void TakeLength(char type, int64_t length, Tally& tally);
  void StartBody(int64_t length, Tally& tally);
  bool CheckType(char type, std::string_view text) const;
  void FinishItem(Tally& tally);
  void FinishReply(Tally& tally);
  void Break(std::string_view line, Tally& tally);
  void Wrong(std::string_view what, Tally& tally);

  const Slot& slot() const { return tape_.slot(slot_); }
  // The key of the value at hand, or null where the reply is not one to a read.
  const ExpectedKey* ExpectedHere() const;

  // Constant after construction.
  const RequestTape& tape_;
  const ValueSource& values_;
  const uint32_t sample_;

  // The reply that is being received.
  size_t slot_;
  uint64_t items_left_ = 0;  // 0: between two replies
  uint32_t values_seen_ = 0;
  bool reply_wrong_ = false;

  // The bulk string that is being received.
  uint64_t body_left_ = 0;  // its bytes yet to come, CRLF included
  uint64_t body_taken_ = 0;
  const char* compare_with_ = nullptr;  // null: this one is not sampled

  std::string stored_line_;
  uint32_t until_sample_;
  bool broken_ = false;
};

}  // namespace larder::bench
