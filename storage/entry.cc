// Reading and writing the block of an entry.
#include "storage/entry.h"

namespace larder {

Entry* Entry::Format(char* memory, std::string_view key, ValueType type, Encoding encoding,
                     size_t value_size, int64_t deadline_ms) {
  assert(value_size < 64 * 1024);
  Entry* entry = reinterpret_cast<Entry*>(memory);
  const bool timed = deadline_ms != kNoDeadline;
  const bool far = IsFar(deadline_ms);
  const bool long_key = key.size() >= kLongKeySize;
  entry->set_value_size(value_size);
  entry->key_size_ = static_cast<uint8_t>(long_key ? kLongKeySize : key.size());
  entry->set_kind(type, encoding);
  entry->flags_ = static_cast<uint8_t>((timed ? kHasDeadline : 0) | (far ? kFarDeadline : 0) |
                                       (long_key ? kLongKey : 0));
  entry->set_access(0);
  char* to = memory + kHeaderSize;
  if (timed) entry->set_deadline_ms(deadline_ms);
  to += entry->timer_size();
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
  return LoadInteger({value_data(), value_size()});
}

size_t Entry::StringSize() const {
  IntegerText text;
  return String(text).size();
}

}  // namespace larder
