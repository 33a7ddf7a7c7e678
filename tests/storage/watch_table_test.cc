// Who is told of a change of a watched key.
#include "storage/watch_table.h"

#include <doctest/doctest.h>

#include <string_view>

namespace larder {

TEST_CASE("A change marks those who watch the key, and nobody else") {
  WatchTable table;
  Watcher first, second, other;
  table.Add("a", first, /*missing=*/false);
  table.Add("a", second, /*missing=*/true);
  table.Add("b", other, /*missing=*/false);
  table.Changed("a");
  table.Changed("c");
  CHECK(first.changed());
  CHECK(second.changed());
  CHECK_FALSE(other.changed());
}

TEST_CASE("Who saw a key missing is not told that it has expired or was flushed") {
  WatchTable table;
  Watcher saw, missed;
  table.Add("a", saw, /*missing=*/false);
  table.Add("a", missed, /*missing=*/true);
  SUBCASE("expired") {
    table.Expired("a");
  }
  SUBCASE("flushed") {
    table.Cleared();
  }
  SUBCASE("replaced by nothing") {
    table.Replaced([](std::string_view) { return false; });
  }
  CHECK(saw.changed());
  CHECK_FALSE(missed.changed());
  table.Replaced([](std::string_view key) { return key == "a"; });
  CHECK(missed.changed());
}

TEST_CASE("Removing a watch leaves those of others") {
  WatchTable table;
  Watcher first, second;
  table.Add("a", first, false);
  table.Add("a", second, false);
  table.Remove("a", first);
  table.Changed("a");
  CHECK_FALSE(first.changed());
  CHECK(second.changed());
  CHECK_FALSE(table.empty());
  table.Remove("a", second);
  CHECK(table.empty());
}

TEST_CASE("A watcher that is reset can be marked again") {
  WatchTable table;
  Watcher watcher;
  table.Add("a", watcher, false);
  table.Changed("a");
  watcher.Reset();
  CHECK_FALSE(watcher.changed());
  table.Changed("a");
  CHECK(watcher.changed());
}

}  // namespace larder
