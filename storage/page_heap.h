// Runs of pages in one reserved range of addresses: where an arena gets its slabs from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "storage/size_class.h"

namespace larder {

// Owns a range of virtual addresses, of which a growing front part may be used.
//
// Thread safety: none.
class Reservation {
 public:
  // Throws std::bad_alloc when not even `least_bytes` can be reserved.
  Reservation(size_t bytes, size_t least_bytes);
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  ~Reservation();

  // Makes the first `bytes` bytes usable, in large steps; false when the system refuses.
  bool Commit(size_t bytes);

  char* base() const { return base_; }
  size_t bytes() const { return bytes_; }

 private:
  static constexpr size_t kAlignment = size_t{2} << 20;  // a huge page of the processor
  static constexpr size_t kCommitStep = size_t{1} << 20;

  // Constant after construction.
  char* base_ = nullptr;
  char* mapping_ = nullptr;
  size_t bytes_ = 0;

  size_t committed_ = 0;
};

// What is known of one page; which fields count depends on `kind`.
//
//   0      4      8          12          16     18       20      22     23      24
//   +------+------+----------+-----------+------+--------+-------+------+-------+
//   | next | prev | head or  | free list | live | carved | class | kind | spare |
//   |      |      | run size |           |      |        |       |      |       |
//   +------+------+----------+-----------+------+--------+-------+------+-------+
//
// A free run and a large block keep their size in their first page (a free run in its last page,
// too, so that neighbours find it); a slab keeps its state in its first page, to which
// `head_or_run` of each of its pages points.
struct PageInfo {
  enum Kind : uint8_t { kOther, kSlab, kClosedSlab, kLarge, kFreeDirty, kFreeClean };

  uint32_t next;         // in the list of slabs of its class, or of free runs of its size
  uint32_t prev;         // zero: first
  uint32_t head_or_run;  // first page of the slab; or pages in the run
  uint32_t free_list;    // slab: first free block that was used before
  uint16_t live;         // slab: blocks in use
  uint16_t carved;       // slab: blocks that were ever in use
  uint16_t size_class;
  Kind kind;
  uint8_t spare;
};
static_assert(sizeof(PageInfo) == 24);

// Deals out runs of pages and takes them back. Free runs are merged with their neighbours; "dirty"
// ones still hold memory of the system, "clean" ones do not.
//
// Thread safety: none.
class PageHeap {
 public:
  explicit PageHeap(size_t reserve_bytes);
  PageHeap(const PageHeap&) = delete;
  PageHeap& operator=(const PageHeap&) = delete;
  ~PageHeap();

  // The first page of a run; zero when memory or addresses are short.
  uint32_t Allocate(uint32_t pages);
  void Free(uint32_t first, uint32_t pages);
  // Makes sure that the next runs of together `pages` pages can be allocated; false if they
  // perhaps cannot.
  bool Reserve(size_t pages);
  // Gives up to 256 KiB of free memory back to the system, while more than `keep_bytes` are dirty.
  // False when there was nothing to do.
  bool TrimStep(size_t keep_bytes);

  PageInfo& info(uint32_t page) const { return infos_[page]; }
  char* base() const { return memory_.base(); }
  char* Address(uint32_t page) const { return base() + size_t{page} * kArenaPageBytes; }
  uint32_t end_page() const { return end_; }  // one behind the last page ever used
  size_t dirty_bytes() const { return dirty_pages_ * kArenaPageBytes; }
  // Bytes for which the system may have handed out memory.
  size_t committed_bytes() const { return (used_pages_ + dirty_pages_) * kArenaPageBytes; }

 private:
  using Kind = PageInfo::Kind;

  // Free runs of up to kExactBins pages are listed by their exact size, larger ones by powers of
  // two.
  static constexpr unsigned kExactBins = 64;
  static constexpr unsigned kBins = 96;
  // The heap grows by at least so much.
  static constexpr uint32_t kGrowPages = (1 << 20) / kArenaPageBytes;
  struct Bins {
    std::array<uint32_t, kBins> heads{};
    std::array<uint64_t, 2> occupied{};
  };

  static unsigned BinOf(uint32_t pages);
  Bins& BinsOf(Kind kind) { return kind == Kind::kFreeDirty ? dirty_ : clean_; }
  uint32_t FindRun(const Bins& bins, uint32_t pages) const;
  uint32_t TakeRun(Kind kind, uint32_t pages);
  uint32_t TakeCleanRun(uint32_t pages);
  void InsertRun(uint32_t first, uint32_t pages, Kind kind);
  void RemoveRun(uint32_t first);
  void MergeAndInsert(uint32_t first, uint32_t pages, Kind kind);
  bool Grow(uint32_t pages);
  void Clean(uint32_t first, uint32_t pages);

  // Constant after construction: where they lie.
  Reservation memory_;
  Reservation info_memory_;
  PageInfo* infos_;
  uint32_t page_limit_;

  Bins dirty_;
  Bins clean_;
  uint32_t end_ = 1;  // page 0 is never handed out, so that zero can mean "none"
  size_t used_pages_ = 0;
  size_t dirty_pages_ = 0;
};

}  // namespace larder
