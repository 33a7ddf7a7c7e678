// Writes entries in Redis's RDB format: a whole file's content, or the payload of DUMP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/byte_sink.h"
#include "storage/entry_image.h"
#include "storage/rdb_format.h"

namespace larder {

struct RdbOptions {
  bool compress = true;  // strings that LZF makes shorter
  bool checksum = true;
};

// Owns what was encoded and not yet given to the sink, some 64 KB. Large values go to the sink
// without being copied.
//
// A file is written by WriteHeader(), any WriteAux(), then for each database SelectDatabase() and
// WriteEntry() (which selects by itself if need be), and WriteEnd().
//
// To write another type of value: an Encoding for it in storage/entry.h, how EntryImages copies it,
// and a case each in TypeOf() and WriteValue().
//
// Thread safety: none. Takes no lock: a copied image is encoded without the shard's.
class RdbEncoder {
 public:
  // Requires: `sink` outlives the encoder.
  RdbEncoder(ByteSink& sink, RdbOptions options);
  RdbEncoder(const RdbEncoder&) = delete;
  RdbEncoder& operator=(const RdbEncoder&) = delete;

  void WriteHeader();
  // A fact about the file. Redis passes over names that it does not know.
  void WriteAux(std::string_view name, std::string_view value);
  // What follows belongs to this database; the sizes are hints for whoever reads it.
  void SelectDatabase(size_t database, size_t keys, size_t expiring);
  void WriteEntry(const EntryImage& image);
  // Writes the mark of the end and the checksum, and gives the sink all of it.
  void WriteEnd();

  // What DUMP answers for an entry.
  static std::string Dump(const EntryImage& image, bool compress);

  uint64_t entries() const { return entries_; }
  // Encoded so far.
  uint64_t bytes() const { return given_ + buffer_.size(); }

 private:
  static rdb::Type TypeOf(const EntryImage& image);
  void WriteValue(const EntryImage& image);
  void WriteByte(uint8_t byte) { buffer_.push_back(static_cast<char>(byte)); }
  void WriteLength(uint64_t length);
  template <class Integer>
  void WriteLittleEndian(Integer value);
  void WriteDatabaseNumber(size_t database);
  // A string in the shortest form that the options allow.
  void WriteString(std::string_view bytes);
  void WriteInteger(int64_t value);
  bool WriteShortInteger(int64_t value);
  bool WriteCompressed(std::string_view bytes);
  void WriteBytes(std::string_view bytes);
  // Gives the buffer, or `bytes`, to the sink.
  void Flush();
  void Give(std::string_view bytes);

  // Constant after construction.
  ByteSink& sink_;
  const RdbOptions options_;

  std::string buffer_;
  std::unique_ptr<char[]> compressed_;
  size_t compressed_size_ = 0;
  std::optional<size_t> database_;
  uint64_t checksum_ = 0;  // of what was given
  uint64_t given_ = 0;
  uint64_t entries_ = 0;
};

}  // namespace larder
