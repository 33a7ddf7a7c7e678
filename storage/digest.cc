// Adds up hashes as Redis does: what is appended is hashed, added by exclusive or, and the sum is
// hashed again.
#include "storage/digest.h"

#include <nettle/sha1.h>

#include <cassert>

#include "storage/integer_text.h"

namespace larder {
namespace {

static_assert(sizeof(Digest::Bytes) == SHA1_DIGEST_SIZE);

Digest::Bytes Sha1(std::string_view bytes) {
  sha1_ctx context;
  sha1_init(&context);
  sha1_update(&context, bytes.size(), reinterpret_cast<const uint8_t*>(bytes.data()));
  Digest::Bytes hash;
  sha1_digest(&context, hash.size(), hash.data());
  return hash;
}

// A number in the order of bytes of the network.
std::string NetworkBytes(uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
          static_cast<char>(number >> 8), static_cast<char>(number)};
}

// The number that Redis has for a type.
uint32_t NumberOf([[maybe_unused]] ValueType type) {
  assert(type == ValueType::kString);
  return 0;
}

}  // namespace

void Digest::Add(std::string_view bytes) {
  Combine(Digest(Sha1(bytes)));
}

void Digest::Combine(const Digest& other) {
  for (size_t i = 0; i < bytes_.size(); ++i)
    bytes_[i] ^= other.bytes_[i];
}

void Digest::Append(std::string_view bytes) {
  Add(bytes);
  bytes_ = Sha1(this->bytes());
}

void Digest::AppendValue(const EntryImage& image) {
  Append(NetworkBytes(NumberOf(image.type)));
  IntegerText text;
  Append(image.encoding == Encoding::kInteger ? WriteInteger(LoadInteger(image.value), text)
                                              : image.value);
  if (image.deadline_ms != kNoDeadline) Add("!!expire!!");
}

std::string Digest::Text() const {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : bytes_) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

void DatasetDigest::Add(const EntryImage& image) {
  Digest entry;
  entry.Append(image.key);
  entry.AppendValue(image);
  databases_[image.database].Add(entry.bytes());
}

std::string DatasetDigest::Text() const {
  Digest all;
  for (const auto& [number, keys] : databases_) {
    all.Append(NetworkBytes(static_cast<uint32_t>(number)));
    all.Combine(keys);
  }
  return all.Text();
}

}  // namespace larder
