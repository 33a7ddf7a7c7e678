// Expands strings, and checks payloads.
#include "storage/rdb_decoder.h"

#include <cstring>
#include <utility>

#include "storage/crc64.h"
#include "storage/rdb_types.h"

namespace larder {

StoreStatus DecodedString::StoreIn(Database& database, const Key& key, DeadlineChange deadline) {
  if (blob) return database.SetBlob(key, std::move(blob), deadline);
  return database.SetString(key, bytes, deadline);
}

RdbDecoder::Result RdbDecoder::Decode(const RdbRecord& record, DecodedString& string) {
  return Expand(record.value, record.bytes, record.own_bytes, string);
}

RdbDecoder::Result RdbDecoder::Expand(const RdbString& value, std::string_view bytes, BlobRef own,
                                      DecodedString& string) {
  string.blob = BlobRef();
  switch (value.form) {
    case RdbString::Form::kPlain:
      string.bytes = bytes;
      string.blob = std::move(own);
      return Result::kDecoded;
    case RdbString::Form::kInteger:
      string.bytes = WriteInteger(value.integer, integer_);
      return Result::kDecoded;
    case RdbString::Form::kLzf:
      break;
  }
  if (value.size < kBlobThreshold) {
    scratch_.resize(value.size);
    string.bytes = scratch_;
    return value.Expand(bytes, scratch_.data()) ? Result::kDecoded : Result::kDamaged;
  }
  string.blob = Blob::Create(value.size);
  if (!string.blob) return Result::kOutOfMemory;
  string.blob->set_size(value.size);
  return value.Expand(bytes, string.blob->data()) ? Result::kDecoded : Result::kDamaged;
}

bool RdbDecoder::IsPayload(std::string_view payload) {
  if (payload.size() < rdb::kDumpFooterSize) return false;
  const std::string_view footer = payload.substr(payload.size() - rdb::kDumpFooterSize);
  uint16_t version;
  uint64_t checksum;
  std::memcpy(&version, footer.data(), sizeof version);
  std::memcpy(&checksum, footer.data() + sizeof version, sizeof checksum);
  return version <= rdb::kNewestVersion &&
         checksum == Crc64(0, payload.substr(0, payload.size() - rdb::kChecksumSize));
}

std::optional<RdbError> RdbDecoder::DecodePayload(std::string_view payload, DecodedString& string) {
  RdbInput input(payload.substr(0, payload.size() - rdb::kDumpFooterSize));
  uint8_t type;
  if (!input.ReadByte(type, "the type of a value")) return input.error();
  if (type != rdb::kString) {
    const std::string_view name = RdbTypeName(type);
    if (name.empty()) {
      input.Fail("expected the type of a value, found " + std::to_string(type));
    } else if (SkipRdbValue(input, type)) {
      input.Fail(RdbError::Kind::kUnsupported, 0, "a " + std::string(name) + " cannot be kept");
    }
    return input.error();
  }
  RdbString value;
  if (!input.ReadStringHead(value, "a value") || !input.Need(value.encoded_size, "a value")) {
    return input.error();
  }
  const std::string_view bytes = input.At(input.position(), value.encoded_size);
  switch (Expand(value, bytes, BlobRef(), string)) {
    case Result::kDecoded:
      return std::nullopt;
    case Result::kDamaged:
      return RdbError{RdbError::Kind::kDamaged, 1, "a compressed value is damaged"};
    case Result::kOutOfMemory:
      break;
  }
  return RdbError{RdbError::Kind::kRefused, 1, "there is no memory for the value"};
}

}  // namespace larder
