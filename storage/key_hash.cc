// Draws the seed of the key hash.
#include "storage/key_hash.h"

#include <sys/random.h>

#include <random>

namespace larder {
namespace {

uint64_t DrawSeed() {
  uint64_t seed;
  if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) == sizeof seed) return seed;
  // Early at boot the kernel may have no randomness to give yet.
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

}  // namespace

const uint64_t kKeyHashSeed = DrawSeed();

}  // namespace larder
