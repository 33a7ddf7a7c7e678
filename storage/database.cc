// The operations of a database on its table, its timer wheel and the blocks in the shard's arena.
#include "storage/database.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "storage/same_bytes.h"

namespace larder {

namespace {

// What an entry with a blob holds as its value part.
constexpr size_t kPointerSize = sizeof(Blob*);

std::string_view PointerBytes(Blob* const& blob) {
  return {reinterpret_cast<const char*>(&blob), kPointerSize};
}

}  // namespace

Database::Database(Arena& arena, ShardCounters& counters, KeyStatistics& key_statistics,
                   std::vector<BlobRef>& garbage, Eviction& eviction, MemoryAccount& account,
                   SnapshotImages& images, int64_t now_ms)
    : traits_{&arena},
      counters_(counters),
      key_statistics_(key_statistics),
      garbage_(garbage),
      eviction_(eviction),
      account_(account),
      images_(images),
      table_(traits_),
      wheel_(traits_, now_ms) {
  Account();
}

Database::~Database() {
  Drain(table_, SnapshotWalk(), std::numeric_limits<size_t>::max());
  counters_.index_bytes -= index_bytes_;
}

EntryTable::Position Database::Locate(const Key& key) const {
  return table_.Find(key.hash,
                     [&](Ref ref) { return SameBytes(traits_.At(ref)->key(), key.bytes); });
}

EntryTable::Position Database::LocateLive(const Key& key, int64_t now_ms) {
  const EntryTable::Position position = Locate(key);
  if (!position || !traits_.At(position.ref())->IsExpired(now_ms)) [[likely]]
    return position;
  if (!account_.stands_still(now_ms)) RemoveExpired(position, key);
  return {};
}

void Database::RemoveExpired(EntryTable::Position position, const Key& key) {
  NoteExpiry(key.bytes);
  CountExpired(*traits_.At(position.ref()));
  RemoveAt(position);
}

Entry* Database::Read(const Key& key, int64_t now_ms) {
  Entry* entry = Inspect(key, now_ms);
  if (entry != nullptr) eviction_.Touch(*entry);
  return entry;
}

Entry* Database::Inspect(const Key& key, int64_t now_ms) {
  Entry* entry = Find(key, now_ms);
  const bool hit = entry != nullptr;
  ++(hit ? counters_.hits : counters_.misses);
  key_statistics_.CountEvent(hit ? KeyEvent::kHit : KeyEvent::kMiss, this, key.bytes);
  return entry;
}

Entry* Database::Find(const Key& key, int64_t now_ms) {
  const EntryTable::Position position = LocateLive(key, now_ms);
  return position ? traits_.At(position.ref()) : nullptr;
}

StoreStatus Database::SetString(const Key& key, std::string_view value, DeadlineChange deadline) {
  if (value.size() >= kBlobThreshold) {
    BlobRef blob = Blob::Create(value.size());
    if (!blob) return StoreStatus::kOutOfMemory;
    std::memcpy(blob->data(), value.data(), value.size());
    blob->set_size(value.size());
    return SetBlob(key, std::move(blob), deadline);
  }
  Entry* entry;
  if (const std::optional<int64_t> number = CanonicalInteger(value)) {
    const int64_t integer = *number;  // little-endian, as every machine that Larder runs on
    entry = PutValue(key, ValueType::kString, Encoding::kInteger,
                     {reinterpret_cast<const char*>(&integer), IntegerWidth(integer)}, deadline);
  } else {
    entry = PutValue(key, ValueType::kString, Encoding::kInline, value, deadline);
  }
  return entry != nullptr ? StoreStatus::kStored : StoreStatus::kOutOfMemory;
}

StoreStatus Database::SetBlob(const Key& key, BlobRef blob, DeadlineChange deadline) {
  if (blob->size() < kBlobThreshold) {
    return SetString(key, {blob->data(), blob->size()}, deadline);
  }
  Blob* pointer = blob.get();
  Entry* entry =
      PutValue(key, ValueType::kString, Encoding::kBlob, PointerBytes(pointer), deadline);
  if (entry == nullptr) return StoreStatus::kOutOfMemory;
  AttachBlob(*entry, blob.Release());
  return StoreStatus::kStored;
}

StoreStatus Database::SetInteger(const Key& key, int64_t value) {
  const bool stored = PutValue(key, ValueType::kString, Encoding::kInteger,
                               {reinterpret_cast<const char*>(&value), IntegerWidth(value)},
                               DeadlineChange::Keep()) != nullptr;
  return stored ? StoreStatus::kStored : StoreStatus::kOutOfMemory;
}

Entry* Database::PutValue(const Key& key, ValueType type, Encoding encoding, std::string_view value,
                          DeadlineChange deadline) {
  Entry* entry = Replace(Locate(key), key, type, encoding, value.size(), deadline);
  if (entry != nullptr) std::memcpy(entry->value_data(), value.data(), value.size());
  return entry;
}

Entry* Database::Replace(EntryTable::Position position, const Key& key, ValueType type,
                         Encoding encoding, size_t value_size, DeadlineChange deadline) {
  Entry* const old = position ? traits_.At(position.ref()) : nullptr;
  const int64_t deadline_ms =
      deadline.keep && old != nullptr ? old->deadline_ms() : deadline.deadline_ms;
  const size_t size = Entry::BlockSize(key.bytes.size(), value_size, deadline_ms);
  old != nullptr ? BeforeChange(position.ref(), key.bytes) : NoteChange(key.bytes);

  if (old != nullptr && old->CanHoldDeadline(deadline_ms) &&
      (old->block_size() == size ||
       Arena::UsableSize(old->block_size()) == Arena::UsableSize(size))) {
    eviction_.Touch(*old);
    ReleaseBlob(*old);
    old->set_kind(type, encoding);
    old->set_value_size(value_size);
    if (old->deadline_ms() != deadline_ms) {
      Untrack(position.ref());
      old->set_deadline_ms(deadline_ms);
      Track(position.ref());
    }
    return old;
  }
  return AddBlock(position, key, type, encoding, value_size, deadline_ms);
}

Entry* Database::AddBlock(EntryTable::Position position, const Key& key, ValueType type,
                          Encoding encoding, size_t value_size, int64_t deadline_ms) {
  Arena& arena = *traits_.arena;
  const size_t size = Entry::BlockSize(key.bytes.size(), value_size, deadline_ms);
  const Ref ref = arena.Allocate(size);
  if (ref == kNullRef) return nullptr;
  Entry* entry =
      Entry::Format(arena.Address(ref), key.bytes, type, encoding, value_size, deadline_ms);
  if (position) {
    const Ref old_ref = position.ref();
    eviction_.Touch(*traits_.At(old_ref));
    eviction_.Replaced(old_ref, ref, key.hash);
    table_.Replace(position, ref);
    Free(old_ref);
  } else if (table_.Insert(key.hash, ref)) [[likely]] {
    eviction_.Inserted(ref, key.hash);
  } else {
    arena.Free(ref, size);
    return nullptr;
  }
  AfterAdding(ref, key.hash);
  Track(ref);
  Account();
  return entry;
}

char* Database::ResizeString(const Key& key, size_t size) {
  const EntryTable::Position position = Locate(key);
  Entry* const old = position ? traits_.At(position.ref()) : nullptr;
  if (size >= kBlobThreshold || (old != nullptr && old->encoding() == Encoding::kBlob)) {
    return ResizeBlob(position, key, size);
  }
  if (old != nullptr && old->encoding() == Encoding::kInline && old->value_size() == size) {
    BeforeChange(position.ref(), key.bytes);
    eviction_.Touch(*old);
    return old->value_data();
  }
  char saved[kBlobThreshold];  // the old bytes, since their block may be freed
  size_t kept = 0;
  if (old != nullptr) {
    IntegerText text;
    kept = old->String(text).copy(saved, size);
  }
  Entry* entry =
      Replace(position, key, ValueType::kString, Encoding::kInline, size, DeadlineChange::Keep());
  if (entry == nullptr) return nullptr;
  std::memcpy(entry->value_data(), saved, kept);
  std::memset(entry->value_data() + kept, 0, size - kept);
  return entry->value_data();
}

char* Database::ResizeBlob(EntryTable::Position position, const Key& key, size_t size) {
  Entry* const old = position ? traits_.At(position.ref()) : nullptr;
  const bool was_blob = old != nullptr && old->encoding() == Encoding::kBlob;
  if (old != nullptr) KeepForSnapshot(position.ref());  // which may share the blob
  if (was_blob && old->blob()->unique() && old->blob()->capacity() >= size) {
    Blob& blob = *old->blob();
    NoteChange(key.bytes);
    if (size > blob.size()) std::memset(blob.data() + blob.size(), 0, size - blob.size());
    blob.set_size(size);
    eviction_.Touch(*old);
    return blob.data();
  }
  IntegerText text;
  const std::string_view bytes = old != nullptr ? old->String(text) : std::string_view();
  // A value that grows once is likely to grow again: double it, but waste no more than a megabyte.
  constexpr size_t kMostSpare = 1024 * 1024;
  const size_t spare = size > bytes.size() && old != nullptr ? std::min(size, kMostSpare) : 0;
  const size_t freed = was_blob ? old->blob()->capacity() : 0;
  if (size + spare > freed && !MayGrow(size + spare - freed)) return nullptr;
  // A bit that is set far behind the end leaves a gap that nobody has to write.
  const bool sparse = size / 2 > bytes.size();
  BlobRef blob = sparse ? Blob::CreateZeroed(size + spare) : Blob::Create(size + spare);
  if (!blob) return nullptr;
  const size_t kept = bytes.copy(blob->data(), size);
  if (!sparse) std::memset(blob->data() + kept, 0, size - kept);
  blob->set_size(size);

  Blob* const pointer = blob.get();
  Entry* entry = Replace(position, key, ValueType::kString, Encoding::kBlob, kPointerSize,
                         DeadlineChange::Keep());
  if (entry == nullptr) return nullptr;
  std::memcpy(entry->value_data(), &pointer, kPointerSize);
  AttachBlob(*entry, blob.Release());
  return pointer->data();
}

bool Database::Remove(const Key& key, int64_t now_ms) {
  const EntryTable::Position position = LocateLive(key, now_ms);
  if (!position) return false;
  BeforeChange(position.ref(), key.bytes);
  RemoveAt(position);
  return true;
}

StoreStatus Database::SetDeadline(const Key& key, Entry* entry, int64_t deadline_ms) {
  if (deadline_ms == kNoDeadline && !entry->has_deadline()) return StoreStatus::kStored;
  const Ref old_ref = traits_.arena->RefOf(reinterpret_cast<const char*>(entry));
  BeforeChange(old_ref, key.bytes);
  if (entry->CanHoldDeadline(deadline_ms)) {
    Untrack(old_ref);
    entry->set_deadline_ms(deadline_ms);
    Track(old_ref);
    return StoreStatus::kStored;
  }
  // The timer fields come or go: the entry moves to a block of another size.
  const EntryTable::Position position = Locate(key);
  const size_t size = Entry::BlockSize(key.bytes.size(), entry->value_size(), deadline_ms);
  const Ref ref = traits_.arena->Allocate(size);
  if (ref == kNullRef) return StoreStatus::kOutOfMemory;
  Entry* moved = Entry::Format(traits_.arena->Address(ref), key.bytes, entry->type(),
                               entry->encoding(), entry->value_size(), deadline_ms);
  std::memcpy(moved->value_data(), entry->value_data(), entry->value_size());
  eviction_.Replaced(old_ref, ref, key.hash);
  if (moved->encoding() == Encoding::kBlob) {
    eviction_.Resized(*moved, static_cast<ptrdiff_t>(moved->blob()->capacity()));
  }
  table_.Replace(position, ref);
  Untrack(old_ref);
  traits_.arena->Free(old_ref, entry->block_size());
  AfterAdding(ref, key.hash);
  Track(ref);
  Account();
  return StoreStatus::kStored;
}

Value Database::Clone(const Entry& entry) {
  Value value;
  value.type = entry.type();
  value.encoding = entry.encoding();
  value.deadline_ms = entry.deadline_ms();
  if (entry.encoding() == Encoding::kBlob) {
    // A copy of its own, so that each key can be changed in place.
    const Blob& original = *entry.blob();
    value.blob = Blob::Create(original.size());
    if (value.blob) {
      std::memcpy(value.blob->data(), original.data(), original.size());
      value.blob->set_size(original.size());
    }
  } else {
    value.bytes.assign(entry.value_data(), entry.value_size());
  }
  return value;
}

Value Database::Extract(const Key& key, Entry* entry) {
  Value value;
  value.type = entry->type();
  value.encoding = entry->encoding();
  value.deadline_ms = entry->deadline_ms();
  if (entry->encoding() == Encoding::kBlob) {
    value.blob = BlobRef::Share(entry->blob());
  } else {
    value.bytes.assign(entry->value_data(), entry->value_size());
  }
  const EntryTable::Position position = Locate(key);
  BeforeChange(position.ref(), key.bytes);
  RemoveAt(position);
  return value;
}

StoreStatus Database::Put(const Key& key, Value value) {
  const DeadlineChange deadline = DeadlineChange::To(value.deadline_ms);
  if (value.encoding == Encoding::kBlob) {
    if (!value.blob) return StoreStatus::kOutOfMemory;  // Clone() found no memory
    return SetBlob(key, std::move(value.blob), deadline);
  }
  const bool stored = PutValue(key, value.type, value.encoding, value.bytes, deadline) != nullptr;
  return stored ? StoreStatus::kStored : StoreStatus::kOutOfMemory;
}

Database::Relocation Database::Relocate(Ref ref, uint64_t hash) {
  const EntryTable::Position position =
      table_.Find(hash, [ref](Ref candidate) { return candidate == ref; });
  if (!position) return Relocation::kNotMine;
  const Entry& entry = *traits_.At(ref);
  const size_t size = entry.block_size();
  const Ref moved = traits_.arena->AllocateInRoom(size);
  if (moved == kNullRef) return Relocation::kNoRoom;
  std::memcpy(traits_.arena->Address(moved), traits_.arena->Address(ref), size);
  table_.Replace(position, moved);
  if (entry.has_deadline()) wheel_.Relink(ref, moved);
  eviction_.Relocated(moved);
  traits_.arena->Free(ref, size);
  Account();
  return Relocation::kMoved;
}

int64_t Database::mean_deadline_ms() const {
  return wheel_.size() == 0 ? 0 : static_cast<int64_t>(deadline_sum_ / wheel_.size());
}

void Database::RemoveAt(EntryTable::Position position) {
  const Ref ref = position.ref();
  table_.Erase(position);
  Free(ref);
  Account();
}

void Database::Free(Ref ref) {
  Entry& entry = *traits_.At(ref);
  Untrack(ref);
  eviction_.Removed(ref);
  ReleaseBlob(entry);
  traits_.arena->Free(ref, entry.block_size());
}

void Database::AttachBlob(Entry& entry, Blob* blob) {
  counters_.blob_bytes += blob->capacity();
  eviction_.Resized(entry, static_cast<ptrdiff_t>(blob->capacity()));
  Account();
}

void Database::Account() {
  const size_t index = index_memory();
  counters_.index_bytes += index - index_bytes_;
  index_bytes_ = index;
  account_.Set(traits_.arena->used_bytes() + counters_.blob_bytes + counters_.index_bytes +
               eviction_.memory());
}

void Database::ReleaseBlob(Entry& entry) {
  if (entry.encoding() != Encoding::kBlob) [[likely]]
    return;
  counters_.blob_bytes -= entry.blob()->capacity();
  eviction_.Resized(entry, -static_cast<ptrdiff_t>(entry.blob()->capacity()));
  Account();
  garbage_.push_back(BlobRef::Adopt(entry.blob()));
}

void Database::Track(Ref ref) {
  const Entry& entry = *traits_.At(ref);
  if (!entry.has_deadline()) return;
  wheel_.Add(ref);
  deadline_sum_ += static_cast<uint64_t>(entry.deadline_ms());
}

void Database::Untrack(Ref ref) {
  const Entry& entry = *traits_.At(ref);
  if (!entry.has_deadline()) return;
  wheel_.Remove(ref);
  deadline_sum_ -= static_cast<uint64_t>(entry.deadline_ms());
}

}  // namespace larder
