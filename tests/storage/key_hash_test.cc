// Tests of the key hash.
#include "storage/key_hash.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace larder {
namespace {

TEST_CASE("equal keys have equal hashes, and others have others") {
  std::set<uint64_t> hashes;
  for (size_t length = 0; length < 600; ++length) {
    const std::string key(length, 'k');
    CHECK(HashKey(key) == HashKey(std::string(key)));
    hashes.insert(HashKey(key));
  }
  CHECK(hashes.size() == 600);
}

TEST_CASE("the hash depends on the seed of the process") {
  CHECK(HashKey("key") == XXH3_64bits_withSeed("key", 3, kKeyHashSeed));
  CHECK(HashKey("key") != XXH3_64bits_withSeed("key", 3, kKeyHashSeed + 1));
}

}  // namespace
}  // namespace larder
