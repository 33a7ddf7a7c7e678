// The databases of one shard: making, flushing and swapping them, and their upkeep.
#include "storage/shard.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>

namespace larder {

Shard::Shard(size_t databases, int64_t now_ms, MemoryBudget& budget)
    : key_statistics_(now_ms),
      databases_(databases),
      eviction_(arena_, budget),
      account_(budget),
      images_(budget.snapshot()),
      now_ms_(now_ms) {}

Shard::~Shard() {
  // The references to large values are given back, whatever happens to the arena's blocks.
  images_.Abandon();
  while (has_flushed())
    FreeFlushed(0, std::numeric_limits<size_t>::max());
  for (auto& slot : databases_)
    delete slot.load(std::memory_order_relaxed);  // no one else is left
}

Database& Shard::Create(size_t index) {
  auto* database = new Database(arena_, counters_, key_statistics_, garbage_, eviction_, account_,
                                images_, now_ms_);
  database->Observe(observer_);
  // Pairs with database_if_present(), which reads what was constructed without the lock.
  databases_[index].store(database, std::memory_order_release);
  return *database;
}

void Shard::Observe(KeyObserver* observer) {
  observer_ = observer;
  for (const auto& slot : databases_) {
    Database* database = slot.load(std::memory_order_relaxed);  // the lock orders it
    if (database != nullptr) database->Observe(observer);
  }
}

void Shard::UnlockAndFreeGarbage() {
  const std::vector<BlobRef> garbage = TakeGarbage();
  lock_.unlock();
}

void Shard::Flush(size_t database) {
  if (superseded_ != nullptr) superseded_->Flushed(database);
  Database* flushed = databases_[database].load(std::memory_order_relaxed);  // the lock orders it
  if (flushed == nullptr || flushed->size() == 0) return;
  flushed_.push_back(flushed->DetachAll(now_ms_));
}

void Shard::Swap(size_t a, size_t b, int64_t now_ms) {
  if (a == b) return;
  if (superseded_ != nullptr) superseded_->Swapped(a, b);
  // Both pointers were published by Create(), maybe by another thread: the lock orders that, and
  // the release passes it on to those that prefetch without the lock.
  Database* first = databases_[a].load(std::memory_order_relaxed);   // the lock orders it
  Database* second = databases_[b].load(std::memory_order_relaxed);  // the lock orders it
  if ((first != nullptr && first->watched()) || (second != nullptr && second->watched())) {
    first = &database(a);
    second = &database(b);
    first->ExchangeWatches(*second, now_ms);
  }
  databases_[a].store(second, std::memory_order_release);  // pairs with database_if_present()
  databases_[b].store(first, std::memory_order_release);   // pairs with database_if_present()
}

bool Shard::Reclaim(size_t max_entries) {
  const auto waits = [](const auto& detached) { return !detached->walk.active(); };
  const auto next = std::find_if(flushed_.begin(), flushed_.end(), waits);
  if (next == flushed_.end()) return false;
  FreeFlushed(static_cast<size_t>(next - flushed_.begin()), max_entries);
  return std::any_of(flushed_.begin(), flushed_.end(), waits);
}

// Returns false when nothing is left of it.
bool Shard::FreeFlushed(size_t index, size_t max_entries) {
  if (AnyDatabase().FreeDetached(*flushed_[index], max_entries)) return true;
  flushed_.erase(flushed_.begin() + static_cast<ptrdiff_t>(index));
  return false;
}

// Any database of the shard can look after detached tables, since they share the arena. Requires:
// one was flushed, so one exists.
Database& Shard::AnyDatabase() {
  const auto any = std::find_if(databases_.begin(), databases_.end(), [](const auto& slot) {
    return slot.load(std::memory_order_relaxed) != nullptr;  // the lock orders it
  });
  assert(any != databases_.end());
  return *any->load(std::memory_order_relaxed);  // the lock orders it
}

void Shard::BeginSnapshot() {
  images_.Begin();
  for (size_t i = 0; i < databases_.size(); ++i) {
    Database* database = databases_[i].load(std::memory_order_relaxed);  // the lock orders it
    if (database != nullptr) database->BeginSnapshot(i);
  }
}

bool Shard::ContinueSnapshot() {
  // What was flushed comes first: its memory waits for that.
  for (const auto& detached : flushed_) {
    if (!detached->walk.active()) continue;
    AnyDatabase().ContinueSnapshot(*detached);
    return true;
  }
  for (const auto& slot : databases_) {
    Database* database = slot.load(std::memory_order_relaxed);  // the lock orders it
    if (database == nullptr || !database->walk().active()) continue;
    database->ContinueSnapshot();
    return true;
  }
  return false;
}

bool Shard::Expire(int64_t now_ms, size_t budget) {
  now_ms_ = now_ms;
  const auto is_due = [now_ms](const Database* database) {
    return database != nullptr && database->next_expiry_ms() <= now_ms;
  };
  size_t due = 0;
  for (size_t i = 0; i < databases_.size(); ++i)
    due += is_due(database_if_present(i));
  if (due == 0) return true;
  // An equal share for each, so that a database with much to expire does not keep others waiting.
  const size_t share = std::max<size_t>(1, budget / due);
  bool done = true;
  for (auto& slot : databases_) {
    Database* database = slot.load(std::memory_order_relaxed);  // the lock orders it
    if (is_due(database) && !database->Expire(now_ms, share)) done = false;
  }
  return done;
}

// Gives entries new blocks; false if one of them cannot get one, or belongs to a flushed database.
bool Shard::Relocate(std::span<const Ref> refs) {
  std::array<uint64_t, Compactor::kBlocksAtOnce> hashes;
  for (size_t i = 0; i < refs.size(); ++i) {
    hashes[i] = EntryTraits{&arena_}.HashOf(refs[i]);
    for (size_t database = 0; database < databases_.size(); ++database) {
      const Database* present = database_if_present(database);
      if (present != nullptr) present->PrefetchBucket(hashes[i]);
    }
  }
  for (size_t i = 0; i < refs.size(); ++i) {
    auto moved = Database::Relocation::kNotMine;
    for (const auto& slot : databases_) {
      Database* database = slot.load(std::memory_order_relaxed);  // the lock orders it
      if (database != nullptr) moved = database->Relocate(refs[i], hashes[i]);
      if (moved != Database::Relocation::kNotMine) break;
    }
    if (moved != Database::Relocation::kMoved) return false;
  }
  return true;
}

void Shard::TidyUp() {
  constexpr size_t kUsualShare = 10;
  const size_t used = arena_.used_bytes();
  if (arena_.committed_bytes() - used <= used / kUsualShare) return;
  Compact();
  Trim();
}

size_t Shard::IndexOf(const void* database) const {
  const auto found = std::find_if(databases_.begin(), databases_.end(), [&](const auto& slot) {
    return slot.load(std::memory_order_relaxed) == database;  // the lock orders it
  });
  assert(found != databases_.end());
  return static_cast<size_t>(found - databases_.begin());
}

size_t Shard::flushed_entries() const {
  size_t entries = 0;
  for (const auto& detached : flushed_)
    entries += detached->table.size();
  return entries;
}

int64_t Shard::NextExpiryMs() const {
  int64_t next = std::numeric_limits<int64_t>::max();
  for (size_t i = 0; i < databases_.size(); ++i) {
    const Database* database = database_if_present(i);
    if (database != nullptr) next = std::min(next, database->next_expiry_ms());
  }
  return next;
}

}  // namespace larder
