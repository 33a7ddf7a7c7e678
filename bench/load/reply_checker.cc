// The scanner of replies.
#include "bench/load/reply_checker.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace larder::bench {
namespace {

// The longest header of a bulk string whose length has a known number of digits: $, 9 digits, CRLF.
constexpr ptrdiff_t kHeaderRoom = 12;
// A line that goes on for longer than this is not RESP.
constexpr size_t kLongestLine = 64 * 1024;
// What a reply or an item of it may start with.
constexpr std::string_view kTypes = "-+:_,#($=!*~>%|";

bool ParseLength(std::string_view text, int64_t& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

void Tally::Merge(const Tally& other) {
  replies += other.replies;
  hits += other.hits;
  misses += other.misses;
  checked += other.checked;
  bytes_in += other.bytes_in;
  bytes_out += other.bytes_out;
  for (size_t i = 0; i < by_kind.size(); ++i)
    by_kind[i] += other.by_kind[i];
  errors += other.errors;
  wrong += other.wrong;
  lost += other.lost;
  if (!other.first_problem.empty()) NoteProblem(other.first_problem);
}

void Tally::ForgetCounts() {
  Tally kept;
  kept.errors = errors;
  kept.wrong = wrong;
  kept.lost = lost;
  kept.first_problem = std::move(first_problem);
  *this = std::move(kept);
}

ReplyChecker::ReplyChecker(const RequestTape& tape, const ValueSource& values, size_t first_slot,
                           uint32_t sample)
    : tape_(tape), values_(values), sample_(sample), slot_(first_slot), until_sample_(1) {}

size_t ReplyChecker::Feed(const char* data, size_t size, Tally& tally) {
  const uint64_t before = tally.replies;
  const char* p = data;
  const char* end = data + size;
  tally.bytes_in += size;
  if (!stored_line_.empty()) p = FinishStoredLine(p, end, tally);
  while (p != end && !broken_) {
    if (body_left_ > 0) {
      p = TakeBody(p, end, tally);
      continue;
    }
    if (items_left_ == 0) p = TakeWholeReplies(p, end, tally);
    if (p != end) p = TakeHeader(p, end, tally);
  }
  return tally.replies - before;
}

// The common case, kept tight: replies that are expected and that arrived whole. Stops in front of
// the first reply that is anything else.
const char* ReplyChecker::TakeWholeReplies(const char* p, const char* end, Tally& tally) {
  for (;;) {
    const Slot& at = tape_.slot(slot_);
    if (at.expect == Expect::kValue) {
      const ExpectedKey& key = *tape_.keys_of(at);
      if (end - p < static_cast<ptrdiff_t>(key.length) + kHeaderRoom + 2 || *p != '$') return p;
      uint32_t length = 0;
      const char* digit = p + 1;
      const char* last = p + kHeaderRoom - 2;
      for (; digit < last && static_cast<unsigned char>(*digit - '0') < 10; ++digit) {
        length = length * 10 + static_cast<uint32_t>(*digit - '0');
      }
      if (length != key.length || digit == p + 1) return p;
      const char* body = digit + 2;
      if (digit[0] != '\r' || digit[1] != '\n') return p;
      if (body[length] != '\r' || body[length + 1] != '\n') return p;
      if (--until_sample_ == 0) [[unlikely]] {
        until_sample_ = sample_;
        ++tally.checked;
        if (std::memcmp(body, values_.BytesOf(key.key), length) != 0) {
          Wrong("a value with other bytes than were written", tally);
          reply_wrong_ = false;
        }
      }
      ++tally.hits;
      p = body + length + 2;
    } else if (at.expect == Expect::kOk) {
      if (end - p < 5 || std::memcmp(p, "+OK\r\n", 5) != 0) return p;
      p += 5;
    } else {
      return p;
    }
    ++tally.replies;
    ++tally.by_kind[static_cast<size_t>(at.kind)];
    if (++slot_ == tape_.size()) slot_ = 0;
  }
}

// Takes the line at `p`; when it is not complete, stores it and returns `end`.
const char* ReplyChecker::TakeHeader(const char* p, const char* end, Tally& tally) {
  const auto* newline = static_cast<const char*>(std::memchr(p, '\n', end - p));
  if (newline == nullptr) {
    stored_line_.assign(p, end);
    if (stored_line_.size() > kLongestLine) Break(stored_line_, tally);
    return end;
  }
  if (newline - p < 2 || newline[-1] != '\r') {
    Break({p, static_cast<size_t>(newline - p)}, tally);
    return end;
  }
  TakeItem(*p, {p + 1, static_cast<size_t>(newline - p - 2)}, tally);
  return newline + 1;
}

const char* ReplyChecker::FinishStoredLine(const char* p, const char* end, Tally& tally) {
  const auto* newline = static_cast<const char*>(std::memchr(p, '\n', end - p));
  const char* rest = newline == nullptr ? end : newline + 1;
  std::string line = std::move(stored_line_);
  stored_line_.clear();
  line.append(p, rest);
  TakeHeader(line.data(), line.data() + line.size(), tally);
  return rest;
}

// Takes as much of the current bulk string as has arrived.
const char* ReplyChecker::TakeBody(const char* p, const char* end, Tally& tally) {
  uint64_t size = std::min<uint64_t>(body_left_, end - p);
  uint64_t content = body_left_ > 2 ? std::min(size, body_left_ - 2) : 0;
  if (compare_with_ != nullptr && content > 0 &&
      std::memcmp(p, compare_with_ + body_taken_, content) != 0) {
    Wrong("a value with other bytes than were written", tally);
  }
  body_taken_ += content;
  for (uint64_t i = content; i < size; ++i) {
    if (p[i] != (body_left_ - i == 2 ? '\r' : '\n')) {
      Break({p + i, size - i}, tally);
      return end;
    }
  }
  body_left_ -= size;
  if (body_left_ == 0) FinishItem(tally);
  return p + size;
}

void ReplyChecker::TakeItem(char type, std::string_view text, Tally& tally) {
  if (kTypes.find(type) == std::string_view::npos) return Break(type + std::string(text), tally);
  if (items_left_ == 0) {
    items_left_ = 1;
    if (type != '-' && type != '!' && !CheckType(type, text)) {
      std::string got = "a reply that starts '" + (type + std::string(text.substr(0, 60))) + "'";
      Wrong(got, tally);
    }
  }
  switch (type) {
    case '-':
      ++tally.errors;
      tally.NoteProblem(text);
      return FinishItem(tally);
    case '_':
      if (ExpectedHere() != nullptr) ++tally.misses;
      ++values_seen_;
      return FinishItem(tally);
    case '+':
    case ':':
    case ',':
    case '#':
    case '(':
      return FinishItem(tally);
    default:
      break;
  }
  int64_t length = 0;
  if (!ParseLength(text, length)) return Break(type + std::string(text), tally);
  TakeLength(type, length, tally);
}

// An item whose header is a length: a bulk string or an aggregate.
void ReplyChecker::TakeLength(char type, int64_t length, Tally& tally) {
  if (type == '$' || type == '=' || type == '!') {
    if (type == '!') {
      ++tally.errors;
      tally.NoteProblem("an error as a bulk string");
    }
    return StartBody(length, tally);
  }
  if (length > 0) items_left_ += type == '%' || type == '|' ? 2 * length : length;
  // Attributes come before the reply that they belong to.
  if (type != '|') FinishItem(tally);
}

void ReplyChecker::StartBody(int64_t length, Tally& tally) {
  const ExpectedKey* expected = ExpectedHere();
  ++values_seen_;
  if (length < 0) {
    if (expected != nullptr) ++tally.misses;
    return FinishItem(tally);
  }
  body_left_ = static_cast<uint64_t>(length) + 2;
  body_taken_ = 0;
  compare_with_ = nullptr;
  if (expected == nullptr) return;
  ++tally.hits;
  if (expected->length == kUnknownLength) return;
  if (expected->length != length) {
    return Wrong("a value of " + std::to_string(length) + " bytes where " +
                     std::to_string(expected->length) + " were written",
                 tally);
  }
  if (--until_sample_ == 0) {
    until_sample_ = sample_;
    ++tally.checked;
    compare_with_ = values_.BytesOf(expected->key);
  }
}

bool ReplyChecker::CheckType(char type, std::string_view text) const {
  int64_t count = 0;
  switch (slot().expect) {
    case Expect::kAny:
      return true;
    case Expect::kOk:
      return type == '+' && text == "OK";
    case Expect::kPong:
      return type == '+' && text == "PONG";
    case Expect::kInteger:
      return type == ':' && ParseLength(text, count);
    case Expect::kValue:
      return type == '$' || type == '_';
    case Expect::kValues:
      return type == '*' && ParseLength(text, count) && count == slot().key_count;
  }
  return false;
}

const ExpectedKey* ReplyChecker::ExpectedHere() const {
  if (values_seen_ >= slot().key_count) return nullptr;
  return tape_.keys_of(slot()) + values_seen_;
}

void ReplyChecker::FinishItem(Tally& tally) {
  if (--items_left_ == 0) FinishReply(tally);
}

void ReplyChecker::FinishReply(Tally& tally) {
  ++tally.replies;
  ++tally.by_kind[static_cast<size_t>(slot().kind)];
  values_seen_ = 0;
  reply_wrong_ = false;
  if (++slot_ == tape_.size()) slot_ = 0;
}

void ReplyChecker::Break(std::string_view line, Tally& tally) {
  Wrong("bytes that are not RESP: '" + std::string(line.substr(0, 60)) + "'", tally);
  broken_ = true;
}

// Counts the current reply as wrong, once.
void ReplyChecker::Wrong(std::string_view what, Tally& tally) {
  if (reply_wrong_) return;
  reply_wrong_ = true;
  ++tally.wrong;
  tally.NoteProblem(std::string(NameOf(slot().kind)) + " was answered with " + std::string(what));
}

}  // namespace larder::bench
