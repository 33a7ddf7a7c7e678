// What a database does beside commands: expiry, eviction, freeing what was flushed.
#include <array>
#include <cassert>
#include <utility>

#include "storage/database.h"

namespace larder {
namespace {

// So many entries are gathered before they are removed together.
constexpr size_t kMaxExpiredAtOnce = 128;

}  // namespace

const Entry* Database::Sample(uint64_t random) const {
  const Ref ref = table_.Sample(random);
  return ref != kNullRef ? traits_.At(ref) : nullptr;
}

const Entry* Database::SampleTimed(uint64_t random) const {
  // Among many entries with a deadline, a random entry is likely to be one, and all are equally
  // likely; few of them are found by the wheel.
  constexpr int kTries = 4;
  for (int i = 0; i < kTries && wheel_.size() * 8 >= table_.size() && wheel_.size() > 0; ++i) {
    const Entry* entry = Sample(random + static_cast<uint64_t>(i));
    if (entry->has_deadline()) return entry;
  }
  const Ref ref = wheel_.Sample(random);
  return ref != kNullRef ? traits_.At(ref) : nullptr;
}

const Entry* Database::SampleNearest() const {
  const Ref ref = wheel_.Nearest();
  return ref != kNullRef ? traits_.At(ref) : nullptr;
}

bool Database::Evict(Ref ref, uint64_t hash) {
  const EntryTable::Position position =
      table_.Find(hash, [ref](Ref candidate) { return candidate == ref; });
  if (!position) return false;
  BeforeChange(ref, traits_.At(ref)->key());
  ++counters_.evicted;
  key_statistics_.CountEvent(KeyEvent::kEvicted, this, traits_.At(ref)->key());
  RemoveAt(position);
  return true;
}

bool Database::Expire(int64_t now_ms, size_t budget) {
  for (; budget > kMaxExpiredAtOnce; budget -= kMaxExpiredAtOnce) {
    if (ExpireSome(now_ms, kMaxExpiredAtOnce)) return true;
  }
  return ExpireSome(now_ms, budget);
}

bool Database::ExpireSome(int64_t now_ms, size_t budget) {
  // Entries are gathered first, so that the misses on their buckets overlap.
  std::array<Ref, kMaxExpiredAtOnce> expired;
  size_t count = 0;
  const bool done = wheel_.Advance(now_ms, budget, [&](Ref ref) { expired[count++] = ref; });
  std::array<uint64_t, kMaxExpiredAtOnce> hashes;
  for (size_t i = 0; i < count; ++i) {
    hashes[i] = traits_.HashOf(expired[i]);
    table_.PrefetchBucket(hashes[i]);
  }
  for (size_t i = 0; i < count; ++i)
    FreeExpired(expired[i], hashes[i]);
  Account();
  return done;
}

// The wheel has let go of the entry already.
void Database::FreeExpired(Ref ref, uint64_t hash) {
  Entry& entry = *traits_.At(ref);
  NoteExpiry(entry.key());
  CountExpired(entry);
  deadline_sum_ -= static_cast<uint64_t>(entry.deadline_ms());
  table_.Erase(table_.Find(hash, [ref](Ref candidate) { return candidate == ref; }));
  eviction_.Removed(ref);
  ReleaseBlob(entry);
  traits_.arena->Free(ref, entry.block_size());
}

void Database::CountExpired(const Entry& entry) {
  ++counters_.expired;
  key_statistics_.CountEvent(KeyEvent::kExpired, this, entry.key());
}

std::unique_ptr<DetachedTable> Database::DetachAll(int64_t now_ms) {
  if (listeners_.watched()) listeners_.watches()->Cleared();
  auto detached = std::make_unique<DetachedTable>(traits_);
  detached->table.Swap(table_);
  detached->walk = std::exchange(walk_, SnapshotWalk());
  wheel_.Clear(now_ms);
  deadline_sum_ = 0;
  // The old index goes on being counted, and the new one is counted beside it.
  counters_.index_bytes += index_memory();
  index_bytes_ = index_memory();
  counters_.index_bytes -= wheel_.memory();  // there is but one of it
  return detached;
}

bool Database::Watch(const Key& key, Watcher& watcher, int64_t now_ms) {
  const bool missing = Find(key, now_ms) == nullptr;
  listeners_.Watch(key.bytes, watcher, missing);
  return missing;
}

void Database::Unwatch(const Key& key, const Watcher& watcher) {
  listeners_.Unwatch(key.bytes, watcher);
}

void Database::ExchangeWatches(Database& other, int64_t now_ms) {
  const auto lives_in = [now_ms](Database& database) {
    return [&database, now_ms](std::string_view key) {
      const EntryTable::Position position = database.Locate({key, HashKey(key)});
      return position && !database.traits_.At(position.ref())->IsExpired(now_ms);
    };
  };
  if (watched()) listeners_.watches()->Replaced(lives_in(other));
  if (other.watched()) other.listeners_.watches()->Replaced(lives_in(*this));
  listeners_.ExchangeWatches(other.listeners_);
}

void Database::Drain(EntryTable& table, const SnapshotWalk& walk, size_t max_entries) {
  table.Drain(max_entries, [&](Ref ref) {
    if (walk.active()) [[unlikely]]
      Preserve(ref, walk);
    Entry& entry = *traits_.At(ref);
    eviction_.Removed(ref);
    ReleaseBlob(entry);
    traits_.arena->Free(ref, entry.block_size());
  });
}

bool Database::FreeDetached(DetachedTable& detached, size_t max_entries) {
  const size_t before = detached.table.memory();
  Drain(detached.table, detached.walk, max_entries);
  const bool left = detached.table.size() != 0;
  counters_.index_bytes -= before - (left ? detached.table.memory() : 0);
  Account();
  return left;
}

void Database::BeginSnapshot(size_t number) {
  assert(!walk_.active());
  if (table_.size() != 0) walk_.Begin(number);
}

void Database::Preserve(Ref ref, const SnapshotWalk& walk) {
  Entry& entry = *traits_.At(ref);
  if (entry.settled() || !walk.IsAhead(HashKey(entry.key()))) return;
  images_.AddDoomed(walk.database(), entry, eviction_.HintOf(entry));
  entry.set_settled(true);
}

bool Database::ContinueSnapshot(EntryTable& table, SnapshotWalk& walk) {
  // Either bounds the time: many entries are as many cache misses, long ones take long to copy and
  // to write.
  constexpr int kLeaves = 8;
  constexpr size_t kBytes = 16 * 1024;
  if (!walk.active()) return false;
  table.PrefetchFrom(walk.point(), kLeaves);
  size_t bytes = 0;
  for (int leaf = 0; leaf < kLeaves && bytes < kBytes && walk.active(); ++leaf) {
    walk.MoveTo(table.VisitFrom(walk.point(), [&](Ref ref) {
      Entry& entry = *traits_.At(ref);
      if (entry.settled()) return entry.set_settled(false);
      images_.Add(walk.database(), entry, eviction_.HintOf(entry));
      bytes += entry.block_size();
    }));
  }
  return walk.active();
}

}  // namespace larder
