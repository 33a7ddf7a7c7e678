// The two ways to read a request: a hot path for whole ones, and a careful one that can be resumed.
#include "protocol/request_parser.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <climits>
#include <cstring>
#include <vector>

#include "protocol/header_line.h"
#include "protocol/inline_request.h"
#include "protocol/number.h"

namespace larder {
namespace {

using internal::Distance;
using internal::IsCutHeader;
using internal::kLineEndSize;
using internal::kMinArray;
using internal::kMinBulk;
using internal::ReadBulkOfSize;
using internal::ReadBulks;
using internal::ReadNumber;

// A cut-off request of up to this many arguments is started over when more input is there, rather
// than that memory is allocated to resume it: the bodies are not looked at, so that costs next to
// nothing.
constexpr size_t kCheapArguments = 16;

// Redis's limits for clients that have not authenticated.
constexpr int64_t kMaxUnauthenticatedArguments = 10;
constexpr size_t kMaxUnauthenticatedBulk = 16 * 1024;

// What is declared may be anything: room is made for as many as the input can hold.
void ReserveFor(size_t declared, size_t input_bytes, ArgumentList& args) {
  args.Reserve(std::min(declared, input_bytes / kMinBulk + 1));
}

size_t MaxBulk(const ParserLimits& limits) {
  return limits.unauthenticated ? std::min(kMaxUnauthenticatedBulk, limits.max_bulk_length)
                                : limits.max_bulk_length;
}

// "expected '$', got 'x'" for each byte x. CR and LF, which an error reply cannot have, are spaces.
constexpr std::string_view kExpected = "expected '$', got '?'";
struct ExpectedErrors {
  std::array<char, 256 * kExpected.size()> text;
};
constexpr ExpectedErrors kExpectedErrors = [] {
  ExpectedErrors errors{};
  for (size_t c = 0; c < 256; ++c) {
    for (size_t i = 0; i < kExpected.size(); ++i) {
      errors.text[c * kExpected.size() + i] = kExpected[i];
    }
    const bool ends_line = c == '\r' || c == '\n';
    errors.text[(c + 1) * kExpected.size() - 2] = ends_line ? ' ' : static_cast<char>(c);
  }
  return errors;
}();

std::string_view ExpectedError(char got) {
  const size_t index = static_cast<unsigned char>(got);
  return {&kExpectedErrors.text[index * kExpected.size()], kExpected.size()};
}

}  // namespace

// Owns what is known of a request that is not whole yet.
//
// Thread safety: none, as the parser's.
struct RequestParser::Pending {
  static constexpr size_t kUnknown = ~size_t{0};

  // Where the caller's memory for a large bulk string stands.
  enum class Large { kNone, kWanted, kProvided, kFilling };

  // Offset of the first byte that was not taken yet, from the start of the request.
  size_t position = 0;
  size_t arguments_left = 0;
  size_t bulk_size = kUnknown;

  Large large = Large::kNone;
  char* large_memory = nullptr;
  size_t large_filled = 0;

  // The arguments so far: views into the input, which lay at `input` when it was last seen, or into
  // memory of the caller.
  ArgumentList args;
  const char* input = nullptr;
};

// Owns the unescaped arguments of one batch, a piece of memory per request, so that none ever
// moves.
//
// Thread safety: none, as the parser's.
struct RequestParser::Unescaped {
  std::vector<std::unique_ptr<char[]>> requests;
  size_t bytes = 0;
};

RequestParser::RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;
RequestParser::~RequestParser() = default;

ParseStatus RequestParser::Parse(std::string_view input, const ParserLimits& limits,
                                 ArgumentList& args) {
  consumed_ = 0;
  if (unescaped_ != nullptr && batch_ended_) [[unlikely]]
    ReleaseInlineArguments();
  batch_ended_ = false;
  while (true) {
    if (pending_ == nullptr) [[likely]] {
      if (input.empty()) return NeedMore(1);
      const Attempt attempt = ParseWhole(input, limits, args);
      if (attempt == Attempt::kWhole) [[likely]]
        return ParseStatus::kRequest;
      if (attempt == Attempt::kCut) return NeedMore(missing_);
    }
    const size_t consumed_before = consumed_;
    const std::optional<ParseStatus> status = ParseResumably(input, limits, args);
    if (status.has_value()) return *status;
    input.remove_prefix(consumed_ - consumed_before);
  }
}

RequestParser::Attempt RequestParser::ParseWhole(std::string_view input, const ParserLimits& limits,
                                                 ArgumentList& args) {
  const char* at = input.data();
  const char* const end = at + input.size();
  if (*at != '*' || limits.unauthenticated) return Attempt::kOther;
  missing_ = 1;
  if (input.size() < kMinArray) {
    return IsCutHeader(input, '*') ? Attempt::kCut : Attempt::kOther;
  }
  size_t count = 0;
  at = ReadNumber(at + 1, end, &count);
  if (at == nullptr || count == 0 || count > INT_MAX) return Attempt::kOther;
  const size_t before = args.size();
  ReserveFor(count, Distance(at, end), args);
  const auto take = [&args](const char* data, size_t size) { args.AppendReserved(data, size); };
  // The names of most commands have three or four letters.
  size_t done = ReadBulkOfSize<3>(&at, end, take) || ReadBulkOfSize<4>(&at, end, take) ? 1 : 0;
  done += ReadBulks(&at, end, count - done, limits.max_bulk_length, take);
  if (done < count) [[unlikely]] {
    args.Truncate(before);
    return done <= kCheapArguments ? JudgeRest({at, Distance(at, end)}, limits) : Attempt::kOther;
  }
  consumed_ += Distance(input.data(), at);
  scanned_ = 0;
  return Attempt::kWhole;
}

RequestParser::Attempt RequestParser::JudgeRest(std::string_view rest, const ParserLimits& limits) {
  if (rest.size() < kMinBulk) return IsCutHeader(rest, '$') ? Attempt::kCut : Attempt::kOther;
  if (rest.front() != '$') return Attempt::kOther;
  const char* const end = rest.data() + rest.size();
  size_t size = 0;
  const char* const body = ReadNumber(rest.data() + 1, end, &size);
  if (body == nullptr || size > limits.max_bulk_length || size >= kLargeBulk) {
    return Attempt::kOther;
  }
  missing_ = size + kLineEndSize - Distance(body, end);
  return Attempt::kCut;
}

std::optional<ParseStatus> RequestParser::ParseResumably(std::string_view input,
                                                         const ParserLimits& limits,
                                                         ArgumentList& args) {
  if (pending_ == nullptr) {
    if (input.front() != '*') return ParseInline(input, args);
    const std::optional<ParseStatus> status = BeginArray(input, limits);
    if (status.has_value() || pending_ == nullptr) return status;
  }
  return ContinueArray(input, limits, args);
}

std::optional<ParseStatus> RequestParser::ParseInline(std::string_view input, ArgumentList& args) {
  size_t newline = 0;
  switch (FindLineEnd(input, 0, '\n', &newline)) {
    case LineEnd::kFound:
      break;
    case LineEnd::kMissing:
      return NeedMore(1);
    case LineEnd::kTooLong:
      return Fail("too big inline request");
  }
  std::string_view line = input.substr(0, newline);
  if (line.ends_with('\r')) line.remove_suffix(1);
  char* room = nullptr;
  if (line.find_first_of("\"'") != std::string_view::npos) {
    if (unescaped_ == nullptr) unescaped_ = std::make_unique<Unescaped>();
    unescaped_->requests.push_back(std::make_unique_for_overwrite<char[]>(line.size()));
    unescaped_->bytes += line.size();
    room = unescaped_->requests.back().get();
  }
  const size_t before = args.size();
  if (!SplitInlineRequest(line, room, args)) {
    args.Truncate(before);
    return Fail("unbalanced quotes in request");
  }
  consumed_ += newline + 1;
  scanned_ = 0;
  if (args.size() == before) return std::nullopt;
  return ParseStatus::kRequest;
}

std::optional<ParseStatus> RequestParser::BeginArray(std::string_view input,
                                                     const ParserLimits& limits) {
  size_t end = 0;
  const LineEnd found = FindLineEnd(input, 0, '\r', &end);
  if (found == LineEnd::kTooLong) return Fail("too big mbulk count string");
  if (found == LineEnd::kMissing || input.size() - end < kLineEndSize) return NeedMore(1);
  int64_t count = 0;
  if (!ParseInteger(input.substr(1, end - 1), &count) || count > INT_MAX) {
    return Fail("invalid multibulk length");
  }
  if (limits.unauthenticated && count > kMaxUnauthenticatedArguments) {
    return Fail("unauthenticated multibulk length");
  }
  if (count <= 0) {
    consumed_ += end + kLineEndSize;
    scanned_ = 0;
    return std::nullopt;
  }
  pending_ = std::make_unique<Pending>();
  pending_->position = end + kLineEndSize;
  pending_->arguments_left = static_cast<size_t>(count);
  return std::nullopt;
}

ParseStatus RequestParser::ContinueArray(std::string_view input, const ParserLimits& limits,
                                         ArgumentList& args) {
  if (pending_->input != input.data()) {
    pending_->args.Rebase(pending_->input, pending_->position, input.data());
    pending_->input = input.data();
  }
  while (true) {
    if (pending_->bulk_size == Pending::kUnknown) {
      TakeWholeBulks(input, limits);
      if (pending_->arguments_left == 0) return Finish(args);
      const std::optional<ParseStatus> status = ReadBulkHeader(input, limits);
      if (status.has_value()) return *status;
    }
    const bool is_large = pending_->large != Pending::Large::kNone;
    const std::optional<ParseStatus> status = is_large ? ReadLargeBulk(input) : ReadBulkBody(input);
    if (status.has_value()) return *status;
    pending_->bulk_size = Pending::kUnknown;
    --pending_->arguments_left;
  }
}

void RequestParser::TakeWholeBulks(std::string_view input, const ParserLimits& limits) {
  Pending& request = *pending_;
  const char* at = input.data() + request.position;
  const char* const end = input.data() + input.size();
  ReserveFor(request.arguments_left, Distance(at, end), request.args);
  const auto take = [&](const char* data, size_t size) { request.args.AppendReserved(data, size); };
  request.arguments_left -= ReadBulks(&at, end, request.arguments_left, MaxBulk(limits), take);
  request.position = Distance(input.data(), at);
}

std::optional<ParseStatus> RequestParser::ReadBulkHeader(std::string_view input,
                                                         const ParserLimits& limits) {
  const size_t start = pending_->position;
  size_t end = 0;
  const LineEnd found = FindLineEnd(input, start, '\r', &end);
  if (found == LineEnd::kTooLong) return Fail("too big bulk count string");
  if (found == LineEnd::kMissing || input.size() - end < kLineEndSize) return NeedMore(1);
  if (input[start] != '$') return Fail(ExpectedError(input[start]));
  int64_t size = 0;
  if (!ParseInteger(input.substr(start + 1, end - start - 1), &size) || size < 0 ||
      static_cast<size_t>(size) > limits.max_bulk_length) {
    return Fail("invalid bulk length");
  }
  if (static_cast<size_t>(size) > MaxBulk(limits)) return Fail("unauthenticated bulk length");
  pending_->position = end + kLineEndSize;
  pending_->bulk_size = static_cast<size_t>(size);
  return std::nullopt;
}

std::optional<ParseStatus> RequestParser::ReadBulkBody(std::string_view input) {
  Pending& request = *pending_;
  const size_t size = request.bulk_size;
  const size_t available = input.size() - request.position;
  if (available < size && size >= kLargeBulk) {
    request.large = Pending::Large::kWanted;
    return ParseStatus::kLargeBulk;
  }
  // Written so that a size near the greatest number does not overflow.
  if (available < kLineEndSize || available - kLineEndSize < size) {
    return NeedMore(size - available + kLineEndSize);
  }
  request.args.Append(input.substr(request.position, size));
  request.position += size + kLineEndSize;
  return std::nullopt;
}

std::optional<ParseStatus> RequestParser::ReadLargeBulk(std::string_view input) {
  Pending& request = *pending_;
  if (request.large == Pending::Large::kWanted) return ParseStatus::kLargeBulk;
  if (request.large == Pending::Large::kProvided) {
    const size_t count = std::min(request.bulk_size, input.size() - request.position);
    std::memcpy(request.large_memory, input.data() + request.position, count);
    request.large_filled = count;
    request.position += count;
    request.large = Pending::Large::kFilling;
  }
  if (request.large_filled < request.bulk_size) return NeedMore(kLineEndSize);
  const size_t available = input.size() - request.position;
  if (available < kLineEndSize) return NeedMore(kLineEndSize - available);
  request.args.Append({request.large_memory, request.bulk_size});
  request.position += kLineEndSize;
  request.large = Pending::Large::kNone;
  request.large_memory = nullptr;
  return std::nullopt;
}

RequestParser::LineEnd RequestParser::FindLineEnd(std::string_view input, size_t start,
                                                  char terminator, size_t* end) {
  // A longer line is refused even if its end is there, so that the fragmentation makes no
  // difference.
  const size_t limit = std::min(input.size(), start + kMaxInlineLength + 1);
  const size_t from = std::max(start, scanned_);
  const size_t found = input.substr(0, limit).find(terminator, from);
  if (found != std::string_view::npos) {
    *end = found;
    return LineEnd::kFound;
  }
  scanned_ = limit;
  return limit - start > kMaxInlineLength ? LineEnd::kTooLong : LineEnd::kMissing;
}

ParseStatus RequestParser::Finish(ArgumentList& args) {
  args.TakeFrom(pending_->args);
  consumed_ += pending_->position;
  scanned_ = 0;
  pending_.reset();
  return ParseStatus::kRequest;
}

ParseStatus RequestParser::NeedMore(size_t missing) {
  missing_ = missing;
  batch_ended_ = true;
  return ParseStatus::kNeedMore;
}

ParseStatus RequestParser::Fail(std::string_view error) {
  error_ = error;
  return ParseStatus::kError;
}

size_t RequestParser::large_bulk_size() const {
  return pending_ == nullptr ? 0 : pending_->bulk_size;
}

size_t RequestParser::large_bulk_index() const {
  return pending_ == nullptr ? 0 : pending_->args.size();
}

void RequestParser::ProvideLargeBulk(char* memory) {
  assert(pending_ != nullptr && pending_->large == Pending::Large::kWanted);
  pending_->large = Pending::Large::kProvided;
  pending_->large_memory = memory;
}

std::span<char> RequestParser::large_bulk_rest() const {
  if (pending_ == nullptr || pending_->large != Pending::Large::kFilling) return {};
  return {pending_->large_memory + pending_->large_filled,
          pending_->bulk_size - pending_->large_filled};
}

void RequestParser::CommitLargeBulk(size_t bytes) {
  assert(bytes <= large_bulk_rest().size());
  pending_->large_filled += bytes;
}

void RequestParser::ReleaseInlineArguments() {
  unescaped_.reset();
}

size_t RequestParser::memory() const {
  size_t bytes = 0;
  if (pending_ != nullptr)
    bytes += sizeof(Pending) + pending_->args.capacity() * sizeof(std::string_view);
  if (unescaped_ != nullptr) {
    bytes += sizeof(Unescaped) + unescaped_->bytes +
             unescaped_->requests.capacity() * sizeof(std::unique_ptr<char[]>);
  }
  return bytes;
}

}  // namespace larder
