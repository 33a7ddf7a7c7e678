// Entries as they were at one moment: copied under the shard lock, read when it was given back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "storage/blob.h"
#include "storage/entry.h"
#include "storage/eviction_hint.h"

namespace larder {

// One entry of a database. Views lie in whatever the image was made from.
// Thread safety: a value.
struct EntryImage {
  size_t database = 0;
  ValueType type = ValueType::kString;
  Encoding encoding = Encoding::kInline;
  int64_t deadline_ms = kNoDeadline;
  EvictionHint hint;
  std::string_view key;
  // The value part: the bytes of kInline and kInteger, all of a large value otherwise.
  std::string_view value;

  // Shows the entry itself. Requires: the shard lock is held as long as the image is used.
  static EntryImage Of(size_t database, const Entry& entry, EvictionHint hint) {
    EntryImage image{
        database, entry.type(), entry.encoding(), entry.deadline_ms(), hint, entry.key(), {}};
    image.value = entry.encoding() == Encoding::kBlob
                      ? entry.blob()->view()
                      : std::string_view(entry.value_data(), entry.value_size());
    return image;
  }
};

// Owns copies of entries; of a large value only a reference, which keeps it from being changed in
// place. Adding takes time by the size of the entry's block, which is bounded but for the key.
//
// Thread safety: none.
class EntryImages {
 public:
  // Copies an entry. Requires: the lock of its shard is held.
  void Add(size_t database, const Entry& entry, EvictionHint hint);

  bool empty() const { return count_ == 0; }
  size_t count() const { return count_; }
  // Bytes held, without the large values, which the database counts as long as it has them.
  size_t memory() const { return bytes_.capacity() + blobs_.capacity() * sizeof(BlobRef); }
  // Bytes of large values that are held.
  size_t blob_bytes() const { return blob_bytes_; }
  // Forgets the entries and keeps the memory for others.
  void Clear();

  // Calls visit(const EntryImage&) for each entry, in the order of Add().
  template <class Visit>
  void ForEach(Visit&& visit) const {
    const char* from = bytes_.data();
    const char* const end = from + bytes_.size();
    while (from != end) {
      Header header;
      std::memcpy(&header, from, sizeof header);
      const char* const key = from + sizeof header;
      EntryImage image{
          header.database,        header.type, header.encoding, header.deadline_ms, header.hint,
          {key, header.key_size}, {}};
      from = key + header.key_size;
      if (header.encoding == Encoding::kBlob) {
        image.value = blobs_[header.value]->view();
      } else {
        image.value = {from, header.value};
        from += header.value;
      }
      visit(static_cast<const EntryImage&>(image));
    }
  }

 private:
  // Followed by the key and the value part; kBlob has no value part but a place in blobs_.
  struct Header {
    int64_t deadline_ms;
    EvictionHint hint;
    uint32_t key_size;
    uint32_t value;  // its size, or the place
    uint16_t database;
    ValueType type;
    Encoding encoding;
  };

  std::vector<char> bytes_;
  std::vector<BlobRef> blobs_;
  size_t count_ = 0;
  size_t blob_bytes_ = 0;
};

}  // namespace larder
