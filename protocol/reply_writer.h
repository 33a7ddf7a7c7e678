// Encodes replies as RESP2 or RESP3 into a ReplyBuffer.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/reply_buffer.h"

namespace larder {

enum class RespVersion : uint8_t { kResp2 = 2, kResp3 = 3 };

// Writes one reply after the other, in the form that the client's protocol version has for it:
// what RESP2 lacks is written as Redis writes it for RESP2 (a map as a flat array, a double as a
// bulk string, and so on).
//
// Thread safety: none; used by the I/O thread that owns the buffer.
class ReplyWriter {
 public:
  ReplyWriter(ReplyBuffer& buffer, RespVersion version) : buffer_(buffer), version_(version) {}

  RespVersion version() const { return version_; }
  void set_version(RespVersion version) { version_ = version; }

  void Ok();                               // +OK
  void SimpleString(std::string_view s);   // +s; Requires: no CR or LF in `s`.
  // -message. The first word of `message` is the error code ("ERR", "WRONGTYPE", …). CR and LF in
  // it are written as spaces, since they would end the reply.
  void Error(std::string_view message);
  void Integer(int64_t value);             // :value
  void Bulk(std::string_view bytes);       // $n, bytes
  void BulkInteger(int64_t value);         // an integer as a bulk string
  void SharedBulk(SharedBytes bytes);      // $n, bytes, which are not copied
  void Null();                             // RESP2 $-1, RESP3 _
  void NullArray();                        // RESP2 *-1, RESP3 _
  void Boolean(bool value);                // RESP2 :0 or :1, RESP3 #t or #f
  void Double(double value);               // RESP2 a bulk string, RESP3 ,value; shortest round trip, inf, nan
  void BigNumber(std::string_view digits); // RESP2 a bulk string, RESP3 (digits
  // Text with a format of three letters ("txt", "mkd"); RESP2 a bulk string of the text alone.
  void Verbatim(std::string_view format, std::string_view text);

  // Headers of aggregates: that many elements (pairs for Map and Attribute) follow.
  void Array(size_t elements);
  void Map(size_t pairs);
  void Set(size_t elements);
  void Push(size_t elements);              // RESP2: an array

  // An aggregate whose length is known only when its elements were written.
  size_t BeginArray() { return buffer_.AddPlaceholder(); }
  void EndArray(size_t placeholder, size_t elements);
  size_t BeginMap() { return buffer_.AddPlaceholder(); }
  void EndMap(size_t placeholder, size_t pairs);
  size_t BeginSet() { return buffer_.AddPlaceholder(); }
  void EndSet(size_t placeholder, size_t elements);

  // How many Error() replies were written: the dispatcher counts failed calls by it.
  uint64_t errors() const { return errors_; }

  ReplyBuffer& buffer() { return buffer_; }

 private:
  void Header(char type, int64_t number);

  ReplyBuffer& buffer_;
  RespVersion version_;
  uint64_t errors_ = 0;
};

}  // namespace larder
