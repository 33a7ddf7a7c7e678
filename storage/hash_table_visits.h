// Members of HashTable that go through its entries: scanning, draining, sampling.
#pragma once

#include "storage/hash_table.h"

namespace larder {

template <class Traits>
Ref HashTable<Traits>::PrefetchEntries(uint64_t hash) const {
  const Bucket* bucket = main_.At(LeafOf(hash));
  unsigned found = bucket->Match(TagOf(hash));
  if (found == 0) {
    if (bucket->overflow() != 0) PrefetchLine(&overflow_->At(bucket->overflow()));
    return kNullRef;
  }
  const Ref first = bucket->refs[std::countr_zero(found)];
  PrefetchLine(traits_.Address(first));
  while ((found &= found - 1) != 0)
    [[unlikely]] PrefetchLine(traits_.Address(bucket->refs[std::countr_zero(found)]));
  return first;
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

// How many low bits of the hash all entries of the leaf have in common.
template <class Traits>
unsigned HashTable<Traits>::BitsOf(uint32_t leaf) const {
  if (main_.size() <= 1) return 0;
  const auto bits = static_cast<unsigned>(std::bit_width(main_.size() - 1));
  const uint32_t half = uint32_t{1} << (bits - 1);
  const bool is_split = leaf >= half || leaf < main_.size() - half;
  return is_split ? bits : bits - 1;
}

// The point of the line behind the leaf; wraps to 0 at the end.
template <class Traits>
uint64_t HashTable<Traits>::EndOf(uint32_t leaf) const {
  const unsigned bits = BitsOf(leaf);
  return bits == 0 ? 0 : ReverseBits(leaf) + (uint64_t{1} << (64 - bits));
}

template <class Traits>
template <class Visit>
uint64_t HashTable<Traits>::Scan(uint64_t cursor, Visit&& visit) const {
  const uint32_t leaf = LeafOf(cursor);
  const Bucket* bucket = main_.At(leaf);
  PrefetchChain(bucket);
  VisitChain(bucket, visit);
  return ReverseBits(EndOf(leaf));
}

template <class Traits>
template <class Visit>
uint64_t HashTable<Traits>::VisitFrom(uint64_t point, Visit&& visit) const {
  const uint32_t leaf = LeafOf(ReverseBits(point));
  // Leaves that were merged hold some that lie before the point.
  const bool merged = ReverseBits(leaf) != point;
  VisitChain(main_.At(leaf), [&](Ref ref) {
    if (!merged || LinePointOf(traits_.HashOf(ref)) >= point) visit(ref);
  });
  return EndOf(leaf);
}

template <class Traits>
void HashTable<Traits>::PrefetchFrom(uint64_t point, int leaves) const {
  uint64_t at = point;
  for (int i = 0; i < leaves; ++i) {
    const uint32_t leaf = LeafOf(ReverseBits(at));
    PrefetchLine(main_.At(leaf));
    at = EndOf(leaf);
  }
  at = point;
  for (int i = 0; i < leaves; ++i) {
    const uint32_t leaf = LeafOf(ReverseBits(at));
    PrefetchChain(main_.At(leaf));
    at = EndOf(leaf);
  }
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
