// Reserves addresses, and keeps the free runs of pages in bins by size.
#include "storage/page_heap.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <new>

#include "storage/poison.h"

namespace larder {

Reservation::Reservation(size_t bytes, size_t least_bytes) {
  for (bytes_ = bytes; bytes_ >= least_bytes; bytes_ /= 2) {
    void* mapping = mmap(nullptr, bytes_ + kAlignment, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) continue;
    mapping_ = static_cast<char*>(mapping);
    const size_t misalignment = reinterpret_cast<uintptr_t>(mapping) % kAlignment;
    base_ = mapping_ + (misalignment == 0 ? 0 : kAlignment - misalignment);
    // Huge pages would make the system hold memory that was given back or never used.
    madvise(base_, bytes_, MADV_NOHUGEPAGE);
    return;
  }
  throw std::bad_alloc();
}

Reservation::~Reservation() {
  munmap(mapping_, bytes_ + kAlignment);
}

bool Reservation::Commit(size_t bytes) {
  if (bytes <= committed_) return true;
  if (bytes > bytes_) return false;
  const size_t end = std::min(bytes_, (bytes + kCommitStep - 1) / kCommitStep * kCommitStep);
  if (mprotect(base_ + committed_, end - committed_, PROT_READ | PROT_WRITE) != 0) return false;
  committed_ = end;
  return true;
}

PageHeap::PageHeap(size_t reserve_bytes)
    : memory_(reserve_bytes, size_t{1} << 20),
      info_memory_(memory_.bytes() / kArenaPageBytes * sizeof(PageInfo), 1),
      infos_(reinterpret_cast<PageInfo*>(info_memory_.base())),
      page_limit_(static_cast<uint32_t>(
          std::min(memory_.bytes() / kArenaPageBytes, info_memory_.bytes() / sizeof(PageInfo)))) {
  if (!info_memory_.Commit(sizeof(PageInfo))) throw std::bad_alloc();
}

PageHeap::~PageHeap() {
  Unpoison(base(), size_t{end_} * kArenaPageBytes);
}

uint32_t PageHeap::Allocate(uint32_t pages) {
  assert(pages > 0);
  uint32_t first = TakeRun(Kind::kFreeDirty, pages);
  if (first != 0) {
    dirty_pages_ -= pages;
  } else {
    first = TakeCleanRun(pages);
    if (first == 0 && dirty_pages_ > 0) {
      // Dirty and clean runs side by side may do together what neither does alone.
      while (TrimStep(0)) {
      }
      first = TakeCleanRun(pages);
    }
    if (first == 0) return 0;
  }
  used_pages_ += pages;
  return first;
}

void PageHeap::Free(uint32_t first, uint32_t pages) {
  used_pages_ -= pages;
  dirty_pages_ += pages;
  MergeAndInsert(first, pages, Kind::kFreeDirty);
}

bool PageHeap::Reserve(size_t pages) {
  // What is free already may be in too short runs, so only what lies behind the end counts.
  if (pages > page_limit_ - end_) return false;
  const size_t end = std::min<size_t>(page_limit_, end_ + pages + kGrowPages);
  return info_memory_.Commit(end * sizeof(PageInfo)) && memory_.Commit(end * kArenaPageBytes);
}

bool PageHeap::TrimStep(size_t keep_bytes) {
  constexpr uint32_t kMostPages = 256 * 1024 / kArenaPageBytes;
  if (dirty_pages_ * kArenaPageBytes <= keep_bytes) return false;
  const unsigned bin = dirty_.occupied[1] != 0
                           ? 127 - static_cast<unsigned>(std::countl_zero(dirty_.occupied[1]))
                           : 63 - static_cast<unsigned>(std::countl_zero(dirty_.occupied[0]));
  const uint32_t first = dirty_.heads[bin];
  const uint32_t pages = infos_[first].head_or_run;
  const uint32_t cleaned = std::min(pages, kMostPages);
  RemoveRun(first);
  if (pages > cleaned) InsertRun(first, pages - cleaned, Kind::kFreeDirty);
  Clean(first + pages - cleaned, cleaned);
  return true;
}

void PageHeap::Clean(uint32_t first, uint32_t pages) {
  madvise(Address(first), size_t{pages} * kArenaPageBytes, MADV_DONTNEED);
  dirty_pages_ -= pages;
  MergeAndInsert(first, pages, Kind::kFreeClean);
}

unsigned PageHeap::BinOf(uint32_t pages) {
  if (pages <= kExactBins) return pages - 1;
  return kExactBins + static_cast<unsigned>(std::bit_width(pages)) - 7;
}

uint32_t PageHeap::FindRun(const Bins& bins, uint32_t pages) const {
  unsigned bin = BinOf(pages);
  if (bin >= kExactBins) {
    // Runs of this bin may be too small; a few are tried, then only bins that surely fit.
    constexpr int kTries = 16;
    uint32_t run = bins.heads[bin];
    for (int i = 0; i < kTries && run != 0; ++i, run = infos_[run].next) {
      if (infos_[run].head_or_run >= pages) return run;
    }
    ++bin;
  }
  for (unsigned word = bin / 64; word < 2; ++word, bin = 0) {
    const uint64_t fitting = bins.occupied[word] & (~uint64_t{0} << (bin % 64));
    if (fitting != 0) {
      return bins.heads[word * 64 + static_cast<unsigned>(std::countr_zero(fitting))];
    }
  }
  return 0;
}

uint32_t PageHeap::TakeRun(Kind kind, uint32_t pages) {
  const uint32_t first = FindRun(BinsOf(kind), pages);
  if (first == 0) return 0;
  const uint32_t found = infos_[first].head_or_run;
  RemoveRun(first);
  if (found > pages) InsertRun(first + pages, found - pages, kind);
  infos_[first].kind = Kind::kOther;
  infos_[first + pages - 1].kind = Kind::kOther;
  return first;
}

uint32_t PageHeap::TakeCleanRun(uint32_t pages) {
  const uint32_t first = TakeRun(Kind::kFreeClean, pages);
  if (first != 0 || !Grow(pages)) return first;
  return TakeRun(Kind::kFreeClean, pages);
}

void PageHeap::InsertRun(uint32_t first, uint32_t pages, Kind kind) {
  Bins& bins = BinsOf(kind);
  const unsigned bin = BinOf(pages);
  infos_[first + pages - 1].kind = kind;
  infos_[first + pages - 1].head_or_run = pages;
  PageInfo& info = infos_[first];
  info.kind = kind;
  info.head_or_run = pages;
  info.prev = 0;
  info.next = bins.heads[bin];
  if (info.next != 0) infos_[info.next].prev = first;
  bins.heads[bin] = first;
  bins.occupied[bin / 64] |= uint64_t{1} << (bin % 64);
}

void PageHeap::RemoveRun(uint32_t first) {
  const PageInfo& info = infos_[first];
  Bins& bins = BinsOf(info.kind);
  const unsigned bin = BinOf(info.head_or_run);
  if (info.next != 0) infos_[info.next].prev = info.prev;
  if (info.prev != 0) {
    infos_[info.prev].next = info.next;
  } else {
    bins.heads[bin] = info.next;
    if (info.next == 0) bins.occupied[bin / 64] &= ~(uint64_t{1} << (bin % 64));
  }
}

void PageHeap::MergeAndInsert(uint32_t first, uint32_t pages, Kind kind) {
  if (const PageInfo& before = infos_[first - 1]; first > 1 && before.kind == kind) {
    const uint32_t size = before.head_or_run;
    RemoveRun(first - size);
    first -= size;
    pages += size;
  }
  if (const uint32_t end = first + pages; end < end_ && infos_[end].kind == kind) {
    const uint32_t size = infos_[end].head_or_run;
    RemoveRun(end);
    pages += size;
  }
  InsertRun(first, pages, kind);
}

bool PageHeap::Grow(uint32_t pages) {
  const PageInfo& last = infos_[end_ - 1];
  const uint32_t trailing = end_ > 1 && last.kind == Kind::kFreeClean ? last.head_or_run : 0;
  const uint32_t missing = pages > trailing ? pages - trailing : 0;
  const uint32_t left = page_limit_ - end_;
  if (missing > left || left == 0) return false;
  const uint32_t grown = std::min(left, std::max(missing, kGrowPages));
  const size_t end = size_t{end_} + grown;
  if (!info_memory_.Commit(end * sizeof(PageInfo))) return false;
  if (!memory_.Commit(end * kArenaPageBytes)) return false;
  Poison(Address(end_), size_t{grown} * kArenaPageBytes);
  const uint32_t first = end_;
  end_ += grown;
  MergeAndInsert(first, grown, Kind::kFreeClean);
  return true;
}

}  // namespace larder
