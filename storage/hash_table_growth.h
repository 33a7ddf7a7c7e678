// Members of HashTable that change it one entry and one leaf at a time.
#pragma once

#include "storage/hash_table.h"

namespace larder {

template <class Traits>
bool HashTable<Traits>::Insert(uint64_t hash, Ref ref) {
  constexpr size_t kAhead = 2;
  assert(ref != kNullRef);
  if (main_.size() == 0 && main_.Append() == nullptr) [[unlikely]]
    return false;
  if (!AddToLeaf(main_.At(LeafOf(hash)), TagOf(hash), ref)) [[unlikely]]
    return false;
  ++size_;
  const size_t room = main_.size() * kGrowLoad;
  if (size_ + kAhead > room) [[unlikely]] {
    if (size_ > room) {
      Split();
    } else if (size_ + kAhead == room + 1) {
      // What the next split will read is fetched a few insertions ahead of it.
      PrefetchChain(main_.At(main_.size() - std::bit_floor(main_.size())));
    }
  }
  return true;
}

template <class Traits>
bool HashTable<Traits>::ReserveOverflow(uint32_t buckets) {
  if (!overflow_) overflow_.reset(new (std::nothrow) OverflowPool());
  return overflow_ && overflow_->Reserve(buckets);
}

// False when memory is short.
template <class Traits>
bool HashTable<Traits>::AddToLeaf(Bucket* leaf, uint8_t tag, Ref ref) {
  if (const unsigned free = leaf->Match(0); free != 0) [[likely]] {
    leaf->Set(static_cast<unsigned>(std::countr_zero(free)), tag, ref);
    return true;
  }
  uint32_t second = leaf->overflow();
  unsigned free = second == 0 ? 0 : overflow_->At(second).Match(0);
  if (free == 0) {
    if (!ReserveOverflow(1)) return false;
    const uint32_t added = overflow_->Allocate();
    overflow_->At(added).set_overflow(second);
    leaf->set_overflow(added);
    second = added;
    free = 1;
  }
  overflow_->At(second).Set(static_cast<unsigned>(std::countr_zero(free)), tag, ref);
  return true;
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

// Adds the entries of a chain anew, each to target_of(Ref), after emptying the chain. Requires: as
// many overflow buckets are reserved as the targets need beyond those of the chain.
template <class Traits>
void HashTable<Traits>::MoveChain(Bucket* leaf, auto&& target_of) {
  Bucket copy = *leaf;
  *leaf = Bucket{};
  for (;;) {
    const uint32_t next = copy.overflow();
    if (next != 0) PrefetchChain(&overflow_->At(next));
    for (unsigned used = copy.Occupied(); used != 0; used &= used - 1) {
      const unsigned slot = static_cast<unsigned>(std::countr_zero(used));
      const bool added = AddToLeaf(target_of(copy.refs[slot]), copy.tags[slot], copy.refs[slot]);
      assert(added && "overflow buckets were reserved");
      (void)added;
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
  PrefetchChain(lower);
  MoveChain(lower, [&](Ref ref) { return (traits_.HashOf(ref) & bit) != 0 ? upper : lower; });
  if (overflow_) ShrinkOverflow();
}

template <class Traits>
void HashTable<Traits>::Merge() {
  const uint32_t removed = main_.size() - 1;
  Bucket* const lower = main_.At(removed - std::bit_floor(removed));
  // The main bucket's entries may fill the rest of one overflow bucket and begin another.
  if (overflow_ || lower->Match(0) == 0 ||
      std::popcount(main_.At(removed)->Occupied()) > std::popcount(lower->Match(0))) {
    constexpr uint32_t kMostBegun = 2;
    if (!ReserveOverflow(kMostBegun)) return;  // memory is short: the table stays large
  }
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
    PrefetchLine(traits_.Address(bucket->refs[std::countr_zero(used)]));
  }
  if (bucket->overflow() != 0) PrefetchLine(&overflow_->At(bucket->overflow()));
}

}  // namespace larder
