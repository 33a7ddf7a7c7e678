// Tests of the reference-counted blob.
#include "storage/blob.h"

#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <thread>
#include <vector>

namespace larder {
namespace {

TEST_CASE("a blob holds bytes up to its capacity") {
  const BlobRef blob = Blob::Create(20000);
  REQUIRE(blob);
  CHECK(blob->capacity() == 20000);
  CHECK(blob->size() == 0);
  std::memset(blob->data(), 'x', 20000);
  blob->set_size(19999);
  CHECK(blob->view() == std::string(19999, 'x'));
  CHECK(blob->memory() >= 20000);
}

TEST_CASE("copies share the blob, and the last one ends it") {
  BlobRef first = Blob::Create(10);
  CHECK(first->unique());
  BlobRef second = first;
  CHECK(second.get() == first.get());
  CHECK_FALSE(first->unique());
  first = BlobRef();
  CHECK_FALSE(first);
  CHECK(second->unique());
  BlobRef third = std::move(second);
  CHECK_FALSE(second);
  CHECK(third->unique());
  third = third;
  CHECK(third->unique());
}

TEST_CASE("a released reference can be adopted again") {
  BlobRef blob = Blob::Create(10);
  Blob* const raw = blob.Release();
  CHECK_FALSE(blob);
  CHECK(raw->unique());
  const BlobRef again = BlobRef::Adopt(raw);
  CHECK(again->unique());
}

TEST_CASE("memory that is not to be had gives a null reference") {
  CHECK_FALSE(Blob::Create(std::numeric_limits<size_t>::max()));
}

TEST_CASE("threads may drop their references at the same time") {
  for (int round = 0; round < 200; ++round) {
    BlobRef blob = Blob::Create(64);
    std::memset(blob->data(), round, 64);
    blob->set_size(64);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([blob, round] { CHECK(blob->view()[63] == static_cast<char>(round)); });
    }
    blob = BlobRef();
    for (std::thread& thread : threads)
      thread.join();
  }
}

}  // namespace
}  // namespace larder
