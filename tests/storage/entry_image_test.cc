// Tests of the copies of entries.
#include "storage/entry_image.h"

#include <doctest/doctest.h>

#include <string>

#include "storage/keyspace.h"

namespace larder {
namespace {

Key KeyOf(std::string_view bytes) {
  return {bytes, HashKey(bytes)};
}

TEST_CASE("a copy is what the entry was, whatever becomes of the entry") {
  Keyspace keyspace(1, 16, 0);
  EntryImages images;
  const std::string large(kBlobThreshold, 'l');
  {
    const ShardGuard guard(keyspace.shard(0));
    Database& database = keyspace.shard(0).database(3);
    REQUIRE(database.SetString(KeyOf("text"), "some text", DeadlineChange::To(77)) ==
            StoreStatus::kStored);
    REQUIRE(database.SetString(KeyOf("number"), "-70000", DeadlineChange::Clear()) ==
            StoreStatus::kStored);
    REQUIRE(database.SetString(KeyOf("large"), large, DeadlineChange::Clear()) ==
            StoreStatus::kStored);
    const EvictionHint hint{EvictionHint::Kind::kFrequency, 9};
    images.Add(3, *database.Find(KeyOf("text"), 0), hint);
    images.Add(3, *database.Find(KeyOf("number"), 0), {});
    images.Add(3, *database.Find(KeyOf("large"), 0), {});
    CHECK(images.blob_bytes() >= large.size());

    // Changed in place, replaced, removed.
    database.ResizeString(KeyOf("large"), large.size())[0] = 'X';
    REQUIRE(database.SetString(KeyOf("text"), "other", DeadlineChange::Clear()) ==
            StoreStatus::kStored);
    CHECK(database.Remove(KeyOf("number"), 0));
  }
  std::vector<EntryImage> seen;
  images.ForEach([&](const EntryImage& image) { seen.push_back(image); });
  REQUIRE(seen.size() == 3);
  CHECK(images.count() == 3);
  CHECK(seen[0].database == 3);
  CHECK(seen[0].key == "text");
  CHECK(seen[0].value == "some text");
  CHECK(seen[0].deadline_ms == 77);
  CHECK(seen[0].hint == EvictionHint{EvictionHint::Kind::kFrequency, 9});
  CHECK(seen[1].key == "number");
  CHECK(seen[1].encoding == Encoding::kInteger);
  CHECK(LoadInteger(seen[1].value) == -70000);
  CHECK(seen[1].deadline_ms == kNoDeadline);
  CHECK(seen[2].key == "large");
  CHECK(seen[2].value == large);

  images.Clear();
  CHECK(images.empty());
  CHECK(images.blob_bytes() == 0);
  images.ForEach([](const EntryImage&) { FAIL("there are none"); });
}

}  // namespace
}  // namespace larder
