// Tests of what a Database promises beyond being a map with deadlines; see also
// database_model_test.cc.
#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "storage/database.h"

namespace larder {
namespace {

constexpr int64_t kNow = 1'700'000'000'000;

struct Fixture {
  explicit Fixture(size_t reserve = Arena::kDefaultReserve)
      : arena(reserve),
        database(arena, counters, key_statistics, garbage, eviction, account, images, kNow) {}

  static Key KeyOf(std::string_view name) { return {name, HashKey(name)}; }
  std::string Text(std::string_view name, int64_t now_ms = kNow) {
    const Entry* entry = database.Find(KeyOf(name), now_ms);
    if (entry == nullptr) return "(none)";
    IntegerText text;
    return std::string(entry->String(text));
  }
  Encoding EncodingOf(std::string_view name) {
    return database.Find(KeyOf(name), kNow)->encoding();
  }
  void Set(std::string_view name, std::string_view value,
           DeadlineChange deadline = DeadlineChange::Clear()) {
    REQUIRE(database.SetString(KeyOf(name), value, deadline) == StoreStatus::kStored);
  }

  Arena arena;
  ShardCounters counters;
  KeyStatistics key_statistics{kNow};
  std::vector<BlobRef> garbage;
  MemoryBudget budget;
  MemoryAccount account{budget};
  Eviction eviction{arena, budget};
  SnapshotImages images{budget.snapshot()};
  Database database;
};

}  // namespace

TEST_CASE("a string is stored in the form that suits it") {
  struct Case {
    std::string value;
    Encoding encoding;
    size_t size;
  };
  Fixture f;
  for (const Case& row : std::vector<Case>{
           {"", Encoding::kInline, 0},
           {"text", Encoding::kInline, 4},
           {"0", Encoding::kInteger, 1},
           {"127", Encoding::kInteger, 1},
           {"128", Encoding::kInteger, 2},
           {"-128", Encoding::kInteger, 1},
           {"-129", Encoding::kInteger, 2},
           {"32768", Encoding::kInteger, 4},
           {"-2147483648", Encoding::kInteger, 4},
           {"2147483648", Encoding::kInteger, 8},
           {"-9223372036854775808", Encoding::kInteger, 8},
           {"9223372036854775808", Encoding::kInline, 19},
           {"-0", Encoding::kInline, 2},
           {"01", Encoding::kInline, 2},
           {std::string(kBlobThreshold - 1, 'v'), Encoding::kInline, kBlobThreshold - 1},
           {std::string(kBlobThreshold, 'v'), Encoding::kBlob, sizeof(Blob*)},
       }) {
    f.Set("k", row.value);
    const Entry* entry = f.database.Find(f.KeyOf("k"), kNow);
    CHECK(entry->encoding() == row.encoding);
    CHECK(entry->value_size() == row.size);
    const bool same = f.Text("k") == row.value;
    CHECK(same);
    CHECK(entry->StringSize() == row.value.size());
  }
}

TEST_CASE("a large value is kept in the memory that it was received into") {
  Fixture f;
  BlobRef blob = Blob::Create(50000);
  std::memset(blob->data(), 'b', 50000);
  blob->set_size(50000);
  const Blob* received = blob.get();
  REQUIRE(f.database.SetBlob(f.KeyOf("k"), std::move(blob), DeadlineChange::Clear()) ==
          StoreStatus::kStored);
  CHECK(f.database.Find(f.KeyOf("k"), kNow)->blob() == received);
  CHECK(f.counters.blob_bytes >= 50000);
  CHECK(f.garbage.empty());
  f.Set("k", "small");
  CHECK(f.garbage.size() == 1);
  CHECK(f.counters.blob_bytes == 0);
}

TEST_CASE("a counter that keeps its width is rewritten where it is") {
  Fixture f;
  f.Set("k", "100", DeadlineChange::To(kNow + 1000));
  const Entry* before = f.database.Find(f.KeyOf("k"), kNow);
  REQUIRE(f.database.SetInteger(f.KeyOf("k"), 101) == StoreStatus::kStored);
  CHECK(f.database.Find(f.KeyOf("k"), kNow) == before);
  CHECK(f.Text("k") == "101");
  CHECK(before->deadline_ms() == kNow + 1000);
}

TEST_CASE("rewriting a key with its deadline again and again takes no more memory") {
  Fixture f;
  f.Set("k", "value", DeadlineChange::To(kNow + 1000));
  const size_t used = f.arena.used_bytes();
  const size_t index = f.database.index_memory();
  for (int i = 0; i < 1'000'000; ++i) {
    f.Set("k", "value", DeadlineChange::To(kNow + 1000 + i));
  }
  CHECK(f.arena.used_bytes() == used);
  CHECK(f.database.index_memory() == index);
  CHECK(f.database.expiring() == 1);
}

TEST_CASE("a string that grows by small steps is copied seldom") {
  Fixture f;
  const Key key = f.KeyOf("k");
  size_t size = kBlobThreshold;
  REQUIRE(f.database.ResizeString(key, size) != nullptr);
  int copies = 0;
  const Blob* blob = f.database.Find(key, kNow)->blob();
  for (int i = 0; i < 100'000; ++i) {
    REQUIRE(f.database.ResizeString(key, size += 10) != nullptr);
    const Blob* now = f.database.Find(key, kNow)->blob();
    copies += now != blob;
    blob = now;
    f.garbage.clear();
  }
  CHECK(copies < 10);
}

TEST_CASE("a value that a reply still holds is not changed, but copied") {
  Fixture f;
  const Key key = f.KeyOf("k");
  f.Set("k", std::string(20000, 'a'));
  const BlobRef held = BlobRef::Share(f.database.Find(key, kNow)->blob());
  char* bytes = f.database.ResizeString(key, 20000);
  REQUIRE(bytes != nullptr);
  bytes[0] = 'b';
  CHECK(held->view()[0] == 'a');
  CHECK(f.Text("k").substr(0, 2) == "ba");
  // Now nobody else holds it, and it may be changed in place.
  CHECK(f.database.ResizeString(key, 20000) == bytes);
}

TEST_CASE("an extracted value can be changed in place once the garbage is gone") {
  Fixture f;
  f.Set("from", std::string(20000, 'a'));
  Entry* entry = f.database.Find(f.KeyOf("from"), kNow);
  const Blob* blob = entry->blob();
  REQUIRE(f.database.Put(f.KeyOf("to"), f.database.Extract(f.KeyOf("from"), entry)) ==
          StoreStatus::kStored);
  f.garbage.clear();
  CHECK(f.database.Find(f.KeyOf("to"), kNow)->blob() == blob);
  CHECK(blob->unique());
}

TEST_CASE("keys and values of all lengths can be told apart") {
  Fixture f;
  std::vector<std::string> names;
  for (const size_t size : {0u, 1u, 255u, 256u, 65533u, 65534u, 65535u, 65536u, 70000u, 3000000u}) {
    names.emplace_back(size, 'k');
  }
  for (size_t i = 0; i < names.size(); ++i) {
    f.Set(names[i], std::to_string(i), DeadlineChange::To(kNow + 1 + static_cast<int64_t>(i)));
  }
  for (size_t i = 0; i < names.size(); ++i) {
    CHECK(f.Text(names[i]) == std::to_string(i));
    CHECK(f.Text(names[i], kNow + 1 + static_cast<int64_t>(i)) == "(none)");
  }
  CHECK(f.database.size() == 0);
  CHECK(f.arena.used_bytes() == 0);
  CHECK(f.counters.expired == names.size());
}

TEST_CASE("Expire works within its budget, and removes all that is due in the end") {
  Fixture f;
  for (int i = 0; i < 10'000; ++i)
    f.Set("key:" + std::to_string(i), "v", DeadlineChange::To(kNow + 100));
  f.Set("later", "v", DeadlineChange::To(kNow + 100'000));
  f.Set("never", "v");
  CHECK(f.database.next_expiry_ms() > kNow);
  CHECK(f.database.Expire(kNow + 50, 1000));
  CHECK(f.database.size() == 10'002);
  CHECK(f.database.next_expiry_ms() <= kNow + 100 + 64);

  CHECK_FALSE(f.database.Expire(kNow + 1000, 100));
  CHECK(f.database.size() >= 10'002 - 100);
  CHECK(f.database.size() < 10'002);
  CHECK(f.database.next_expiry_ms() <= kNow + 1000);
  int calls = 0;
  while (!f.database.Expire(kNow + 1000, 100)) {
    REQUIRE(++calls < 1000);
  }
  CHECK(f.database.size() == 2);
  CHECK(f.database.expiring() == 1);
  CHECK(f.database.mean_deadline_ms() == kNow + 100'000);
  CHECK(f.counters.expired == 10'000);
}

TEST_CASE("the mean of the deadlines does not overflow") {
  Fixture f;
  constexpr int64_t kLast = std::numeric_limits<int64_t>::max();
  for (int i = 0; i < 100; ++i)
    f.Set("key:" + std::to_string(i), "v", DeadlineChange::To(kLast));
  CHECK(f.database.mean_deadline_ms() == kLast);
}

TEST_CASE("a detached database is freed in slices while the new one is in use") {
  Fixture f;
  for (int i = 0; i < 5000; ++i) {
    f.Set("key:" + std::to_string(i), i % 100 == 0 ? std::string(20000, 'v') : "v",
          i % 2 == 0 ? DeadlineChange::Clear() : DeadlineChange::To(kNow + i));
  }
  const size_t used = f.arena.used_bytes();
  std::unique_ptr<DetachedTable> detached = f.database.DetachAll(kNow);
  CHECK(f.database.size() == 0);
  CHECK(f.database.expiring() == 0);
  CHECK(f.Text("key:7") == "(none)");
  CHECK(f.arena.used_bytes() == used);
  int slices = 0;
  do {
    f.Set("new:" + std::to_string(slices++), "v", DeadlineChange::To(kNow + 1000));
    f.database.Expire(kNow + 500, 100);
  } while (f.database.FreeDetached(*detached, 100));
  CHECK(slices > 10);
  CHECK(f.database.size() == static_cast<size_t>(slices));
  CHECK(f.database.expiring() == static_cast<size_t>(slices));
  CHECK(f.counters.blob_bytes == 0);
  CHECK(f.counters.expired == 0);
  CHECK(f.garbage.size() == 50);
  while (!f.database.Expire(kNow + 2000, 100)) {
  }
  CHECK(f.arena.used_bytes() == 0);
}

TEST_CASE("a scan visits what is present throughout, while the database grows and shrinks") {
  Fixture f;
  for (int i = 0; i < 2000; ++i)
    f.Set("stays:" + std::to_string(i), "v");
  std::set<std::string> seen;
  uint64_t cursor = 0;
  int step = 0;
  do {
    cursor = f.database.Scan(cursor, kNow, [&](const Entry& entry) {
      if (entry.key().starts_with("stays")) seen.emplace(entry.key());
    });
    for (int i = 0; i < 20; ++i) {
      const std::string name = "passes:" + std::to_string(step * 20 + i);
      if (step < 100) f.Set(name, "v");
    }
    if (step >= 100) {
      for (int i = 0; i < 30; ++i) {
        f.database.Remove(f.KeyOf("passes:" + std::to_string((step - 100) * 30 + i)), kNow);
      }
    }
    ++step;
  } while (cursor != 0);
  CHECK(seen.size() == 2000);
}

TEST_CASE("when memory is short nothing changes") {
  Fixture f(size_t{4} << 20);
  const std::string value(1000, 'v');
  size_t stored = 0;
  while (f.database.SetString(f.KeyOf("key:" + std::to_string(stored)), value,
                              DeadlineChange::Clear()) == StoreStatus::kStored) {
    REQUIRE(++stored < 5000);
  }
  CHECK(stored > 3000);
  CHECK(f.database.size() == stored);
  const Key key = f.KeyOf("key:0");
  const std::string other(5000, 'w');
  CHECK(f.database.SetString(key, other, DeadlineChange::Clear()) == StoreStatus::kOutOfMemory);
  CHECK(f.database.ResizeString(key, 6000) == nullptr);
  Value list;
  list.type = ValueType::kList;
  list.bytes = other;
  CHECK(f.database.Put(key, std::move(list)) == StoreStatus::kOutOfMemory);
  Entry* entry = f.database.Find(key, kNow);
  CHECK(f.database.SetDeadline(key, entry, kNow + 1000) == StoreStatus::kOutOfMemory);
  CHECK(f.Text("key:0") == value);
  CHECK(f.database.Find(key, kNow)->deadline_ms() == kNoDeadline);
  CHECK(f.database.expiring() == 0);
  CHECK(f.counters.blob_bytes == 0);
  // What fits into the room of the old value is stored all the same.
  f.Set("key:0", std::string(1000, 'x'));
  for (size_t i = 0; i < stored; ++i)
    CHECK(f.database.Remove(f.KeyOf("key:" + std::to_string(i)), kNow));
  CHECK(f.arena.used_bytes() == 0);
}

TEST_CASE("a deadline is moved near, far and away with all that the key holds") {
  constexpr int64_t kFar = std::numeric_limits<int64_t>::max();
  Fixture f;
  const Key key = f.KeyOf("key");
  f.Set("key", "some text", DeadlineChange::To(kFar - 1));
  for (const int64_t deadline : {kNow + 1, kFar, kFar - 1, kNoDeadline, kFar, kNow + 2}) {
    REQUIRE(f.database.SetDeadline(key, f.database.Find(key, kNow), deadline) ==
            StoreStatus::kStored);
    CHECK(f.database.Find(key, kNow)->deadline_ms() == deadline);
    CHECK(f.Text("key") == "some text");
    CHECK(f.database.expiring() == (deadline == kNoDeadline ? 0 : 1));
    f.Set("key", "other text", DeadlineChange::Keep());
    CHECK(f.database.Find(key, kNow)->deadline_ms() == deadline);
    f.Set("key", "some text", DeadlineChange::Keep());
  }
  CHECK(f.database.Expire(kNow + 1000, 10));
  CHECK(f.Text("key") == "(none)");
  CHECK(f.arena.used_bytes() == 0);
}

TEST_CASE("entries for which there was room can be stored") {
  std::minstd_rand random(7);
  for (int round = 0; round < 6; ++round) {
    Fixture f(size_t{48} << 20);
    size_t stored = 0;
    while (true) {
      std::vector<std::string> values(1 + random() % 100);
      size_t bytes = 0;
      for (size_t i = 0; i < values.size(); ++i) {
        values[i].assign(random() % (round < 3 ? 40 : kBlobThreshold), 'v');
        bytes += values[i].size() + std::to_string(stored + i).size();
      }
      if (!f.database.HasRoom(values.size(), bytes)) break;
      for (const std::string& value : values)
        f.Set(std::to_string(stored++), value);
    }
    CHECK(stored > 0);
    CHECK(f.database.size() == stored);
  }
}

}  // namespace larder
