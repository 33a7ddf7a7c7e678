// Reads a file in the RDB format key by key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "storage/blob.h"
#include "storage/entry.h"
#include "storage/eviction_hint.h"
#include "storage/rdb_input.h"

namespace larder {

// A string under its key, found but not yet expanded. `bytes` and a key that was not compressed lie
// in the input's window, until the next record is read; or, if its block is shared, as long as that
// is.
// Thread safety: a value.
struct RdbRecord {
  size_t database = 0;
  uint64_t offset = 0;  // of the value
  int64_t deadline_ms = kNoDeadline;
  EvictionHint hint;
  std::string_view key;
  RdbString value;
  std::string_view bytes;  // the value's, as they are encoded
  // What the views point to, if not to the window.
  std::string own_key;
  BlobRef own_bytes;

  RdbRecord() = default;
  // The view of the key follows the key.
  RdbRecord(RdbRecord&& other) noexcept { *this = std::move(other); }
  RdbRecord& operator=(RdbRecord&& other) noexcept;
};

// Thread safety: none.
class RdbReader {
 public:
  struct Options {
    size_t databases = 16;          // that there may be
    bool skip_unsupported = false;  // pass over what Larder cannot keep
    bool verify_checksum = true;
  };
  // Told of facts that the file begins with, and of what is passed over. May be empty.
  struct Listener {
    std::function<void(std::string_view name, std::string_view value)> on_aux;
    std::function<void(std::string_view what)> on_skipped;  // "the list 'jobs'"
    std::function<void(size_t database, uint64_t keys)> on_size;
  };

  // Requires: the input outlives the reader, and is at its beginning.
  RdbReader(RdbInput& input, Options options, Listener listener);

  enum class Result : uint8_t { kRecord, kEnd, kError };
  // Reads on to the next key, or to the end, and checks the checksum there. The error is the
  // input's.
  Result Next(RdbRecord& record);

  uint64_t skipped() const { return skipped_; }

 private:
  bool ReadHeader();
  bool ReadOpcode(uint8_t opcode, RdbRecord& record);
  bool ReadKey(uint8_t type, RdbRecord& record);
  bool ReadValue(RdbRecord& record, size_t key_position, size_t key_size);
  bool ReadDatabase();
  bool ReadSizes();
  bool ReadAux();
  bool ReadModuleAux();
  bool ReadFunction(uint8_t opcode);
  bool ReadChecksum();
  // Passes over something, or refuses it.
  template <class Skip>
  bool PassOver(uint64_t offset, const std::string& what, Skip&& skip);

  // Constant after construction.
  RdbInput& input_;
  const Options options_;
  const Listener listener_;

  int version_ = 0;  // 0: the header was not read yet
  size_t database_ = 0;
  uint64_t skipped_ = 0;
};

// A name for messages: in quotes, unprintable bytes as \x.., and not too long.
std::string QuotedForMessage(std::string_view bytes);

}  // namespace larder
