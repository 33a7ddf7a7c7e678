// Reads arbitrary bytes as a snapshot, whole and in pieces, and as a payload of RESTORE: whatever
// they are, the outcome is the same, and nothing is read or allocated beyond what they hold.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "storage/crc64.h"
#include "storage/rdb_decoder.h"
#include "storage/rdb_reader.h"
#include "tests/storage/rdb_files.h"

namespace {

using larder::DecodedString;
using larder::RdbDecoder;
using larder::RdbInput;
using larder::RdbReader;
using larder::RdbRecord;

void Require(bool condition) {
  if (!condition) std::abort();
}

// Reads everything and returns the checksum of all that was found.
uint64_t Read(RdbInput& input, bool skip_unsupported) {
  uint64_t sum = 0;
  const auto add = [&sum](std::string_view bytes) { sum = larder::Crc64(sum, bytes); };
  RdbReader::Options options;
  options.skip_unsupported = skip_unsupported;
  options.verify_checksum = false;
  RdbReader::Listener listener;
  listener.on_skipped = add;
  listener.on_aux = [&add](std::string_view name, std::string_view value) {
    add(name);
    add(value);
  };
  RdbReader reader(input, options, listener);
  RdbDecoder decoder;
  RdbRecord record;
  while (true) {
    const RdbReader::Result result = reader.Next(record);
    Require((result == RdbReader::Result::kError) == input.error().has_value());
    if (result != RdbReader::Result::kRecord) break;
    add(record.key);
    DecodedString string;
    if (decoder.Decode(record, string) == RdbDecoder::Result::kDecoded) {
      add(string.blob ? string.blob->view() : string.bytes);
    }
  }
  if (input.error()) add(input.error()->Text());
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const bool skip = (data[0] & 1) != 0;
  const size_t piece = 1 + (data[0] >> 1);
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);

  DecodedString string;
  RdbDecoder decoder;
  std::string payload = bytes + std::string("\x0a\0", 2);
  const uint64_t checksum = larder::Crc64(0, payload);
  payload.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  Require(RdbDecoder::IsPayload(payload));
  static_cast<void>(decoder.DecodePayload(payload, string));

  if (!bytes.starts_with("REDIS")) bytes.insert(0, "REDIS0010");
  RdbInput whole(bytes);
  larder::PiecewiseSource source(bytes, piece);
  RdbInput pieces(source, bytes.size());
  Require(Read(whole, skip) == Read(pieces, skip));
  return 0;
}
