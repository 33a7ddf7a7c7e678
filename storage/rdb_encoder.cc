// Encodes lengths, strings and entries.
#include "storage/rdb_encoder.h"

#include <lzf.h>

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <cstring>
#include <limits>

#include "storage/crc64.h"
#include "storage/integer_text.h"

namespace larder {
namespace {

// The buffer is given to the sink when it holds so much.
constexpr size_t kFullBuffer = 64 * 1024;
// Longer strings are given to the sink without a copy.
constexpr size_t kLongString = 32 * 1024;
// The longest text of an integer that has a short form: "-2147483648".
constexpr size_t kLongestShortInteger = 11;
// Shorter strings are not worth compressing.
constexpr size_t kLeastToCompress = 21;
// Longer ones neither: compressing takes as much memory again.
constexpr size_t kMostToCompress = 16 * 1024 * 1024;
// How much shorter a string has to become.
constexpr size_t kLeastSaved = 4;

template <class Integer>
bool Fits(int64_t value) {
  return value >= std::numeric_limits<Integer>::min() &&
         value <= std::numeric_limits<Integer>::max();
}

}  // namespace

RdbEncoder::RdbEncoder(ByteSink& sink, RdbOptions options) : sink_(sink), options_(options) {}

void RdbEncoder::WriteHeader() {
  char version[8];
  std::snprintf(version, sizeof version, "%04d", rdb::kWrittenVersion);
  WriteBytes(rdb::kMagic);
  WriteBytes(version);
}

void RdbEncoder::WriteAux(std::string_view name, std::string_view value) {
  WriteByte(rdb::kAux);
  WriteString(name);
  WriteString(value);
}

void RdbEncoder::SelectDatabase(size_t database, size_t keys, size_t expiring) {
  WriteDatabaseNumber(database);
  WriteByte(rdb::kResizeDb);
  WriteLength(keys);
  WriteLength(expiring);
}

void RdbEncoder::WriteDatabaseNumber(size_t database) {
  WriteByte(rdb::kSelectDb);
  WriteLength(database);
  database_ = database;
}

void RdbEncoder::WriteEntry(const EntryImage& image) {
  if (database_ != image.database) WriteDatabaseNumber(image.database);
  if (image.deadline_ms != kNoDeadline) {
    WriteByte(rdb::kExpireTimeMs);
    WriteLittleEndian(image.deadline_ms);
  }
  if (image.hint.kind == EvictionHint::Kind::kIdleSeconds) {
    WriteByte(rdb::kIdle);
    WriteLength(image.hint.value);
  } else if (image.hint.kind == EvictionHint::Kind::kFrequency) {
    WriteByte(rdb::kFreq);
    WriteByte(static_cast<uint8_t>(image.hint.value));
  }
  WriteByte(TypeOf(image));
  WriteString(image.key);
  WriteValue(image);
  ++entries_;
  if (buffer_.size() >= kFullBuffer) Flush();
}

void RdbEncoder::WriteEnd() {
  WriteByte(rdb::kEof);
  Flush();
  WriteLittleEndian(options_.checksum ? checksum_ : uint64_t{0});
  Flush();
}

std::string RdbEncoder::Dump(const EntryImage& image, bool compress) {
  StringSink sink;
  RdbEncoder encoder(sink, {.compress = compress, .checksum = true});
  encoder.WriteByte(TypeOf(image));
  encoder.WriteValue(image);
  encoder.WriteLittleEndian(uint16_t{rdb::kWrittenVersion});
  encoder.Flush();
  encoder.WriteLittleEndian(encoder.checksum_);
  encoder.Flush();
  return sink.Take();
}

rdb::Type RdbEncoder::TypeOf([[maybe_unused]] const EntryImage& image) {
  assert(image.type == ValueType::kString);
  return rdb::kString;
}

void RdbEncoder::WriteValue(const EntryImage& image) {
  if (image.encoding == Encoding::kInteger) return WriteInteger(LoadInteger(image.value));
  WriteString(image.value);
}

void RdbEncoder::WriteLength(uint64_t length) {
  const auto big_endian = [this](uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i)
      WriteByte(static_cast<uint8_t>(value >> (8 * i)));
  };
  if (length < 1 << 6) {
    WriteByte(static_cast<uint8_t>(length));
  } else if (length < 1 << 14) {
    big_endian(uint64_t{rdb::k14Bits} << 14 | length, 2);
  } else if (length <= std::numeric_limits<uint32_t>::max()) {
    WriteByte(rdb::k32BitsLength);
    big_endian(length, 4);
  } else {
    WriteByte(rdb::k64BitsLength);
    big_endian(length, 8);
  }
}

template <class Integer>
void RdbEncoder::WriteLittleEndian(Integer value) {
  // As every machine that Larder runs on has it.
  buffer_.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void RdbEncoder::WriteString(std::string_view bytes) {
  if (bytes.size() <= kLongestShortInteger) {
    const std::optional<int64_t> integer = CanonicalInteger(bytes);
    if (integer && WriteShortInteger(*integer)) return;
  }
  if (options_.compress && bytes.size() >= kLeastToCompress && bytes.size() <= kMostToCompress &&
      WriteCompressed(bytes)) {
    return;
  }
  WriteLength(bytes.size());
  WriteBytes(bytes);
}

void RdbEncoder::WriteInteger(int64_t value) {
  if (WriteShortInteger(value)) return;
  IntegerText text;
  const std::string_view bytes = larder::WriteInteger(value, text);
  WriteLength(bytes.size());
  WriteBytes(bytes);
}

bool RdbEncoder::WriteShortInteger(int64_t value) {
  const auto write = [this, value]<class Integer>(Integer, rdb::StringEncoding encoding) {
    if (!Fits<Integer>(value)) return false;
    WriteByte(static_cast<uint8_t>(rdb::kEncoded << 6 | encoding));
    WriteLittleEndian(static_cast<Integer>(value));
    return true;
  };
  return write(int8_t{}, rdb::kInt8) || write(int16_t{}, rdb::kInt16) ||
         write(int32_t{}, rdb::kInt32);
}

bool RdbEncoder::WriteCompressed(std::string_view bytes) {
  const size_t room = bytes.size() - kLeastSaved;
  if (compressed_size_ < room) {
    compressed_size_ = std::max(room, kBlobThreshold);
    compressed_ = std::make_unique_for_overwrite<char[]>(compressed_size_);
  }
  const unsigned size = lzf_compress(bytes.data(), static_cast<unsigned>(bytes.size()),
                                     compressed_.get(), static_cast<unsigned>(room));
  if (size != 0) {
    WriteByte(rdb::kEncoded << 6 | rdb::kLzf);
    WriteLength(size);
    WriteLength(bytes.size());
    WriteBytes({compressed_.get(), size});
  }
  if (compressed_size_ > kFullBuffer) {
    compressed_.reset();
    compressed_size_ = 0;
  }
  return size != 0;
}

void RdbEncoder::WriteBytes(std::string_view bytes) {
  if (bytes.size() < kLongString) {
    buffer_ += bytes;
    return;
  }
  Flush();
  Give(bytes);
}

void RdbEncoder::Flush() {
  Give(buffer_);
  buffer_.clear();
}

void RdbEncoder::Give(std::string_view bytes) {
  if (options_.checksum) checksum_ = Crc64(checksum_, bytes);
  sink_.Write(bytes);
  given_ += bytes.size();
}

}  // namespace larder
