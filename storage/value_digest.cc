// Hashes values in the form that a dump of them has, which does not depend on their encoding here.
#include "storage/value_digest.h"

#include <xxhash.h>

#include <cinttypes>
#include <cstdio>

#include "storage/rdb_encoder.h"

namespace larder {

void ValueDigest::Mix(std::string_view bytes) {
  constexpr XXH64_hash_t kAnotherSeed = 0x6c6172646572;
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  low_ ^= hash.low64;
  high_ ^= hash.high64;
  rest_ ^= static_cast<uint32_t>(XXH3_64bits_withSeed(bytes.data(), bytes.size(), kAnotherSeed));
}

void ValueDigest::Add(const EntryImage& image) {
  Mix(RdbEncoder::Dump(image, /*compress=*/false));
  if (image.deadline_ms != kNoDeadline) Mix("deadline");
}

void ValueDigest::AddKey(const EntryImage& image) {
  ValueDigest value;
  value.Add(image);
  Mix(std::to_string(image.database) + ' ' + value.Text() + ' ' + std::string(image.key));
}

std::string ValueDigest::Text() const {
  char text[41];
  std::snprintf(text, sizeof text, "%016" PRIx64 "%016" PRIx64 "%08" PRIx32, high_, low_, rest_);
  return text;
}

}  // namespace larder
