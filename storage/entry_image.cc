// Copies entries.
#include "storage/entry_image.h"

#include <cassert>
#include <limits>

namespace larder {

void EntryImages::Add(size_t database, const Entry& entry, EvictionHint hint) {
  assert(database <= std::numeric_limits<uint16_t>::max());
  const std::string_view key = entry.key();
  Header header{entry.deadline_ms(),
                hint,
                static_cast<uint32_t>(key.size()),
                static_cast<uint32_t>(entry.value_size()),
                static_cast<uint16_t>(database),
                entry.type(),
                entry.encoding()};
  std::string_view value(entry.value_data(), entry.value_size());
  if (entry.encoding() == Encoding::kBlob) {
    header.value = static_cast<uint32_t>(blobs_.size());
    value = {};
    blobs_.push_back(BlobRef::Share(entry.blob()));
    blob_bytes_ += entry.blob()->memory();
  }
  const char* const head = reinterpret_cast<const char*>(&header);
  bytes_.insert(bytes_.end(), head, head + sizeof header);
  bytes_.insert(bytes_.end(), key.begin(), key.end());
  bytes_.insert(bytes_.end(), value.begin(), value.end());
  ++count_;
}

void EntryImages::Clear() {
  bytes_.clear();
  blobs_.clear();
  count_ = 0;
  blob_bytes_ = 0;
}

}  // namespace larder
