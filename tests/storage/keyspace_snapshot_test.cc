// Random writers against a snapshot: what it sees is the state at its beginning, each key once.
#include "storage/keyspace_snapshot.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "storage/key_hash.h"
#include "storage/shard_set.h"

namespace larder {
namespace {

constexpr int64_t kStartMs = 1'700'000'000'000;
constexpr size_t kDatabases = 4;

// What is to be seen of an entry.
struct Seen {
  ValueType type;
  Encoding encoding;
  int64_t deadline_ms;
  std::string value;

  bool operator==(const Seen&) const = default;
};
using Content = std::map<std::pair<size_t, std::string>, Seen>;

Seen SeenOf(const EntryImage& image) {
  return {image.type, image.encoding, image.deadline_ms, std::string(image.value)};
}

ShardSet AllOf(const Keyspace& keyspace) {
  ShardSet all(keyspace.shard_count());
  all.AddAll(keyspace.shard_count());
  return all;
}

// Requires: the locks of all shards are held.
Content ContentOf(Keyspace& keyspace) {
  Content content;
  for (size_t i = 0; i < keyspace.shard_count(); ++i) {
    for (size_t number = 0; number < keyspace.database_count(); ++number) {
      const Database& database = keyspace.shard(i).database(number);
      uint64_t cursor = 0;
      do {
        cursor = database.Scan(cursor, 0, [&](const Entry& entry) {
          content.emplace(std::pair(number, std::string(entry.key())),
                          SeenOf(EntryImage::Of(number, entry, {})));
        });
      } while (cursor != 0);
    }
  }
  return content;
}

// Changes random keys in all ways that there are.
class Writer {
 public:
  Writer(Keyspace& keyspace, uint32_t seed) : keyspace_(keyspace), random_(seed) {}

  // One change. Most of them store if the keyspace is to grow, and remove if not.
  void Change(int64_t now_ms, bool grows, bool flushes) {
    if (flushes && Draw(3000) == 0) return ChangeAll(now_ms);
    if (Draw(40) == 0) return Upkeep(now_ms);
    const std::string name = "key:" + std::to_string(Draw(3000));
    const Key key{name, HashKey(name)};
    Shard& shard = keyspace_.shard(keyspace_.ShardOf(key.hash));
    const ShardGuard guard(shard);
    ChangeKey(shard.database(Draw(8) == 0 ? Draw(kDatabases) : 0), key, now_ms,
              grows == (Draw(4) != 0));
  }

 private:
  size_t Draw(size_t below) { return random_() % below; }

  std::string DrawBytes() {
    switch (Draw(16)) {
      case 0:
        return std::string(kBlobThreshold + Draw(100), static_cast<char>('a' + Draw(26)));
      case 1:
        return std::to_string(random_());
      default:
        return std::string(Draw(300), static_cast<char>('a' + Draw(26)));
    }
  }
  DeadlineChange DrawDeadline(int64_t now_ms) {
    if (Draw(3) == 0) return DeadlineChange::Keep();
    if (Draw(2) == 0) return DeadlineChange::Clear();
    return DeadlineChange::To(now_ms + static_cast<int64_t>(Draw(100000)));
  }

  void ChangeKey(Database& database, const Key& key, int64_t now_ms, bool stores) {
    if (!stores) {
      Entry* entry = Draw(2) == 0 ? nullptr : database.Find(key, now_ms);
      if (entry != nullptr) {
        // RENAME
        const Value value = database.Extract(key, entry);
      } else {
        (void)database.Remove(key, now_ms);
      }
      return;
    }
    switch (Draw(6)) {
      case 0:
        if (Entry* entry = database.Find(key, now_ms)) {
          (void)database.SetDeadline(key, entry, DrawDeadline(now_ms).deadline_ms);
        }
        return;
      case 1: {
        const Entry* entry = database.Find(key, now_ms);
        const size_t size = entry != nullptr ? entry->StringSize() + Draw(20) : Draw(20);
        if (char* bytes = database.ResizeString(key, size)) std::fill(bytes, bytes + size, 'r');
        return;
      }
      case 2:
        (void)database.SetInteger(key, static_cast<int64_t>(Draw(100000)));
        return;
      default:
        (void)database.SetString(key, DrawBytes(), DrawDeadline(now_ms));
    }
  }

  void Upkeep(int64_t now_ms) {
    Shard& shard = keyspace_.shard(Draw(keyspace_.shard_count()));
    const ShardGuard guard(shard);
    switch (Draw(6)) {
      case 0:
        shard.Expire(now_ms, 1 + Draw(50));
        break;
      case 1:
        (void)shard.Evict(1 + Draw(2000));
        break;
      case 2:
        shard.BeginCompaction();
        break;
      case 3:
        shard.Reclaim(1 + Draw(200));
        break;
      default:
        shard.Compact();
        shard.Trim();
    }
  }

  void ChangeAll(int64_t now_ms) {
    const ShardSet all = AllOf(keyspace_);
    const ShardSetGuard guard(keyspace_, all);
    switch (Draw(3)) {
      case 0:
        return keyspace_.FlushAll();
      case 1:
        return keyspace_.Flush(Draw(kDatabases));
      default:
        return keyspace_.Swap(Draw(kDatabases), Draw(kDatabases), now_ms);
    }
  }

  Keyspace& keyspace_;
  std::mt19937 random_;
};

std::unique_ptr<Keyspace> MakeKeyspace(size_t shards) {
  auto keyspace = std::make_unique<Keyspace>(shards, kDatabases, kStartMs);
  EvictionSettings settings;
  settings.policy = EvictionPolicy::kAllKeysS3Fifo;
  keyspace->budget().set_policy(settings);
  return keyspace;
}

// Gathers what a snapshot sees, and compares it with the state at its beginning.
class Check {
 public:
  explicit Check(Keyspace& keyspace) : keyspace_(keyspace), snapshot_(keyspace) {}

  void Begin() {
    const ShardSet all = AllOf(keyspace_);
    const ShardSetGuard guard(keyspace_, all);
    expected_ = ContentOf(keyspace_);
    seen_.clear();
    twice_ = 0;
    snapshot_.Begin();
  }
  // False when all was seen.
  bool Continue() {
    return snapshot_.Continue([this](const EntryImage& image) {
      const auto [at, added] =
          seen_.emplace(std::pair(image.database, std::string(image.key)), SeenOf(image));
      twice_ += !added;
    });
  }
  void End(int64_t now_ms) {
    CHECK(!snapshot_.lost());
    CHECK(twice_ == 0);
    CHECK(snapshot_.keys() == expected_.size());
    CHECK(snapshot_.keys_seen() == seen_.size());
    size_t missing = 0;
    for (const auto& [name, entry] : expected_) {
      const auto at = seen_.find(name);
      if (at == seen_.end()) {
        missing += entry.deadline_ms == kNoDeadline || entry.deadline_ms > now_ms;
      } else {
        CHECK(at->second == entry);
        seen_.erase(at);
      }
    }
    CHECK(missing == 0);
    CHECK(seen_.empty());  // nothing that was not there
    CHECK(keyspace_.budget().snapshot().waiting() == 0);
    CheckMarks();
  }
  KeyspaceSnapshot& snapshot() { return snapshot_; }

 private:
  // Nothing of the snapshot is left at any entry.
  void CheckMarks() {
    const ShardSet all = AllOf(keyspace_);
    const ShardSetGuard guard(keyspace_, all);
    size_t marked = 0;
    for (size_t i = 0; i < keyspace_.shard_count(); ++i) {
      for (size_t number = 0; number < kDatabases; ++number) {
        const Database& database = keyspace_.shard(i).database(number);
        CHECK(!database.walk().active());
        uint64_t cursor = 0;
        do {
          cursor = database.Scan(cursor, 0, [&](const Entry& entry) { marked += entry.settled(); });
        } while (cursor != 0);
      }
    }
    CHECK(marked == 0);
  }

  Keyspace& keyspace_;
  KeyspaceSnapshot snapshot_;
  Content expected_;
  Content seen_;
  size_t twice_ = 0;
};

}  // namespace

TEST_CASE("a snapshot sees the state at its beginning, whatever is changed between its steps") {
  for (const size_t shards : {1, 4}) {
    for (uint32_t seed = 0; seed < 8; ++seed) {
      CAPTURE(shards);
      CAPTURE(seed);
      const std::unique_ptr<Keyspace> keyspace = MakeKeyspace(shards);
      Writer writer(*keyspace, seed);
      Check check(*keyspace);
      int64_t now_ms = kStartMs;
      for (int round = 0; round < 12; ++round) {
        const bool grows = round % 4 < 2;
        for (int i = 0; i < 4000; ++i)
          writer.Change(now_ms++, grows, /*flushes=*/seed % 2 == 0);
        check.Begin();
        do {
          for (uint32_t i = 0; i < (seed + 1) * 8; ++i)
            writer.Change(now_ms++, grows, /*flushes=*/true);
        } while (check.Continue());
        check.End(now_ms);
      }
    }
  }
}

TEST_CASE("a snapshot sees the state at its beginning while threads write") {
  const std::unique_ptr<Keyspace> keyspace = MakeKeyspace(4);
  std::atomic<int64_t> now_ms = kStartMs;
  std::atomic<bool> grows = true;
  std::atomic<bool> over = false;
  std::vector<std::thread> threads;
  for (uint32_t seed = 0; seed < 3; ++seed) {
    threads.emplace_back([&, seed] {
      Writer writer(*keyspace, seed);
      while (!over)
        writer.Change(now_ms++, grows, /*flushes=*/true);
    });
  }
  Check check(*keyspace);
  for (int round = 0; round < 40; ++round) {
    for (const int64_t until = now_ms + 3000; now_ms < until;)
      std::this_thread::yield();
    check.Begin();
    while (check.Continue()) {
    }
    check.End(now_ms);
    grows = round % 6 < 3;
  }
  over = true;
  for (std::thread& thread : threads)
    thread.join();
}

TEST_CASE("a snapshot of nothing is over at once, and sees nothing that comes later") {
  const std::unique_ptr<Keyspace> keyspace = MakeKeyspace(4);
  Check check(*keyspace);
  CHECK(!check.snapshot().running());
  check.Begin();
  Writer writer(*keyspace, 1);
  for (int i = 0; i < 1000; ++i)
    writer.Change(kStartMs, /*grows=*/true, /*flushes=*/false);
  while (check.Continue()) {
  }
  check.End(kStartMs);
}

TEST_CASE("a snapshot that is given up copies nothing more, and the next one is whole") {
  const std::unique_ptr<Keyspace> keyspace = MakeKeyspace(4);
  Writer writer(*keyspace, 7);
  for (int i = 0; i < 10000; ++i)
    writer.Change(kStartMs, /*grows=*/true, /*flushes=*/false);
  Check check(*keyspace);
  check.Begin();
  check.Continue();
  for (int i = 0; i < 500; ++i)
    writer.Change(kStartMs, /*grows=*/true, /*flushes=*/true);
  check.snapshot().Abandon();
  size_t seen = 0;
  // What had been copied before is still handed out once; then nothing.
  do {
    for (int i = 0; i < 50; ++i)
      writer.Change(kStartMs, /*grows=*/true, /*flushes=*/true);
  } while (check.snapshot().Continue([&](const EntryImage&) { ++seen; }));
  CHECK(seen <= 500 + 64);
  CHECK(keyspace->budget().snapshot().waiting() == 0);
  check.Begin();
  while (check.Continue()) {
  }
  check.End(kStartMs);
}

TEST_CASE("large values are seen as they were without being copied") {
  const std::unique_ptr<Keyspace> keyspace = MakeKeyspace(1);
  Shard& shard = keyspace->shard(0);
  const Key key{"large", HashKey("large")};
  constexpr size_t kSize = 1'000'000;
  const char* bytes = nullptr;
  {
    const ShardGuard guard(shard);
    REQUIRE(shard.database(0).SetString(key, std::string(kSize, 'a'), DeadlineChange::Clear()) ==
            StoreStatus::kStored);
    bytes = shard.database(0).Find(key, 0)->blob()->data();
  }
  Check check(*keyspace);
  check.Begin();
  {
    const ShardGuard guard(shard);
    // In place if it could be, as SETRANGE does.
    char* changed = shard.database(0).ResizeString(key, kSize);
    REQUIRE(changed != nullptr);
    CHECK(changed != bytes);
    changed[0] = 'b';
  }
  size_t seen = 0;
  while (check.snapshot().running()) {
    check.snapshot().Continue([&](const EntryImage& image) {
      ++seen;
      CHECK(image.value.data() == bytes);
      CHECK(image.value == std::string(kSize, 'a'));
    });
  }
  CHECK(seen == 1);
}

TEST_CASE("a snapshot that writers outrun is lost, not a danger to memory") {
  const std::unique_ptr<Keyspace> keyspace = MakeKeyspace(1);
  Shard& shard = keyspace->shard(0);
  constexpr int kKeys = 40000;
  const auto set = [&](int i, char byte) {
    const std::string name = std::to_string(i);
    const ShardGuard guard(shard);
    (void)shard.database(0).SetString({name, HashKey(name)}, std::string(8000, byte),
                                      DeadlineChange::Clear());
  };
  for (int i = 0; i < kKeys; ++i)
    set(i, 'a');
  KeyspaceSnapshot snapshot(*keyspace);
  {
    const ShardGuard guard(shard);
    snapshot.Begin();
  }
  const SnapshotMemory& memory = keyspace->budget().snapshot();
  CHECK(!memory.has_many());
  for (int i = 0; i < kKeys; ++i)
    set(i, 'b');
  CHECK(memory.has_many());
  CHECK(snapshot.lost());
  CHECK(memory.peak() < size_t{kKeys} * 8000 / 2);
  snapshot.Abandon();
  while (snapshot.Continue([](const EntryImage&) {})) {
  }
  CHECK(memory.waiting() == 0);
  {
    const ShardGuard guard(shard);
    snapshot.Begin();
  }
  CHECK(!snapshot.lost());
  size_t seen = 0;
  while (snapshot.Continue(
      [&](const EntryImage& image) { seen += image.value == std::string(8000, 'b'); })) {
  }
  CHECK(seen == kKeys);
}

}  // namespace larder
