// Turns the bytes that a client sends into requests: RESP arrays of bulk strings, and inline commands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace larder {

enum class ParseStatus {
  kRequest,    // a request was read; its arguments were appended
  kNeedMore,   // the input ends within a request, or is empty
  kLargeBulk,  // a large bulk string begins: call ProvideLargeBulk() before going on
  kError,      // the input breaks the protocol: error() says how, and the connection must be closed
};

struct ParserLimits {
  // The longest bulk string, Redis's proto-max-bulk-len.
  size_t max_bulk_length = 512 * 1024 * 1024;
  // Set before a client has authenticated: at most 10 arguments of at most 16 KB.
  bool unauthenticated = false;
};

// A pure state machine: bytes in; arguments as views, or an error, out. It neither reads a socket nor
// writes a reply, and it does not throw. Requests may arrive in any fragmentation; a request that
// arrives in many pieces is looked at once, not from its start for each piece.
//
// The caller keeps the unconsumed input in one piece, starting with the first byte of the request
// that is under way, and passes all of it to each Parse(); between two calls the input may grow
// at its end and may lie at another address.
//
// Large bulk strings (kLargeBulk bytes and more, when they are not whole in the input already) do
// not pass through the input: the caller supplies their final memory and fills it directly.
//
// Thread safety: none; a parser belongs to one connection.
class RequestParser {
 public:
  static constexpr size_t kLargeBulk = 32 * 1024;
  static constexpr size_t kMaxInlineLength = 64 * 1024;

  // Looks for the next request in `input`. On kRequest its arguments were appended to `args` (views
  // into `input`, or into memory that ProvideLargeBulk() supplied), and consumed() says how many
  // bytes of `input` it took. A request without arguments (an empty line, "*0", "*-1") is skipped over
  // silently. On kNeedMore `args` is as it was; consumed() may be above zero where empty requests
  // were skipped.
  ParseStatus Parse(std::string_view input, const ParserLimits& limits,
                    std::vector<std::string_view>& args);

  size_t consumed() const { return consumed_; }

  // After kNeedMore: at least so many bytes are missing before Parse() can get any further; a hint for
  // the size of the caller's buffer.
  size_t missing() const { return missing_; }

  // After kLargeBulk: the size of the bulk string that begins, and the index of the argument.
  size_t large_bulk_size() const;
  size_t large_bulk_index() const;
  // Supplies the memory of the bulk string, which must live until the request was executed. The part
  // of it that `input` has already is copied at the next Parse().
  void ProvideLargeBulk(char* memory);
  // What is still to be filled of it, empty if nothing is. While it is not empty, the caller reads
  // from the socket straight into it and calls CommitLargeBulk(), and does not call Parse().
  std::span<char> large_bulk_rest() const;
  void CommitLargeBulk(size_t bytes);

  // After kError: Redis's words, as in "Protocol error: " + error().
  std::string_view error() const { return error_; }

  // Bytes of memory held beyond sizeof(*this).
  size_t memory() const;

 private:
  // Left to the implementation.
};

}  // namespace larder
