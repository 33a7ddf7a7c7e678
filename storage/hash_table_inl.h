// The longer members of HashTable: growing, shrinking, scanning, draining, sampling.
#pragma once

#include "storage/hash_table.h"

namespace larder {

template <class Traits>
void HashTable<Traits>::Insert(uint64_t hash, Ref ref) {
  assert(ref != kNullRef);
  if (main_.size() == 0 && main_.Append() == nullptr) [[unlikely]]
    throw std::bad_alloc();
  AddToLeaf(main_.At(LeafOf(hash)), TagOf(hash), ref);
  ++size_;
  const size_t room = main_.size() * kGrowLoad;
  if (size_ >= room) [[unlikely]] {
    // The entries that the next split will read are fetched one insertion ahead of it.
    if (size_ > room) {
      Split();
    } else {
      PrefetchChain(main_.At(main_.size() & (mask_.load(std::memory_order_relaxed) >> 1)));
    }
  }
}

template <class Traits>
void HashTable<Traits>::AddToLeaf(Bucket* leaf, uint8_t tag, Ref ref) {
  if (const unsigned free = leaf->Match(0); free != 0) [[likely]] {
    leaf->Set(static_cast<unsigned>(std::countr_zero(free)), tag, ref);
    return;
  }
  uint32_t second = leaf->overflow();
  unsigned free = second == 0 ? 0 : overflow_->At(second).Match(0);
  if (free == 0) {
    if (!overflow_) overflow_ = std::make_unique<OverflowPool>();
    const uint32_t added = overflow_->Allocate();
    overflow_->At(added).set_overflow(second);
    leaf->set_overflow(added);
    second = added;
    free = 1;
  }
  overflow_->At(second).Set(static_cast<unsigned>(std::countr_zero(free)), tag, ref);
}

template <class Traits>
void HashTable<Traits>::Erase(Position position) {
  Bucket* bucket = position.bucket();
  unsigned slot = position.slot();
  assert(size_ > 0 && bucket->tags[slot] != 0);
  if (const uint32_t second = position.leaf_->overflow(); second != 0) [[unlikely]] {
    // The hole is filled from the second bucket, the only one that may have holes.
    Bucket& donor = overflow_->At(second);
    const unsigned last = static_cast<unsigned>(std::bit_width(donor.Occupied())) - 1;
    bucket->Set(slot, donor.tags[last], donor.refs[last]);
    donor.tags[last] = 0;
    if (donor.Occupied() == 0) {
      position.leaf_->set_overflow(donor.overflow());
      overflow_->Free(second);
      ShrinkOverflow();
    }
  } else {
    bucket->tags[slot] = 0;
  }
  --size_;
  if (size_ < (main_.size() - 1) * kShrinkLoad) [[unlikely]]
    Merge();
}

template <class Traits>
void HashTable<Traits>::UpdateMask() {
  const uint32_t leaves = main_.size();
  // Relaxed: see LeafOf().
  mask_.store(leaves <= 1 ? 0 : std::bit_ceil(leaves) - 1, std::memory_order_relaxed);
}

// Adds the entries of a chain anew, each to target_of(Ref), after emptying the chain.
template <class Traits>
void HashTable<Traits>::MoveChain(Bucket* leaf, auto&& target_of) {
  Bucket copy = *leaf;
  *leaf = Bucket{};
  leaf->set_version(copy.version());
  for (;;) {
    const uint32_t next = copy.overflow();
    if (next != 0) PrefetchChain(&overflow_->At(next));
    for (unsigned used = copy.Occupied(); used != 0; used &= used - 1) {
      const unsigned slot = static_cast<unsigned>(std::countr_zero(used));
      AddToLeaf(target_of(copy.refs[slot]), copy.tags[slot], copy.refs[slot]);
    }
    if (next == 0) return;
    copy = overflow_->At(next);
    overflow_->Free(next);
  }
}

template <class Traits>
void HashTable<Traits>::Split() {
  const uint32_t added = main_.size();
  Bucket* const upper = main_.Append();
  if (upper == nullptr) return;  // memory is short: chains grow longer instead
  UpdateMask();
  const uint32_t bit = std::bit_floor(added);
  Bucket* const lower = main_.At(added - bit);
  upper->set_version(lower->version());
  PrefetchChain(lower);
  MoveChain(lower, [&](Ref ref) { return (traits_.HashOf(ref) & bit) != 0 ? upper : lower; });
  if (overflow_) ShrinkOverflow();
}

template <class Traits>
void HashTable<Traits>::Merge() {
  const uint32_t removed = main_.size() - 1;
  Bucket* const lower = main_.At(removed - std::bit_floor(removed));
  MoveChain(main_.At(removed), [&](Ref) { return lower; });
  main_.RemoveLast();
  UpdateMask();
  if (overflow_) ShrinkOverflow();
}

// Moves a few buckets from the end of the pool into free ones, if too many are free.
template <class Traits>
void HashTable<Traits>::ShrinkOverflow() {
  for (int moves = 0; moves < 2; ++moves) {
    const uint32_t last = overflow_->DropFreeTail();
    if (last == 0) return;
    Bucket& from = overflow_->At(last);
    const Ref any = from.refs[std::countr_zero(from.Occupied())];
    Bucket* before = main_.At(LeafOf(traits_.HashOf(any)));
    while (before->overflow() != last)
      before = &overflow_->At(before->overflow());
    const uint32_t to = overflow_->Allocate();
    overflow_->At(to) = from;
    before->set_overflow(to);
    overflow_->Free(last);
  }
}

template <class Traits>
void HashTable<Traits>::PrefetchChain(const Bucket* bucket) const {
  for (unsigned used = bucket->Occupied(); used != 0; used &= used - 1) {
    __builtin_prefetch(traits_.Address(bucket->refs[std::countr_zero(used)]));
  }
  if (bucket->overflow() != 0) __builtin_prefetch(&overflow_->At(bucket->overflow()));
}

template <class Traits>
void HashTable<Traits>::PrefetchEntries(uint64_t hash) const {
  const Bucket* bucket = main_.At(LeafOf(hash));
  unsigned found = bucket->Match(TagOf(hash));
  if (found == 0 && bucket->overflow() != 0) [[unlikely]] {
    __builtin_prefetch(&overflow_->At(bucket->overflow()));
    return;
  }
  for (; found != 0; found &= found - 1) {
    const char* entry =
        static_cast<const char*>(traits_.Address(bucket->refs[std::countr_zero(found)]));
    __builtin_prefetch(entry);
    __builtin_prefetch(entry + 64);
  }
}

template <class Traits>
template <class Visit>
void HashTable<Traits>::VisitChain(const Bucket* bucket, Visit&& visit) const {
  for (;; bucket = &overflow_->At(bucket->overflow())) {
    for (unsigned used = bucket->Occupied(); used != 0; used &= used - 1) {
      visit(bucket->refs[std::countr_zero(used)]);
    }
    if (bucket->overflow() == 0) return;
  }
}

inline uint64_t ReverseBits(uint64_t bits) {
  bits = ((bits >> 1) & 0x5555555555555555) | ((bits & 0x5555555555555555) << 1);
  bits = ((bits >> 2) & 0x3333333333333333) | ((bits & 0x3333333333333333) << 2);
  bits = ((bits >> 4) & 0x0f0f0f0f0f0f0f0f) | ((bits & 0x0f0f0f0f0f0f0f0f) << 4);
  return __builtin_bswap64(bits);
}

// How many low bits of the hash all entries of the leaf have in common.
template <class Traits>
unsigned HashTable<Traits>::BitsOf(uint32_t leaf) const {
  if (main_.size() <= 1) return 0;
  const auto bits = static_cast<unsigned>(std::bit_width(main_.size() - 1));
  const uint32_t half = uint32_t{1} << (bits - 1);
  const bool is_split = leaf >= half || leaf < main_.size() - half;
  return is_split ? bits : bits - 1;
}

template <class Traits>
template <class Visit>
uint64_t HashTable<Traits>::Scan(uint64_t cursor, Visit&& visit) const {
  const uint32_t leaf = LeafOf(cursor);
  const Bucket* bucket = main_.At(leaf);
  PrefetchChain(bucket);
  VisitChain(bucket, visit);
  const unsigned bits = BitsOf(leaf);
  if (bits == 0) return 0;
  return ReverseBits(ReverseBits(leaf) + (uint64_t{1} << (64 - bits)));  // wraps to 0 at the end
}

template <class Traits>
template <class Visit>
size_t HashTable<Traits>::Drain(size_t max_entries, Visit&& visit) {
  size_t drained = 0;
  while (drained < max_entries && main_.size() > 0) {
    const uint32_t last = main_.size() - 1;
    if (last > 0) PrefetchChain(main_.At(last - 1));
    Bucket* bucket = main_.At(last);
    const size_t before = drained;
    VisitChain(bucket, [&](Ref ref) {
      ++drained;
      visit(ref);
    });
    size_ -= drained - before;
    for (uint32_t next = bucket->overflow(); next != 0;) {
      const uint32_t freed = next;
      next = overflow_->At(freed).overflow();
      overflow_->Free(freed);
    }
    main_.RemoveLast();
    UpdateMask();
  }
  if (main_.size() == 0) overflow_.reset();
  return drained;
}

template <class Traits>
Ref HashTable<Traits>::PickFromChain(const Bucket* bucket, uint64_t random) const {
  uint64_t entries = 0;
  VisitChain(bucket, [&](Ref) { ++entries; });
  if (entries == 0) return kNullRef;
  uint64_t chosen = random % entries;
  Ref result = kNullRef;
  VisitChain(bucket, [&](Ref ref) {
    if (chosen-- == 0) result = ref;
  });
  return result;
}

template <class Traits>
Ref HashTable<Traits>::Sample(uint64_t random) const {
  if (size_ == 0) return kNullRef;
  constexpr int kTries = 32;
  for (int i = 0; i < kTries; ++i) {
    // A slot of the first two buckets of a leaf: taken if it holds an entry, drawn again if not, so
    // that crowded leaves are not at a disadvantage.
    random = random * 0x5851f42d4c957f2d + 0x14057b7ef767814f;
    const uint64_t mixed = random ^ (random >> 32);
    const auto leaf = static_cast<uint32_t>((mixed & 0xffffffff) * main_.size() >> 32);
    const auto slot = static_cast<unsigned>((random >> 40) % (2 * Bucket::kSlots));
    const Bucket* bucket = main_.At(leaf);
    if (slot < Bucket::kSlots) {
      if (bucket->tags[slot] != 0) return bucket->refs[slot];
    } else if (bucket->overflow() != 0) {
      bucket = &overflow_->At(bucket->overflow());
      if (bucket->tags[slot - Bucket::kSlots] == 0) continue;
      return PickFromChain(bucket, random >> 16);
    }
  }
  for (uint64_t leaf = random % main_.size();; leaf = (leaf + 1) % main_.size()) {
    const Ref ref = PickFromChain(main_.At(static_cast<uint32_t>(leaf)), random >> 16);
    if (ref != kNullRef) return ref;
  }
}

template <class Traits>
void HashTable<Traits>::Swap(HashTable& other) {
  main_.Swap(other.main_);
  std::swap(overflow_, other.overflow_);
  std::swap(size_, other.size_);
  UpdateMask();
  other.UpdateMask();
}

}  // namespace larder
