// Fingerprints of values and of whole data sets, the same as Redis's, to see whether two servers
// have the same ones.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "storage/entry_image.h"

namespace larder {

// 160 bits to which SHA-1 hashes are added. As many zeros as long as nothing was.
//
// Thread safety: a value.
class Digest {
 public:
  using Bytes = std::array<uint8_t, 20>;

  Digest() = default;
  explicit Digest(const Bytes& bytes) : bytes_(bytes) {}

  // Adds bytes; in whatever order, the sum is the same.
  void Add(std::string_view bytes);
  // Adds bytes so that their order counts.
  void Append(std::string_view bytes);
  // Adds what another digest was given by Add().
  void Combine(const Digest& other);
  // Appends the value of an entry, and adds whether it has a deadline.
  void AppendValue(const EntryImage& image);

  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }
  // 40 hexadecimal digits.
  std::string Text() const;

 private:
  Bytes bytes_{};
};

// The fingerprint of all keys of all databases, which are added in whatever order.
//
// Thread safety: none.
class DatasetDigest {
 public:
  void Add(const EntryImage& image);
  // 40 hexadecimal digits; only zeros if nothing was added.
  std::string Text() const;

 private:
  // Of each database that has a key, by its number: the sum over its keys.
  std::map<size_t, Digest> databases_;
};

}  // namespace larder
