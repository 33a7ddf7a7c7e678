// Turns values of the RDB format into what a database stores.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "storage/blob.h"
#include "storage/database.h"
#include "storage/rdb_input.h"
#include "storage/rdb_reader.h"

namespace larder {

// A string that was expanded: an integer, bytes, or a large value. The bytes are valid as long as
// what they were decoded from, and the decoder, are left alone.
struct DecodedString {
  std::string_view bytes;
  BlobRef blob;  // if not null, the string is this

  size_t size() const { return blob ? blob->size() : bytes.size(); }
  // Stores the string under `key`. It can be stored once.
  StoreStatus StoreIn(Database& database, const Key& key, DeadlineChange deadline);
};

// Owns the memory for short strings.
//
// To read another type of value: a case in ReadKey() of storage/rdb_reader.cc and in Read() here,
// and what they give the database.
//
// Thread safety: none.
class RdbDecoder {
 public:
  enum class Result : uint8_t { kDecoded, kDamaged, kOutOfMemory };
  Result Decode(const RdbRecord& record, DecodedString& string);

  // What DUMP gave: whether version and checksum in its last bytes are right.
  static bool IsPayload(std::string_view payload);
  // The value of a payload. On an error it says what is wrong. Requires: IsPayload().
  std::optional<RdbError> DecodePayload(std::string_view payload, DecodedString& string);

 private:
  Result Expand(const RdbString& value, std::string_view bytes, BlobRef own, DecodedString& string);

  IntegerText integer_;
  std::string scratch_;
};

}  // namespace larder
