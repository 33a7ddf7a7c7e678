// Reading and writing the block of an entry.
#include "storage/entry.h"

namespace larder {

Entry* Entry::Format(char* memory, std::string_view key, ValueType type, Encoding encoding,
                     size_t value_size, int64_t deadline_ms) {
  assert(value_size < 64 * 1024);
  Entry* entry = reinterpret_cast<Entry*>(memory);
  const bool timed = deadline_ms != kNoDeadline;
  const bool long_key = key.size() >= kLongKeySize;
  entry->value_size_ = static_cast<uint16_t>(value_size);
  entry->key_size_ = long_key ? kLongKeySize : static_cast<uint16_t>(key.size());
  entry->set_kind(type, encoding);
  entry->flags_ = static_cast<uint8_t>((timed ? kHasDeadline : 0) | (long_key ? kLongKey : 0));
  entry->set_access(0);
  char* to = memory + kHeaderSize;
  if (timed) {
    entry->set_deadline_ms(deadline_ms);
    to += kTimerSize;
  }
  if (long_key) {
    const auto size = static_cast<uint32_t>(key.size());
    std::memcpy(to, &size, sizeof size);
    to += sizeof size;
  }
  std::memcpy(to, key.data(), key.size());
  return entry;
}

int64_t Entry::integer() const {
  assert(encoding() == Encoding::kInteger);
  return LoadInteger({value_data(), value_size_});
}

size_t Entry::StringSize() const {
  IntegerText text;
  return String(text).size();
}

}  // namespace larder
