// Reads lengths and strings, and moves the window.
#include "storage/rdb_input.h"

#include <lzf.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <system_error>
#include <utility>

#include "storage/crc64.h"

namespace larder {
namespace {

// The window is refilled with so much at a time.
constexpr size_t kBlockSize = 512 * 1024;
// The most bytes that LZF writes for each byte it reads: a match of 264 takes three.
constexpr uint64_t kMostExpansion = 88;

uint64_t BigEndian(const char* from, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i)
    value = value << 8 | static_cast<uint8_t>(from[i]);
  return value;
}

}  // namespace

bool RdbString::Expand(std::string_view bytes, char* to) const {
  const unsigned expanded = lzf_decompress(bytes.data(), static_cast<unsigned>(bytes.size()), to,
                                           static_cast<unsigned>(size));
  return expanded == size;
}

RdbInput::RdbInput(std::string_view bytes)
    : size_(bytes.size()), window_(bytes.data()), end_(bytes.size()) {}

RdbInput::RdbInput(ByteSource& source, uint64_t size) : source_(&source), size_(size) {}

bool RdbInput::Fail(RdbError::Kind kind, uint64_t offset, std::string what) {
  if (!error_) error_ = RdbError{kind, offset, std::move(what)};
  return false;
}

bool RdbInput::FailShort(uint64_t size, std::string_view what) {
  return Fail("expected " + std::string(what) + ", which takes " + std::to_string(size) +
              (size == 1 ? " byte" : " bytes") + "; there are " + std::to_string(left()) + " more");
}

uint64_t RdbInput::Checksum() {
  UpdateChecksum();
  return checksum_;
}

void RdbInput::UpdateChecksum() {
  if (checksums_ && summed_ < cursor_) {
    checksum_ = Crc64(checksum_, {window_ + summed_, cursor_ - summed_});
  }
  summed_ = cursor_;
}

bool RdbInput::Refill(uint64_t size, std::string_view what) {
  if (error_) return false;
  if (source_ == nullptr || size > left()) return FailShort(size, what);
  UpdateChecksum();
  // What the mark keeps goes to the front of the same block, or of another one.
  const size_t kept = end_ - mark_;
  const size_t wanted = std::max<size_t>(kBlockSize, position() + size);
  char* to = block_.get();
  if (block_ == nullptr || shared_ || wanted > capacity_) {
    std::shared_ptr<char[]> block(new char[wanted]);
    to = block.get();
    std::copy_n(window_ + mark_, kept, to);
    block_ = std::move(block);
    capacity_ = wanted;
    shared_ = false;
  } else {
    std::memmove(to, window_ + mark_, kept);
  }
  window_ = to;
  base_ += mark_;
  cursor_ -= mark_;
  summed_ = cursor_;
  mark_ = 0;
  end_ = kept;
  while (end_ < cursor_ + size) {
    const ptrdiff_t got = source_->Read(to + end_, capacity_ - end_);
    if (got > 0) {
      end_ += static_cast<size_t>(got);
    } else if (got == 0) {
      return Fail("expected " + std::string(what) + "; the file became shorter while it was read");
    } else {
      return Fail(RdbError::Kind::kUnreadable, base_ + end_,
                  "cannot read: " + std::generic_category().message(errno));
    }
  }
  return true;
}

bool RdbInput::ReadInto(char* to, uint64_t size, std::string_view what) {
  UpdateChecksum();
  mark_ = cursor_;
  const auto buffered = static_cast<size_t>(std::min<uint64_t>(size, end_ - cursor_));
  std::copy_n(window_ + cursor_, buffered, to);
  cursor_ += buffered;
  UpdateChecksum();
  mark_ = cursor_;
  for (uint64_t done = buffered; done < size;) {
    // The rest does not go through the window, which is empty now.
    const ptrdiff_t got = source_ == nullptr ? 0 : source_->Read(to + done, size - done);
    if (got == 0) return FailShort(size - done, what);
    if (got < 0) {
      return Fail(RdbError::Kind::kUnreadable, offset(),
                  "cannot read: " + std::generic_category().message(errno));
    }
    if (checksums_) checksum_ = Crc64(checksum_, {to + done, static_cast<size_t>(got)});
    done += static_cast<uint64_t>(got);
    base_ += static_cast<uint64_t>(got);
  }
  return true;
}

bool RdbInput::Skip(uint64_t size, std::string_view what) {
  if (size > left()) return FailShort(size, what);
  while (true) {
    const auto step = static_cast<size_t>(std::min<uint64_t>(size, end_ - cursor_));
    cursor_ += step;
    mark_ = cursor_;
    size -= step;
    if (size == 0) return true;
    if (!Need(1, what)) return false;
  }
}

bool RdbInput::ReadLengthOrEncoding(RdbLength& length, std::string_view what) {
  const uint64_t start = offset();
  uint8_t first;
  if (!ReadByte(first, what)) return false;
  length.encoded = false;
  switch (first >> 6) {
    case rdb::k6Bits:
      length.value = first;
      return true;
    case rdb::k14Bits: {
      uint8_t second;
      if (!ReadByte(second, what)) return false;
      length.value = uint64_t{first & 0x3fu} << 8 | second;
      return true;
    }
    case rdb::kEncoded:
      length.value = first & 0x3f;
      length.encoded = true;
      return true;
    default: {
      if (first != rdb::k32BitsLength && first != rdb::k64BitsLength) {
        char byte[8];
        std::snprintf(byte, sizeof byte, "0x%02x", first);
        return Fail(RdbError::Kind::kDamaged, start,
                    "expected " + std::string(what) + ", found byte " + byte);
      }
      const size_t bytes = first == rdb::k32BitsLength ? 4 : 8;
      if (!Need(bytes, what)) return false;
      length.value = BigEndian(window_ + cursor_, bytes);
      cursor_ += bytes;
      return true;
    }
  }
}

bool RdbInput::ReadLength(uint64_t& length, std::string_view what) {
  const uint64_t start = offset();
  RdbLength found;
  if (!ReadLengthOrEncoding(found, what)) return false;
  if (found.encoded) {
    return Fail(RdbError::Kind::kDamaged, start,
                "expected " + std::string(what) + ", found the encoding of a string");
  }
  length = found.value;
  return true;
}

bool RdbInput::ReadStringHead(RdbString& string, std::string_view what) {
  const uint64_t start = offset();
  RdbLength length;
  if (!ReadLengthOrEncoding(length, what)) return false;
  if (!length.encoded) {
    string = {RdbString::Form::kPlain, length.value, length.value, 0};
    return length.value <= left() || FailShort(length.value, what);
  }
  const auto integer = [&]<class Integer>(Integer value) {
    if (!ReadInteger(value, what)) return false;
    string = {RdbString::Form::kInteger, 0, 0, value};
    return true;
  };
  switch (length.value) {
    case rdb::kInt8:
      return integer(int8_t{});
    case rdb::kInt16:
      return integer(int16_t{});
    case rdb::kInt32:
      return integer(int32_t{});
    case rdb::kLzf:
      break;
    default:
      return Fail(
          RdbError::Kind::kDamaged, start,
          "expected " + std::string(what) + ", found encoding " + std::to_string(length.value));
  }
  string = {RdbString::Form::kLzf, 0, 0, 0};
  if (!ReadLength(string.encoded_size, "the length of a compressed string") ||
      !ReadLength(string.size, "the length of the string that was compressed")) {
    return false;
  }
  if (string.encoded_size > left()) return FailShort(string.encoded_size, what);
  constexpr uint64_t kMost = std::numeric_limits<unsigned>::max();  // that LZF can tell
  if (string.size == 0 || string.size > kMost || string.encoded_size > kMost ||
      string.size / kMostExpansion > string.encoded_size) {
    return Fail(RdbError::Kind::kDamaged, start,
                std::to_string(string.encoded_size) + " compressed bytes cannot be a string of " +
                    std::to_string(string.size));
  }
  return true;
}

bool RdbInput::ReadString(std::string& string, size_t most, std::string_view what) {
  const uint64_t start = offset();
  RdbString head;
  if (!ReadStringHead(head, what)) return false;
  if (head.form == RdbString::Form::kInteger) {
    string = std::to_string(head.integer);
    return true;
  }
  if (head.size > most || head.encoded_size > most) {
    return Fail(RdbError::Kind::kDamaged, start,
                "expected " + std::string(what) + ", found a string of " +
                    std::to_string(head.size) + " bytes");
  }
  if (!Need(head.encoded_size, what)) return false;
  const std::string_view bytes(window_ + cursor_, head.encoded_size);
  if (head.form == RdbString::Form::kPlain) {
    string = bytes;
  } else {
    string.resize(head.size);
    if (!head.Expand(bytes, string.data())) {
      return Fail(RdbError::Kind::kDamaged, start,
                  "expected " + std::string(what) + ", found a compressed string that is damaged");
    }
  }
  cursor_ += bytes.size();
  return true;
}

bool RdbInput::SkipString(std::string_view what) {
  RdbString string;
  return ReadStringHead(string, what) && Skip(string.encoded_size, what);
}

}  // namespace larder
