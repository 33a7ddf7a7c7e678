// Cuts blocks from slabs of their size class.
#include "storage/arena.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace larder {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__clang__)
#define LARDER_TOUCHES_FREE_BLOCKS __attribute__((no_sanitize("address")))
#else
#define LARDER_TOUCHES_FREE_BLOCKS
#endif

// Free blocks of a slab are chained through their first four bytes, poisoned as they are.
using Link __attribute__((may_alias)) = Ref;

LARDER_TOUCHES_FREE_BLOCKS inline Ref ReadLink(const char* block) {
  return *reinterpret_cast<const Link*>(block);
}

LARDER_TOUCHES_FREE_BLOCKS inline void WriteLink(char* block, Ref next) {
  *reinterpret_cast<Link*>(block) = next;
}

}  // namespace

Arena::Arena(size_t reserve_bytes)
    : pages_(std::min(reserve_bytes, (size_t{1} << 31) * kGranuleBytes)) {
  base_ = pages_.base();
}

Ref Arena::Allocate(size_t size) {
  if (size > kMaxSlabBlock) [[unlikely]]
    return AllocateLarge(size);
  const unsigned own = SizeClassOf(size + (size == 0));
  if (classes_[own].open != 0) [[likely]]
    return Take(own, own);
  const unsigned size_class = OpenClass(own);
  return classes_[size_class].open != 0 ? Take(size_class, own) : kNullRef;
}

Ref Arena::AllocateInRoom(size_t size) {
  if (size > kMaxSlabBlock) return kNullRef;
  const unsigned own = SizeClassOf(size + (size == 0));
  const unsigned size_class = ClassWithRoom(own);
  return classes_[size_class].open != 0 ? Take(size_class, own) : kNullRef;
}

// The class itself or a somewhat larger one, whichever has room; the class itself if none has.
unsigned Arena::ClassWithRoom(unsigned size_class) const {
  const uint32_t largest = LargestLoan(size_class);
  const unsigned end = std::min(size_class + kClassesToBorrowFrom + 1, kSizeClasses);
  for (unsigned other = size_class; other < end && SizeClassBytes(other) <= largest; ++other) {
    if (classes_[other].open != 0) return other;
  }
  return size_class;
}

// Of the classes that this one may borrow from, the one with the smallest slabs: its neighbours
// find the same.
unsigned Arena::SharedClass(unsigned size_class) {
  unsigned shared = size_class;
  const unsigned end = std::min(size_class + kClassesToBorrowFrom + 1, kSizeClasses);
  for (unsigned other = size_class; other < end; ++other) {
    if (SizeClassBytes(other) > LargestLoan(size_class)) break;
    if (kSlabShapes[other].pages <= kSlabShapes[shared].pages) shared = other;
  }
  return shared;
}

// The class to take a block from when its own has no room; without room itself if memory is short.
unsigned Arena::OpenClass(unsigned size_class) {
  if (classes_[size_class].slabs < kSlabsOfRareClass) {
    const unsigned with_room = ClassWithRoom(size_class);
    if (classes_[with_room].open != 0) return with_room;
    // The first slabs are of a size that the neighbours can use as well.
    const unsigned shared = SharedClass(size_class);
    if (classes_[shared].slabs < kSlabsOfRareClass) size_class = shared;
  }
  NewSlab(size_class);
  return size_class;
}

// Takes a block of a class for what belongs to another one, perhaps. Requires: a slab has room.
Ref Arena::Take(unsigned size_class, unsigned own_class) {
  const SlabShape& shape = kSlabShapes[size_class];
  const uint32_t slab = classes_[size_class].open;
  PageInfo& info = pages_.info(slab);
  Ref ref = info.free_list;
  if (ref != kNullRef) {
    info.free_list = ReadLink(Address(ref));
  } else {
    ref = FirstRef(slab) + info.carved++ * (shape.block_bytes / kGranuleBytes);
  }
  ++classes_[size_class].live;
  if (++info.live == shape.blocks) [[unlikely]]
    Unlink(slab);
  used_bytes_ += kSlabShapes[own_class].block_bytes;
  Unpoison(Address(ref), shape.block_bytes);
  return ref;
}

void Arena::Free(Ref ref, size_t size) {
  const uint32_t page = ref / kRefsPerPage;
  if (size > kMaxSlabBlock) [[unlikely]] {
    const uint32_t pages = PagesFor(size);
    assert(pages_.info(page).kind == PageInfo::kLarge && pages_.info(page).head_or_run == pages);
    Poison(Address(ref), pages * kArenaPageBytes);
    used_bytes_ -= pages * kArenaPageBytes;
    large_bytes_ -= pages * kArenaPageBytes;
    pages_.Free(page, pages);
    return;
  }
  assert(!IsPoisoned(Address(ref)) && "freed twice");
  const uint32_t slab = pages_.info(page).head_or_run;
  PageInfo& info = pages_.info(slab);
  const SlabShape& shape = kSlabShapes[info.size_class];
  assert(info.kind == PageInfo::kSlab || info.kind == PageInfo::kClosedSlab);
  assert(info.size_class - SizeClassOf(size + (size == 0)) <= kClassesToBorrowFrom &&
         "freed with another size");
  assert(info.live > 0 && (ref - FirstRef(slab)) % (shape.block_bytes / kGranuleBytes) == 0);
  WriteLink(Address(ref), info.free_list);
  Poison(Address(ref), shape.block_bytes);
  info.free_list = ref;
  used_bytes_ -= UsableSize(size);
  --classes_[info.size_class].live;
  if (info.live-- == shape.blocks && info.kind == PageInfo::kSlab) [[unlikely]]
    Link(slab);
  if (info.live == 0) [[unlikely]]
    FreedLastOf(slab);
}

bool Arena::Reserve(size_t blocks, size_t bytes) {
  constexpr size_t kMaxSlabPages =
      std::max_element(kSlabShapes.begin(), kSlabShapes.end(), [](const auto& a, const auto& b) {
        return a.pages < b.pages;
      })->pages;
  // Rounding up to classes and to slabs takes less than twice the bytes, and eight per block; and
  // of each class one more slab may be begun.
  const size_t full_slabs = 2 * (bytes + 8 * blocks) / kArenaPageBytes + 1;
  const size_t begun_slabs = std::min<size_t>(blocks, kSizeClasses) * kMaxSlabPages;
  return pages_.Reserve(full_slabs + begun_slabs);
}

Ref Arena::AllocateLarge(size_t size) {
  if (size > kMaxBlock) return kNullRef;
  const uint32_t pages = PagesFor(size);
  const uint32_t first = pages_.Allocate(pages);
  if (first == 0) return kNullRef;
  PageInfo& info = pages_.info(first);
  info.kind = PageInfo::kLarge;
  info.head_or_run = pages;
  used_bytes_ += pages * kArenaPageBytes;
  large_bytes_ += pages * kArenaPageBytes;
  Unpoison(pages_.Address(first), pages * kArenaPageBytes);
  return FirstRef(first);
}

uint32_t Arena::NewSlab(unsigned size_class) {
  const uint32_t pages = kSlabShapes[size_class].pages;
  const uint32_t slab = pages_.Allocate(pages);
  if (slab == 0) return 0;
  for (uint32_t page = slab; page < slab + pages; ++page)
    pages_.info(page).head_or_run = slab;
  PageInfo& info = pages_.info(slab);
  info.kind = PageInfo::kSlab;
  info.size_class = static_cast<uint16_t>(size_class);
  info.free_list = kNullRef;
  info.live = 0;
  info.carved = 0;
  ++classes_[size_class].slabs;
  slab_pages_ += pages;
  Link(slab);
  return slab;
}

void Arena::Link(uint32_t slab) {
  PageInfo& info = pages_.info(slab);
  uint32_t& head = classes_[info.size_class].open;
  if (const uint32_t kept = head; kept != 0 && pages_.info(kept).live == 0) {
    // It was kept for being the only one, which it no longer is.
    Unlink(kept);
    ReleaseSlab(kept);
  }
  // In front: a slab that was full a moment ago is filled again before sparse ones are, which
  // therefore have a chance to become empty.
  info.prev = 0;
  info.next = head;
  if (head != 0) pages_.info(head).prev = slab;
  head = slab;
}

void Arena::Unlink(uint32_t slab) {
  const PageInfo& info = pages_.info(slab);
  if (info.next != 0) pages_.info(info.next).prev = info.prev;
  if (info.prev != 0) {
    pages_.info(info.prev).next = info.next;
  } else {
    classes_[info.size_class].open = info.next;
  }
}

void Arena::FreedLastOf(uint32_t slab) {
  const PageInfo& info = pages_.info(slab);
  if (info.kind == PageInfo::kClosedSlab) return ReleaseSlab(slab);
  if (info.prev == 0 && info.next == 0) {
    // The only slab with room: the next block of this size would have to make a new one.
    maybe_empty_[info.size_class / 64] |= uint64_t{1} << (info.size_class % 64);
    return;
  }
  Unlink(slab);
  ReleaseSlab(slab);
}

void Arena::ReleaseSlab(uint32_t slab) {
  PageInfo& info = pages_.info(slab);
  const uint32_t pages = kSlabShapes[info.size_class].pages;
  info.kind = PageInfo::kOther;  // the run may become the middle of a longer one
  --classes_[info.size_class].slabs;
  slab_pages_ -= pages;
  pages_.Free(slab, pages);
}

bool Arena::ReleaseEmptySlab() {
  for (size_t word = 0; word < maybe_empty_.size(); ++word) {
    while (maybe_empty_[word] != 0) {
      const uint32_t slab = classes_[word * 64 + std::countr_zero(maybe_empty_[word])].open;
      maybe_empty_[word] &= maybe_empty_[word] - 1;
      if (slab == 0 || pages_.info(slab).live != 0) continue;
      Unlink(slab);
      ReleaseSlab(slab);
      return true;
    }
  }
  return false;
}

void Arena::Trim() {
  while (PurgeStep()) {
  }
}

bool Arena::PurgeStep() {
  return ReleaseEmptySlab() || pages_.TrimStep(0);
}

bool Arena::TrimStep() {
  // Reuse is cheaper than asking the system again, and this little does not show in any total.
  constexpr size_t kLeastReserve = 128 * 1024;
  const size_t reserve = std::max(kLeastReserve, committed_bytes() / 128);
  return ReleaseEmptySlab() || pages_.TrimStep(reserve);
}

bool Arena::IsSlab(uint32_t page) const {
  if (page == 0 || page >= pages_.end_page()) return false;
  const PageInfo& info = pages_.info(page);
  return info.kind == PageInfo::kSlab || info.kind == PageInfo::kClosedSlab;
}

uint32_t Arena::NextSlab(uint32_t page, uint32_t pages_to_look_at) const {
  const uint32_t end = pages_.end_page();
  const uint32_t stop = std::min(end, page + 1 + pages_to_look_at);
  while (++page < stop) {
    if (IsSlab(page)) return page;
  }
  return page < end ? page : 0;
}

Arena::SlabInfo Arena::Describe(uint32_t slab) const {
  assert(IsSlab(slab));
  const PageInfo& info = pages_.info(slab);
  const SlabShape& shape = kSlabShapes[info.size_class];
  return {shape.block_bytes, shape.blocks, info.live};
}

Arena::ClassInfo Arena::DescribeClass(unsigned size_class) const {
  const SlabShape& shape = kSlabShapes[size_class];
  return {shape.block_bytes, shape.pages * kArenaPageBytes, classes_[size_class].slabs,
          classes_[size_class].live};
}

bool Arena::CanBeEmptied(uint32_t slab) const {
  const PageInfo& info = pages_.info(slab);
  const SizeClass& own = classes_[info.size_class];
  if (info.kind != PageInfo::kSlab || info.live == 0) return false;
  // The sparsest slab of a class always passes.
  if (uint64_t{info.live} * own.slabs > own.live) return false;
  const auto room_of = [this](unsigned size_class) {
    const SizeClass& counts = classes_[size_class];
    return uint64_t{counts.slabs} * kSlabShapes[size_class].blocks - counts.live;
  };
  uint64_t room = room_of(info.size_class) - (kSlabShapes[info.size_class].blocks - info.live);
  const uint32_t largest = LargestLoan(info.size_class);
  const unsigned end = std::min(info.size_class + kClassesToBorrowFrom + 1, kSizeClasses);
  for (unsigned other = info.size_class + 1u; other < end; ++other) {
    if (SizeClassBytes(other) <= largest && own.slabs < kSlabsOfRareClass) room += room_of(other);
  }
  return room >= info.live;
}

bool Arena::IsClosed(uint32_t slab) const {
  return slab < pages_.end_page() && pages_.info(slab).kind == PageInfo::kClosedSlab;
}

void Arena::Close(uint32_t slab) {
  PageInfo& info = pages_.info(slab);
  assert(info.kind == PageInfo::kSlab && info.live > 0);
  info.kind = PageInfo::kClosedSlab;
  if (info.live < kSlabShapes[info.size_class].blocks) Unlink(slab);
}

void Arena::Reopen(uint32_t slab) {
  PageInfo& info = pages_.info(slab);
  assert(info.kind == PageInfo::kClosedSlab);
  info.kind = PageInfo::kSlab;
  if (info.live < kSlabShapes[info.size_class].blocks) Link(slab);
}

Arena::BlockSet Arena::LiveBlocks(uint32_t slab) const {
  const PageInfo& info = pages_.info(slab);
  const uint32_t granules = kSlabShapes[info.size_class].block_bytes / kGranuleBytes;
  BlockSet live{};
  for (uint32_t i = 0; i < info.carved; ++i)
    live[i / 64] |= uint64_t{1} << (i % 64);
  for (Ref ref = info.free_list; ref != kNullRef; ref = ReadLink(Address(ref))) {
    const uint32_t i = (ref - FirstRef(slab)) / granules;
    live[i / 64] &= ~(uint64_t{1} << (i % 64));
  }
  return live;
}

}  // namespace larder
