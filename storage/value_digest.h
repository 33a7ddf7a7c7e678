// A fingerprint of values, to see whether two servers have the same ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/entry_image.h"

namespace larder {

// 160 bits, as many as Redis's have. Equal values give equal digests, in every process.
//
// Thread safety: a value.
class ValueDigest {
 public:
  // Adds the value of an entry, and whether it has a deadline.
  void Add(const EntryImage& image);
  // Adds the value together with its key and its database; in whatever order, the sum is the same.
  void AddKey(const EntryImage& image);

  // 40 hexadecimal digits; only zeros if nothing was added.
  std::string Text() const;

 private:
  void Mix(std::string_view bytes);

  uint64_t low_ = 0;
  uint64_t high_ = 0;
  uint32_t rest_ = 0;
};

}  // namespace larder
