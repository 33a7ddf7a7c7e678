// Tests of the bucket array: addresses that stay, and memory that comes and goes.
#include "storage/bucket_array.h"

#include <doctest/doctest.h>

#include <vector>

namespace larder {
namespace {

TEST_CASE("buckets stay where they are while the array grows") {
  BucketArray array;
  std::vector<Bucket*> places;
  for (uint32_t i = 0; i < 20000; ++i) {
    Bucket* const bucket = array.Append();
    REQUIRE(bucket->Occupied() == 0);
    REQUIRE(reinterpret_cast<uintptr_t>(bucket) % 64 == 0);
    bucket->refs[3] = i;
    places.push_back(bucket);
  }
  for (uint32_t i = 0; i < 20000; ++i) {
    REQUIRE(array.At(i) == places[i]);
    REQUIRE(array.PrefetchTarget(i) == places[i]);
    REQUIRE(array.At(i)->refs[3] == i);
  }
}

TEST_CASE("memory follows the size up and down") {
  BucketArray array;
  CHECK(array.memory() == 0);
  for (int round = 0; round < 2; ++round) {
    while (array.size() < 100000) {
      array.Append()->Set(0, 1, 1);
      const size_t needed = array.size() * sizeof(Bucket);
      REQUIRE(array.memory() >= needed);
      REQUIRE(array.memory() <= 2 * needed + 64 * 1024);
      if (array.size() > 10000) REQUIRE(array.memory() <= needed + 64 * 1024);
    }
    while (array.size() > 0) {
      array.RemoveLast();
      REQUIRE(array.memory() <= 2 * array.size() * sizeof(Bucket) + 64 * 1024);
    }
    CHECK(array.memory() == 0);
  }
}

void AppendNumbered(BucketArray& array) {
  Bucket* const bucket = array.Append();
  bucket->refs[0] = array.size();
}

TEST_CASE("a size that goes up and down keeps the buckets below it") {
  BucketArray array;
  for (uint32_t top : {1u, 2u, 3u, 8u, 1024u, 1025u, 2048u, 4096u}) {
    while (array.size() < top)
      AppendNumbered(array);
    for (int i = 0; i < 3000; ++i) {
      if (array.size() > top / 2) array.RemoveLast();
      if (i % 3 == 0) AppendNumbered(array);
    }
    for (uint32_t i = 0; i < array.size(); ++i)
      REQUIRE(array.At(i)->refs[0] == i + 1);
  }
}

TEST_CASE("tags are matched slot by slot, and the chain is apart from them") {
  Bucket bucket{};
  CHECK(bucket.Occupied() == 0);
  bucket.Set(0, 7, 1);
  bucket.Set(5, 9, 2);
  bucket.Set(11, 7, 3);
  CHECK(bucket.Match(7) == ((1u << 0) | (1u << 11)));
  CHECK(bucket.Match(8) == 0);
  CHECK(bucket.Occupied() == ((1u << 0) | (1u << 5) | (1u << 11)));
  bucket.set_overflow(0xabcdef);
  CHECK(bucket.overflow() == 0xabcdef);
  CHECK(bucket.Match(0xef) == 0);
  bucket.set_overflow(0);
  CHECK(bucket.Occupied() == ((1u << 0) | (1u << 5) | (1u << 11)));
}

}  // namespace
}  // namespace larder
