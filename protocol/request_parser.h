// Turns the bytes that a client sends into requests: RESP arrays of bulk strings, and inline
// commands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "protocol/argument_list.h"

namespace larder {

enum class ParseStatus {
  kRequest,    // a request was read; its arguments were appended
  kNeedMore,   // the input ends within a request, or is empty
  kLargeBulk,  // a large bulk string begins: call ProvideLargeBulk() before going on
  kError,      // the input breaks the protocol: error() says how, and the connection must be closed
};

struct ParserLimits {
  // The longest bulk string, Redis's proto-max-bulk-len, of which the least is 1 MB. It is not
  // applied to a command's name.
  size_t max_bulk_length = 512 * 1024 * 1024;
  // Set before a client has authenticated: at most 10 arguments of at most 16 KB.
  bool unauthenticated = false;
};

// A pure state machine: bytes in; arguments as views, or an error, out. It neither reads a socket
// nor writes a reply, and it does not throw. Requests may arrive in any fragmentation; a request
// that arrives in many pieces is looked at once, not from its start for each piece.
//
// The caller keeps the unconsumed input in one piece, starting with the first byte of the request
// that is under way, and passes all of it to each Parse(); between two calls the input may grow
// at its end and may lie at another address. Whatever Parse() returns, the caller skips consumed()
// bytes before it calls again. Several requests may be parsed before they are executed, as long as
// the input stays where it is until then.
//
// Large bulk strings (kLargeBulk bytes and more, when they are not whole in the input already) do
// not pass through the input: the caller supplies their final memory and fills it directly.
// 1. Parse() returns kLargeBulk; the caller allocates and calls ProvideLargeBulk().
// 2. Parse() copies what the input has of the bulk string and returns kNeedMore, unless that was
// all;
//    large_bulk_rest() is what is still missing of it.
// 3. The caller reads from the socket into large_bulk_rest(), as often as it takes, and calls
//    CommitLargeBulk(). What comes behind the bulk string belongs to the end of the input again.
// 4. Parse() goes on behind it.
//
// Arguments of inline commands that contain quotes are unescaped into memory of the parser. It
// stays until Parse() is called after it returned kNeedMore, thus while a batch is parsed and
// executed, or until ReleaseInlineArguments().
//
// Between requests a parser holds no memory, except for such arguments.
//
// Whether a client has authenticated may change with every request, so a caller whose client has
// not parses one request at a time.
//
// Thread safety: none; a parser belongs to one connection.
class RequestParser {
 public:
  static constexpr size_t kLargeBulk = 32 * 1024;
  static constexpr size_t kMaxInlineLength = 64 * 1024;

  RequestParser();
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;
  ~RequestParser();

  // Looks for the next request in `input`. On kRequest its arguments were appended to `args` (views
  // into `input`, or into memory that ProvideLargeBulk() supplied), and consumed() says how many
  // bytes of `input` it took. A request without arguments (an empty line, "*0", "*-1") is skipped
  // over silently. On kNeedMore `args` is as it was; consumed() may be above zero where empty
  // requests were skipped.
  ParseStatus Parse(std::string_view input, const ParserLimits& limits, ArgumentList& args);

  size_t consumed() const { return consumed_; }

  // After kNeedMore: the input lacks at least so many bytes before Parse() can get any further; a
  // hint for the size of the caller's buffer. What belongs into large_bulk_rest() does not count.
  size_t missing() const { return missing_; }

  // After kLargeBulk: the size of the bulk string that begins, and the index of the argument.
  size_t large_bulk_size() const;
  size_t large_bulk_index() const;
  // Supplies the memory of the bulk string, which must live until the request was executed. The
  // part of it that `input` has already is copied at the next Parse(). Requires: the last Parse()
  // returned kLargeBulk.
  void ProvideLargeBulk(char* memory);
  // What is still to be filled of it, empty if nothing is. While it is not empty, the caller reads
  // from the socket straight into it and calls CommitLargeBulk(), and does not call Parse().
  std::span<char> large_bulk_rest() const;
  // Requires: `bytes` is not more than the size of large_bulk_rest().
  void CommitLargeBulk(size_t bytes);

  // Forgets unescaped arguments of inline commands. Requires: those were executed.
  void ReleaseInlineArguments();

  // After kError: Redis's words, as in "Protocol error: " + error().
  std::string_view error() const { return error_; }

  // Bytes of memory held beyond sizeof(*this).
  size_t memory() const;

 private:
  // How far the hot path got with what it is made for: an array of bulk strings, whole in the
  // input.
  enum class Attempt {
    kWhole,  // the request was read
    kCut,    // a short request is cut off, so far without a fault; it is cheap to start over
    kOther,  // anything else; the careful path has to look at it
  };
  enum class LineEnd { kFound, kMissing, kTooLong };
  // What is known of a request that is looked at piece by piece; see request_parser.cc.
  struct Pending;
  // Memory of unescaped arguments.
  struct Unescaped;

  Attempt ParseWhole(std::string_view input, const ParserLimits& limits, ArgumentList& args);
  // What a request whose arguments were read up to `rest` is: cut off, or out of the ordinary.
  Attempt JudgeRest(std::string_view rest, const ParserLimits& limits);
  // The careful path. Nothing is returned when an empty request was skipped.
  std::optional<ParseStatus> ParseResumably(std::string_view input, const ParserLimits& limits,
                                            ArgumentList& args);
  std::optional<ParseStatus> ParseInline(std::string_view input, ArgumentList& args);
  std::optional<ParseStatus> BeginArray(std::string_view input, const ParserLimits& limits);
  ParseStatus ContinueArray(std::string_view input, const ParserLimits& limits, ArgumentList& args);
  void TakeWholeBulks(std::string_view input, const ParserLimits& limits);
  // These return nothing when the request can go on.
  std::optional<ParseStatus> ReadBulkHeader(std::string_view input, const ParserLimits& limits);
  std::optional<ParseStatus> ReadBulkBody(std::string_view input);
  std::optional<ParseStatus> ReadLargeBulk(std::string_view input);

  LineEnd FindLineEnd(std::string_view input, size_t start, char terminator, size_t* end);
  ParseStatus Finish(ArgumentList& args);
  ParseStatus NeedMore(size_t missing);
  ParseStatus Fail(std::string_view error);

  // Results of the last Parse().
  size_t consumed_ = 0;
  size_t missing_ = 0;
  std::string_view error_;

  // Up to this offset from the start of the request there is no end of the line under way.
  size_t scanned_ = 0;
  // Null unless a request is being looked at piece by piece.
  std::unique_ptr<Pending> pending_;
  std::unique_ptr<Unescaped> unescaped_;
  // Set by kNeedMore: the next Parse() begins a new batch.
  bool batch_ended_ = false;
};

static_assert(sizeof(RequestParser) <= 128, "an idle connection should cost next to nothing");

}  // namespace larder
