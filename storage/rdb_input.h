// The bytes of a file or a payload in the RDB format, read from the front, and the elements that
// they are made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/rdb_error.h"
#include "storage/rdb_format.h"

namespace larder {

// Where the bytes of an RdbInput come from.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Reads up to `most` bytes; 0 at the end, below zero and with errno set if it fails.
  virtual ptrdiff_t Read(char* to, size_t most) = 0;
};

// How a length begins.
struct RdbLength {
  uint64_t value = 0;    // the length, or a StringEncoding
  bool encoded = false;  // which of them
};

// A string as it is encoded, found but not yet expanded.
struct RdbString {
  enum class Form : uint8_t { kPlain, kInteger, kLzf };
  Form form = Form::kPlain;
  uint64_t encoded_size = 0;  // of the bytes behind the head; none for kInteger
  uint64_t size = 0;          // of the string; unknown for kInteger
  int64_t integer = 0;

  // Expands to `to`, which has `size` bytes of room; false if `bytes` are damaged. Requires: form
  // is kLzf, and `bytes` are the encoded ones.
  [[nodiscard]] bool Expand(std::string_view bytes, char* to) const;
};

// Owns a window of the bytes, which slides forward. What lies between the mark and the cursor stays
// in it; the block of memory that it is in may be shared, and is left alone then.
//
// Each Read and Skip returns false, and has noted the first error, when the bytes are not what they
// should be. No length that the bytes claim is believed beyond the bytes that there are.
//
// Thread safety: none.
class RdbInput {
 public:
  // All bytes are there already. Requires: they outlive the input.
  explicit RdbInput(std::string_view bytes);
  // They come from `source`, which has `size` of them. Requires: the source outlives the input.
  RdbInput(ByteSource& source, uint64_t size);
  RdbInput(const RdbInput&) = delete;
  RdbInput& operator=(const RdbInput&) = delete;

  // --- The window ---

  // Puts the mark at the cursor.
  void Mark() { mark_ = cursor_; }
  // Bytes from the mark to the cursor, and the bytes at such a distance behind the mark.
  size_t position() const { return cursor_ - mark_; }
  std::string_view At(size_t position, size_t size) const {
    return {window_ + mark_ + position, size};
  }
  // The memory that At() points into; null if the bytes were given. Once it is shared, the window
  // goes on in another block.
  const void* block() const { return block_.get(); }
  std::shared_ptr<const char[]> ShareBlock() {
    shared_ = true;
    return block_;
  }

  uint64_t offset() const { return base_ + cursor_; }
  uint64_t left() const { return size_ - offset(); }
  // The checksum of all bytes before the cursor.
  uint64_t Checksum();
  // For who does not want it: it takes time.
  void SkipChecksums() { checksums_ = false; }

  // --- Elements ---

  // Makes sure that the next `size` bytes are in the window, behind what the mark keeps there.
  [[nodiscard]] bool Need(uint64_t size, std::string_view what) {
    if (size <= end_ - cursor_) [[likely]]
      return true;
    return Refill(size, what);
  }
  [[nodiscard]] bool ReadByte(uint8_t& byte, std::string_view what) {
    if (!Need(1, what)) return false;
    byte = static_cast<uint8_t>(window_[cursor_++]);
    return true;
  }
  // A little-endian number.
  template <class Integer>
  [[nodiscard]] bool ReadInteger(Integer& value, std::string_view what);
  // A length that may be an encoding of a string instead; one that may not.
  [[nodiscard]] bool ReadLengthOrEncoding(RdbLength& length, std::string_view what);
  [[nodiscard]] bool ReadLength(uint64_t& length, std::string_view what);
  // All of a string but its bytes, and checks that these are there.
  [[nodiscard]] bool ReadStringHead(RdbString& string, std::string_view what);
  // A whole string, expanded. Requires: it is asked for where strings are short; one longer than
  // `most` is taken for damage.
  [[nodiscard]] bool ReadString(std::string& string, size_t most, std::string_view what);
  // Copies bytes out. Moves the mark. Requires: ReadStringHead() found that they are there.
  [[nodiscard]] bool ReadInto(char* to, uint64_t size, std::string_view what);

  void Advance(size_t size) { cursor_ += size; }
  // Passes over bytes that need not be in the window. Moves the mark.
  [[nodiscard]] bool Skip(uint64_t size, std::string_view what);
  [[nodiscard]] bool SkipString(std::string_view what);

  // Notes an error, if it is the first, and returns false.
  bool Fail(std::string what) { return Fail(RdbError::Kind::kDamaged, offset(), std::move(what)); }
  bool Fail(RdbError::Kind kind, uint64_t offset, std::string what);
  const std::optional<RdbError>& error() const { return error_; }

 private:
  [[nodiscard]] bool Refill(uint64_t size, std::string_view what);
  bool FailShort(uint64_t size, std::string_view what);
  // Adds the bytes up to the cursor to the checksum.
  void UpdateChecksum();

  // Constant after construction.
  ByteSource* const source_ = nullptr;
  const uint64_t size_;

  const char* window_ = nullptr;  // [mark_, end_) of it are bytes of the input
  std::shared_ptr<char[]> block_;
  size_t capacity_ = 0;
  bool shared_ = false;
  size_t mark_ = 0;
  size_t cursor_ = 0;
  size_t end_ = 0;
  uint64_t base_ = 0;  // the offset of the window's first byte
  bool checksums_ = true;
  size_t summed_ = 0;  // up to here the checksum was computed
  uint64_t checksum_ = 0;
  std::optional<RdbError> error_;
};

template <class Integer>
bool RdbInput::ReadInteger(Integer& value, std::string_view what) {
  if (!Need(sizeof value, what)) return false;
  __builtin_memcpy(&value, window_ + cursor_, sizeof value);
  cursor_ += sizeof value;
  return true;
}

}  // namespace larder
