// Encodes replies as RESP2 or RESP3 into a ReplyBuffer.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "protocol/number.h"
#include "protocol/reply_buffer.h"

namespace larder {

enum class RespVersion : uint8_t { kResp2 = 2, kResp3 = 3 };

// Writes one reply after the other, in the form that the client's protocol version has for it:
// what RESP2 lacks is written as Redis writes it for RESP2 (a map as a flat array, a double as a
// bulk string, and so on). What the hot path needs is inline.
//
// Thread safety: none; used by the I/O thread that owns the buffer.
class ReplyWriter {
 public:
  ReplyWriter(ReplyBuffer& buffer, RespVersion version) : buffer_(buffer), version_(version) {}

  RespVersion version() const { return version_; }
  void set_version(RespVersion version) { version_ = version; }
  bool resp3() const { return version_ == RespVersion::kResp3; }

  void Ok() { Literal("+OK\r\n"); }       // +OK
  void SimpleString(std::string_view s);  // +s; Requires: no CR or LF in `s`.
  // -message. The first word of `message` is the error code ("ERR", "WRONGTYPE", …). CR and LF in
  // it are written as spaces, since they would end the reply.
  void Error(std::string_view message);
  void Integer(int64_t value) { Header(':', value); }  // :value
  void Bulk(std::string_view bytes);                   // $n, bytes
  void BulkInteger(int64_t value);                     // an integer as a bulk string
  void SharedBulk(SharedBytes bytes);                  // $n, bytes, which are not copied
  void Null();                                         // RESP2 $-1, RESP3 _
  void NullArray();                                    // RESP2 *-1, RESP3 _
  void Boolean(bool value);                            // RESP2 :0 or :1, RESP3 #t or #f
  void Double(double value);  // RESP2 a bulk string, RESP3 ,value; shortest round trip, inf, nan
  void BigNumber(std::string_view digits);  // RESP2 a bulk string, RESP3 (digits
  // Text with a format of three letters ("txt", "mkd"); RESP2 a bulk string of the text alone.
  // Requires: `format` has three characters.
  void Verbatim(std::string_view format, std::string_view text);

  // Headers of aggregates: that many elements (pairs for Map) follow.
  void Array(size_t elements) { Aggregate('*', elements); }
  void Map(size_t pairs) { resp3() ? Aggregate('%', pairs) : Aggregate('*', 2 * pairs); }
  void Set(size_t elements) { Aggregate(resp3() ? '~' : '*', elements); }
  // What is told beside the reply that follows. Requires: RESP3.
  void Attribute(size_t pairs) { Aggregate('|', pairs); }
  void Push(size_t elements) { Aggregate(resp3() ? '>' : '*', elements); }  // RESP2: an array

  // An aggregate whose length is known only when its elements were written.
  size_t BeginArray() { return buffer_.AddPlaceholder(); }
  void EndArray(size_t placeholder, size_t elements) { Fill(placeholder, '*', elements); }
  size_t BeginMap() { return buffer_.AddPlaceholder(); }
  void EndMap(size_t placeholder, size_t pairs);
  size_t BeginSet() { return buffer_.AddPlaceholder(); }
  void EndSet(size_t placeholder, size_t elements) {
    Fill(placeholder, resp3() ? '~' : '*', elements);
  }

  // How many Error() replies were written: the dispatcher counts failed calls by it.
  uint64_t errors() const { return errors_; }
  // The first word of the last of them ("ERR"), or as much of it as is kept.
  std::string_view last_error_code() const { return {last_error_code_, last_error_code_size_}; }

  ReplyBuffer& buffer() { return buffer_; }

 private:
  // A type character, a number and CRLF.
  static constexpr size_t kMaxHeader = 1 + kMaxIntegerChars + 2;
  // A bulk string up to this size is written in one piece with its header.
  static constexpr size_t kSmallBulk = 1024;

  static char* WriteHeader(char type, int64_t number, char* to) {
    *to++ = type;
    to += FormatInteger(number, to);
    return WriteLineEnd(to);
  }
  static char* WriteLineEnd(char* to) {
    to[0] = '\r';
    to[1] = '\n';
    return to + 2;
  }
  void Literal(std::string_view reply) {
    char* to = buffer_.Reserve(reply.size());
    std::memcpy(to, reply.data(), reply.size());
    buffer_.Commit(to + reply.size());
  }
  void Header(char type, int64_t number) {
    buffer_.Commit(WriteHeader(type, number, buffer_.Reserve(kMaxHeader)));
  }
  void Aggregate(char type, size_t elements) { Header(type, static_cast<int64_t>(elements)); }
  void Fill(size_t placeholder, char type, size_t elements);
  void Line(char type, std::string_view text);
  void LargeBulk(std::string_view bytes);

  // Constant after construction.
  ReplyBuffer& buffer_;

  RespVersion version_;
  uint64_t errors_ = 0;
  char last_error_code_[32];
  uint8_t last_error_code_size_ = 0;
};

inline void ReplyWriter::Bulk(std::string_view bytes) {
  if (bytes.size() > kSmallBulk) [[unlikely]] {
    LargeBulk(bytes);
    return;
  }
  char* to = buffer_.Reserve(bytes.size() + kMaxHeader + 2);
  to = WriteHeader('$', static_cast<int64_t>(bytes.size()), to);
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  buffer_.Commit(WriteLineEnd(to + bytes.size()));
}

inline void ReplyWriter::Null() {
  if (resp3()) {
    Literal("_\r\n");
  } else {
    Literal("$-1\r\n");
  }
}

}  // namespace larder
