// Tests of what wins over a snapshot that is being loaded.
#include "storage/superseded_keys.h"

#include <doctest/doctest.h>

namespace larder {
namespace {

TEST_CASE("keys that were written are out of date in their database alone") {
  SupersededKeys keys(3);
  CHECK(keys.TargetOf(1, 77) == 1);
  keys.Wrote(1, 77);
  CHECK_FALSE(keys.TargetOf(1, 77));
  CHECK(keys.TargetOf(0, 77) == 0);
  CHECK(keys.TargetOf(1, 78) == 1);
}

TEST_CASE("nothing of a flushed database is wanted any more") {
  SupersededKeys keys(2);
  keys.Wrote(0, 1);
  keys.Flushed(0);
  keys.Wrote(0, 2);
  CHECK_FALSE(keys.TargetOf(0, 3));
  CHECK(keys.TargetOf(1, 3) == 1);
}

TEST_CASE("keys of the file follow databases that are swapped, with what was written there") {
  SupersededKeys keys(3);
  keys.Wrote(0, 5);
  keys.Swapped(0, 2);
  CHECK(keys.TargetOf(0, 6) == 2);
  CHECK_FALSE(keys.TargetOf(0, 5));
  CHECK(keys.TargetOf(2, 5) == 0);
  keys.Swapped(2, 1);
  CHECK(keys.TargetOf(0, 6) == 1);
  CHECK(keys.TargetOf(1, 6) == 2);
  keys.Flushed(1);
  CHECK_FALSE(keys.TargetOf(0, 6));
  CHECK(keys.TargetOf(1, 6) == 2);
}

}  // namespace
}  // namespace larder
