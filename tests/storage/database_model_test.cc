// Random operations on a Database, each compared with what a std::map says should happen.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "storage/database.h"
#include "tests/storage/database_model.h"

namespace larder {
namespace {

constexpr int64_t kStartMs = 1'700'000'000'000;
// The wheel hands entries out at most this late.
constexpr int64_t kGraceMs = 64;

// Plays random operations on a database and on the model of it.
class Player {
 public:
  Player(uint32_t seed, EvictionPolicy policy)
      : random_(seed),
        database_(arena_, counters_, key_statistics_, garbage_, eviction_, account_, images_,
                  kStartMs) {
    EvictionSettings settings;
    settings.policy = policy;
    budget_.set_policy(settings);
    // So many accounts that each has to report every change.
    budget_.SetLimit(size_t{1} << 40, size_t{1} << 40);
    for (int i = 0; i < 200; ++i)
      names_.push_back("key:" + std::to_string(i));
    names_.push_back("");
    names_.push_back(std::string(1000, 'k'));
    names_.push_back(std::string(65534, 'k'));
    names_.push_back(std::string(65535, 'k'));
    names_.push_back(std::string(65536, 'k'));
    names_.push_back(std::string(200000, 'k'));
  }

  void Play(int operations);
  // Empties the database in one of three ways, and checks that nothing is left.
  void End();

 private:
  size_t Draw(size_t below) { return random_() % below; }
  bool Chance(size_t percent) { return Draw(100) < percent; }
  const std::string& DrawName() { return names_[Draw(names_.size())]; }
  std::string DrawBytes() { return DrawString(random_); }
  int64_t DrawDeadline();
  DeadlineChange DrawChange();
  static Key KeyOf(const std::string& name) { return {name, HashKey(name)}; }

  void CheckEntry(const Entry* entry, const std::string& name, const ExpectedEntry* expected);

  void Read();
  void SetString();
  void SetBlob();
  void SetInteger();
  void PutOther();
  void ResizeString();
  void SetDeadline();
  void Remove();
  void Move();
  void Copy();
  void Expire();
  void DetachAll();
  void ShareBlob();
  void CheckShares();
  void CheckAll();
  void Evict();
  void CheckQueues();

  std::mt19937 random_;
  std::vector<std::string> names_;
  int64_t now_ms_ = kStartMs;

  Arena arena_;
  ShardCounters counters_;
  KeyStatistics key_statistics_{kStartMs};
  std::vector<BlobRef> garbage_;
  MemoryBudget budget_;
  MemoryAccount account_{budget_};
  Eviction eviction_{arena_, budget_};
  SnapshotImages images_{budget_.snapshot()};
  Database database_;
  std::vector<std::unique_ptr<DetachedTable>> detached_;
  // As replies hold large values while they are sent.
  std::vector<std::pair<BlobRef, std::string>> shares_;

  DatabaseModel model_;
  uint64_t hits_ = 0;
  uint64_t misses_ = 0;
  uint64_t evicted_ = 0;
};

int64_t Player::DrawDeadline() {
  switch (Draw(8)) {
    case 0:
      return now_ms_ - static_cast<int64_t>(Draw(1000));  // passed already
    case 1:
      return std::numeric_limits<int64_t>::max() - static_cast<int64_t>(Draw(3));
    case 2:
      return now_ms_ + 86'400'000LL * static_cast<int64_t>(Draw(200000));
    case 3:
      return now_ms_ + static_cast<int64_t>(Draw(1000)) * 1000;
    default:
      return now_ms_ + static_cast<int64_t>(Draw(500));
  }
}

DeadlineChange Player::DrawChange() {
  switch (Draw(3)) {
    case 0:
      return DeadlineChange::Keep();
    case 1:
      return DeadlineChange::Clear();
    default:
      return DeadlineChange::To(DrawDeadline());
  }
}

void Player::CheckEntry(const Entry* entry, const std::string& name,
                        const ExpectedEntry* expected) {
  REQUIRE((entry != nullptr) == (expected != nullptr));
  if (entry == nullptr) return;
  REQUIRE(bool(entry->key() == name));
  REQUIRE(entry->type() == expected->type);
  REQUIRE(entry->deadline_ms() == expected->deadline_ms);
  if (entry->type() != ValueType::kString) {
    REQUIRE(std::string_view(entry->value_data(), entry->value_size()) == expected->bytes);
    return;
  }
  IntegerText text;
  REQUIRE(bool(entry->String(text) == expected->bytes));
  REQUIRE(entry->StringSize() == expected->bytes.size());
}

void Player::Read() {
  const std::string& name = DrawName();
  const ExpectedEntry* expected = model_.Find(name, now_ms_);
  if (Chance(50)) {
    CheckEntry(database_.Find(KeyOf(name), now_ms_), name, expected);
  } else {
    ++(expected != nullptr ? hits_ : misses_);
    CheckEntry(database_.Read(KeyOf(name), now_ms_), name, expected);
  }
}

void Player::SetString() {
  const std::string& name = DrawName();
  std::string bytes = DrawBytes();
  const DeadlineChange change = DrawChange();
  REQUIRE(database_.SetString(KeyOf(name), bytes, change) == StoreStatus::kStored);
  model_.SetString(name, std::move(bytes), change);
}

void Player::SetBlob() {
  const std::string& name = DrawName();
  std::string bytes = DrawBytes();
  BlobRef blob = Blob::Create(bytes.size() + Draw(100));
  std::copy(bytes.begin(), bytes.end(), blob->data());
  blob->set_size(bytes.size());
  const DeadlineChange change = DrawChange();
  REQUIRE(database_.SetBlob(KeyOf(name), std::move(blob), change) == StoreStatus::kStored);
  model_.SetString(name, std::move(bytes), change);
}

void Player::SetInteger() {
  const std::string& name = DrawName();
  const auto value = static_cast<int64_t>(uint64_t{random_()} << 32 | random_()) >> Draw(64);
  CheckEntry(database_.Find(KeyOf(name), now_ms_), name, model_.Find(name, now_ms_));
  REQUIRE(database_.SetInteger(KeyOf(name), value) == StoreStatus::kStored);
  model_.SetString(name, std::to_string(value), DeadlineChange::Keep());
}

void Player::PutOther() {
  const std::string& name = DrawName();
  Value value;
  value.type = ValueType::kList;
  value.bytes = std::string(Draw(300), 'l');
  value.deadline_ms = Chance(50) ? kNoDeadline : DrawDeadline();
  model_.entries[name] = {value.bytes, value.type, value.deadline_ms};
  REQUIRE(database_.Put(KeyOf(name), std::move(value)) == StoreStatus::kStored);
}

void Player::ResizeString() {
  const std::string& name = DrawName();
  const ExpectedEntry* expected = model_.Find(name, now_ms_);
  CheckEntry(database_.Find(KeyOf(name), now_ms_), name, expected);
  if (expected != nullptr && expected->type != ValueType::kString) return;
  std::string bytes = expected != nullptr ? expected->bytes : "";
  const size_t size = Chance(60) ? bytes.size() + Draw(50) : Draw(60000);
  bytes.resize(size, '\0');
  char* resized = database_.ResizeString(KeyOf(name), size);
  REQUIRE(resized != nullptr);
  REQUIRE(bool(std::string_view(resized, size) == bytes));
  const size_t from = Draw(size + 1);
  std::fill(resized + from, resized + size, 'r');
  std::fill(bytes.begin() + static_cast<ptrdiff_t>(from), bytes.end(), 'r');
  model_.SetString(name, std::move(bytes), DeadlineChange::Keep());
}

void Player::SetDeadline() {
  const std::string& name = DrawName();
  ExpectedEntry* expected = model_.Find(name, now_ms_);
  Entry* entry = database_.Find(KeyOf(name), now_ms_);
  CheckEntry(entry, name, expected);
  if (entry == nullptr) return;
  expected->deadline_ms = Chance(30) ? kNoDeadline : DrawDeadline();
  const bool queued = entry->queued();
  const uint32_t access = static_cast<uint32_t>(Draw(1 << 24));
  if (!queued) entry->set_access(access);
  REQUIRE(database_.SetDeadline(KeyOf(name), entry, expected->deadline_ms) == StoreStatus::kStored);
  // The entry may have expired already, so it is found at the beginning of time.
  entry = database_.Find(KeyOf(name), 0);
  CheckEntry(entry, name, expected);
  if (!queued && !entry->queued()) REQUIRE(entry->access() == access);
}

void Player::Remove() {
  const std::string& name = DrawName();
  const bool present = model_.Find(name, now_ms_) != nullptr;
  REQUIRE(database_.Remove(KeyOf(name), now_ms_) == present);
  if (present) model_.entries.erase(name);
}

void Player::Move() {
  const std::string& from = DrawName();
  const std::string& to = DrawName();
  ExpectedEntry* expected = model_.Find(from, now_ms_);
  Entry* entry = database_.Find(KeyOf(from), now_ms_);
  CheckEntry(entry, from, expected);
  if (entry == nullptr) return;
  ExpectedEntry moved = *expected;
  Value value = database_.Extract(KeyOf(from), entry);
  model_.entries.erase(from);
  REQUIRE(value.deadline_ms == moved.deadline_ms);
  REQUIRE(value.type == moved.type);
  REQUIRE(database_.Find(KeyOf(from), 0) == nullptr);
  REQUIRE(database_.Put(KeyOf(to), std::move(value)) == StoreStatus::kStored);
  model_.entries[to] = std::move(moved);
}

void Player::Copy() {
  const std::string& from = DrawName();
  const std::string& to = DrawName();
  const ExpectedEntry* expected = model_.Find(from, now_ms_);
  const Entry* entry = database_.Find(KeyOf(from), now_ms_);
  CheckEntry(entry, from, expected);
  if (entry == nullptr) return;
  REQUIRE(database_.Put(KeyOf(to), Database::Clone(*entry)) == StoreStatus::kStored);
  model_.entries[to] = ExpectedEntry(*expected);
}

void Player::Expire() {
  const size_t before = model_.entries.size();
  if (Chance(20)) {
    database_.Expire(now_ms_, Draw(50));  // may leave work
  } else {
    while (!database_.Expire(now_ms_, 1 + Draw(100))) {
    }
    std::erase_if(model_.entries,
                  [&](const auto& item) { return item.second.IsExpired(now_ms_ - kGraceMs); });
  }
  // What is past its deadline may be gone or not.
  std::erase_if(model_.entries, [&](const auto& item) {
    return item.second.IsExpired(now_ms_) && database_.Find(KeyOf(item.first), 0) == nullptr;
  });
  model_.expired += before - model_.entries.size();
}

void Player::DetachAll() {
  model_.entries.clear();
  detached_.push_back(database_.DetachAll(now_ms_));
  REQUIRE(database_.size() == 0);
  REQUIRE(database_.expiring() == 0);
}

void Player::ShareBlob() {
  const std::string& name = DrawName();
  const Entry* entry = database_.Find(KeyOf(name), 0);
  if (entry == nullptr || entry->encoding() != Encoding::kBlob) return;
  if (shares_.size() > 20) shares_.erase(shares_.begin());
  shares_.emplace_back(BlobRef::Share(entry->blob()), std::string(entry->blob()->view()));
}

void Player::CheckShares() {
  for (const auto& [blob, bytes] : shares_)
    REQUIRE(bool(blob->view() == bytes));
}

void Player::CheckAll() {
  size_t timed = 0;
  unsigned __int128 sum = 0;
  for (const auto& [name, expected] : model_.entries) {
    const Entry* entry = database_.Find(KeyOf(name), 0);
    CheckEntry(entry, name, &expected);
    if (expected.deadline_ms == kNoDeadline) continue;
    ++timed;
    sum += static_cast<uint64_t>(expected.deadline_ms);
  }
  REQUIRE(database_.size() == model_.entries.size());
  REQUIRE(database_.expiring() == timed);
  REQUIRE(database_.mean_deadline_ms() == static_cast<int64_t>(timed == 0 ? 0 : sum / timed));
  REQUIRE(counters_.hits == hits_);
  REQUIRE(counters_.misses == misses_);
  REQUIRE(counters_.expired == model_.expired);
  const Entry* sample = database_.Sample(random_());
  REQUIRE((sample != nullptr) == !model_.entries.empty());
  if (sample != nullptr) REQUIRE(model_.entries.contains(std::string(sample->key())));

  size_t visited = 0;
  uint64_t cursor = 0;
  do {
    cursor = database_.Scan(cursor, now_ms_, [&](const Entry& entry) {
      ++visited;
      REQUIRE(!entry.IsExpired(now_ms_));
      REQUIRE(model_.entries.contains(std::string(entry.key())));
    });
  } while (cursor != 0);
  REQUIRE(visited == model_.CountLive(now_ms_));
}

void Player::Play(int operations) {
  using Operation = void (Player::*)();
  static constexpr Operation kOperations[] = {
      &Player::Read,         &Player::Read,        &Player::SetString,   &Player::SetString,
      &Player::SetString,    &Player::SetBlob,     &Player::SetInteger,  &Player::PutOther,
      &Player::ResizeString, &Player::SetDeadline, &Player::SetDeadline, &Player::Remove,
      &Player::Move,         &Player::Copy,        &Player::ShareBlob};
  for (int i = 0; i < operations; ++i) {
    (this->*kOperations[Draw(std::size(kOperations))])();
    if (Chance(20)) now_ms_ += static_cast<int64_t>(Draw(30));
    if (Chance(2)) Expire();
    if (Chance(2)) Evict();
    if (Draw(1000) == 0) now_ms_ -= static_cast<int64_t>(Draw(100000));  // the clock is set back
    if (Draw(1000) == 0) now_ms_ += static_cast<int64_t>(Draw(10'000'000));
    if (Draw(2000) == 0) DetachAll();
    if (Chance(5) && !detached_.empty() && !database_.FreeDetached(*detached_.back(), Draw(20))) {
      detached_.pop_back();
    }
    if (Chance(10)) garbage_.clear();
    if (i % 500 == 499) {
      CheckAll();
      CheckQueues();
      CheckShares();
    }
  }
}

void Player::End() {
  CheckAll();
  switch (Draw(3)) {
    case 0:
      for (const auto& [name, expected] : model_.entries)
        REQUIRE(database_.Remove(KeyOf(name), 0));
      break;
    case 1:
      DetachAll();
      break;
    default:
      while (!database_.Expire(std::numeric_limits<int64_t>::max(), 100)) {
      }
      // Only what never expires is left, and what expires in the very last tick.
      for (const std::string& name : names_)
        database_.Remove(KeyOf(name), 0);
      break;
  }
  for (auto& table : detached_) {
    while (database_.FreeDetached(*table, 100)) {
    }
  }
  garbage_.clear();
  CheckShares();
  CHECK(database_.size() == 0);
  CHECK(database_.expiring() == 0);
  CHECK(database_.mean_deadline_ms() == 0);
  CHECK(counters_.blob_bytes == 0);
  CHECK(arena_.used_bytes() == 0);
  CHECK(counters_.index_bytes == database_.index_memory());
  for (const auto queue : {EvictionQueues::kSmall, EvictionQueues::kMain}) {
    CHECK(eviction_.queued(queue) == 0);
    CHECK(eviction_.queued_bytes(queue) == 0);
  }
}

// What the policy chooses goes, and nothing else.
void Player::Evict() {
  const Eviction::Victim victim = eviction_.TakeVictim();
  if (victim.ref == kNullRef) return;
  eviction_.Remember(victim);
  const auto* entry = reinterpret_cast<const Entry*>(arena_.Address(victim.ref));
  REQUIRE(eviction_.Allows(*entry));
  const std::string name(entry->key());
  const bool present = database_.Find(KeyOf(name), 0) == entry;
  REQUIRE(database_.Evict(victim.ref, victim.hash) == present);
  if (!present) return;  // it was in a detached index
  REQUIRE(model_.entries.erase(name) == 1);
  ++evicted_;
  REQUIRE(counters_.evicted == evicted_);
}

// The queues hold each entry that they should, once.
void Player::CheckQueues() {
  if (!detached_.empty()) return;
  size_t queued = 0;
  size_t bytes = 0;
  uint64_t cursor = 0;
  do {
    cursor = database_.Scan(cursor, 0, [&](const Entry& entry) {
      const bool should_be = IsS3Fifo(eviction_.settings().policy) && eviction_.Allows(entry);
      REQUIRE(entry.queued() == should_be);
      if (!should_be) return;
      ++queued;
      bytes += Arena::UsableSize(entry.block_size());
      if (entry.encoding() == Encoding::kBlob) bytes += entry.blob()->capacity();
    });
  } while (cursor != 0);
  REQUIRE(queued ==
          eviction_.queued(EvictionQueues::kSmall) + eviction_.queued(EvictionQueues::kMain));
  REQUIRE(bytes == eviction_.queued_bytes(EvictionQueues::kSmall) +
                       eviction_.queued_bytes(EvictionQueues::kMain));
  REQUIRE(counters_.index_bytes == database_.index_memory());
  REQUIRE(account_.reported() ==
          arena_.used_bytes() + counters_.blob_bytes + counters_.index_bytes + eviction_.memory());
}

}  // namespace

TEST_CASE("a database does what a map with deadlines does") {
  uint32_t seed = 0;
  for (const EvictionPolicy policy :
       {EvictionPolicy::kAllKeysS3Fifo, EvictionPolicy::kVolatileS3Fifo,
        EvictionPolicy::kAllKeysLru, EvictionPolicy::kAllKeysLfu}) {
    for (int round = 0; round < 3; ++round) {
      ++seed;
      CAPTURE(seed);
      Player player(seed, policy);
      player.Play(8000);
      player.End();
    }
  }
}

}  // namespace larder
