// The memory of a shard's entries: blocks in one range of addresses, each named by 32 bits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "storage/page_heap.h"
#include "storage/poison.h"
#include "storage/size_class.h"

namespace larder {

// Names a block of an arena: the number of the 4-byte granule with which it begins. Only 31 bits
// are used, so that holders can mark a Ref with the highest bit.
using Ref = uint32_t;
inline constexpr Ref kNullRef = 0;

// Owns the memory of blocks of any size up to 1 GiB. Small blocks are cut from slabs, each of which
// holds blocks of one size class, and all slabs of a class with room are in one list; larger blocks
// are runs of whole pages. A class of which there are few blocks does not get a slab of its own
// while one of the next larger classes has room. What is freed is kept for reuse until Trim() or
// TrimStep() gives it back to the system, so somebody has to call TrimStep() now and then.
//
// Thread safety: none; guarded by the lock of its shard. Address() may be called by anybody.
class Arena {
 public:
  static constexpr size_t kMaxBlock = size_t{1} << 30;
  // What 31 bits can name. Addresses cost nothing, but sanitizers shadow them.
  static constexpr size_t kDefaultReserve = size_t{kMemoryIsShadowed ? 1 : 8} << 30;

  // Reserves addresses; fewer than asked for if the system does not give as many. Throws
  // std::bad_alloc when there are none to be had.
  explicit Arena(size_t reserve_bytes = kDefaultReserve);
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // A block of at least `size` bytes, 4-byte aligned, contents undefined; kNullRef when no memory
  // or no address is left, or when size > kMaxBlock.
  Ref Allocate(size_t size);
  // Makes sure that the next `blocks` allocations, of together `bytes` bytes, succeed; false if
  // they perhaps do not.
  bool Reserve(size_t blocks, size_t bytes);
  // Requires: `ref` came from Allocate(size), or from Allocate() with a size of equal UsableSize().
  void Free(Ref ref, size_t size);

  // What Allocate(size) provides and counts; where it uses the room of a larger class, the rest is
  // slack.
  static size_t UsableSize(size_t size) {
    if (size <= kMaxSlabBlock) [[likely]]
      return SizeClassBytes(SizeClassOf(size + (size == 0)));
    return PagesFor(size) * kArenaPageBytes;
  }

  char* Address(Ref ref) const { return base_ + uint64_t{ref} * kGranuleBytes; }
  // Requires: `address` is the start of a block of this arena.
  Ref RefOf(const char* address) const {
    return static_cast<Ref>(static_cast<size_t>(address - base_) / kGranuleBytes);
  }

  size_t used_bytes() const { return used_bytes_; }                    // of all live blocks
  size_t committed_bytes() const { return pages_.committed_bytes(); }  // resident at most

  // The blocks of one size, of kSizeClasses sizes that are smallest first.
  struct ClassInfo {
    uint32_t block_bytes;
    size_t slab_bytes;
    size_t slabs;
    size_t live;
  };
  ClassInfo DescribeClass(unsigned size_class) const;
  size_t large_bytes() const { return large_bytes_; }  // of blocks too large for slabs

  // Gives all memory that no block lies in back to the system.
  void Trim();
  // Does a bounded part of that, some 30 microseconds' worth, but lets a small reserve be; false
  // when nothing was left to do.
  bool TrimStep();
  // A bounded part of what Trim() does; false when nothing was left to do.
  bool PurgeStep();

  // For moving the blocks of sparse slabs together (storage/compactor.h). A slab is named by its
  // first page.

  // Bytes of slabs that no block uses.
  size_t slack_bytes() const {
    return size_t{slab_pages_} * kArenaPageBytes - (used_bytes_ - large_bytes_);
  }
  struct SlabInfo {
    uint32_t block_bytes;
    uint32_t blocks;
    uint32_t live;
  };
  // The first slab behind `page`, looking at no more than `pages_to_look_at` pages: zero at the end
  // of the arena, or the page at which to go on, for which IsSlab() may be false.
  uint32_t NextSlab(uint32_t page, uint32_t pages_to_look_at) const;
  bool IsSlab(uint32_t page) const;
  // Requires: IsSlab(slab).
  SlabInfo Describe(uint32_t slab) const;
  // Whether a slab is sparse for its class and its blocks would fit into the room that other slabs
  // have: then its pages can be gained. Requires: IsSlab(slab).
  bool CanBeEmptied(uint32_t slab) const;
  // Like Allocate(), but only where a slab has room; kNullRef if none has.
  Ref AllocateInRoom(size_t size);
  // Takes the slab out of use for Allocate(), so that its blocks can be moved elsewhere, until
  // Reopen(). It goes away with its last block. Requires: IsSlab(slab), and it is not closed.
  void Close(uint32_t slab);
  // Requires: the slab is closed and has a live block.
  void Reopen(uint32_t slab);
  bool IsClosed(uint32_t slab) const;
  // Calls visit(Ref) for the live blocks of a slab; visit may free the block it is given, and
  // allocate if the slab is closed. Requires: IsSlab(slab).
  template <class Visit>
  void ForEachBlock(uint32_t slab, Visit&& visit) {
    const BlockSet live = LiveBlocks(slab);
    const SlabInfo info = Describe(slab);
    for (uint32_t i = 0; i < info.blocks; ++i) {
      if ((live[i / 64] >> (i % 64)) & 1)
        visit(FirstRef(slab) + i * (info.block_bytes / kGranuleBytes));
    }
  }

 private:
  static constexpr uint32_t kRefsPerPage = kArenaPageBytes / kGranuleBytes;
  static constexpr uint32_t kMaxBlocksPerSlab = kRefsPerPage;
  using BlockSet = std::array<uint64_t, kMaxBlocksPerSlab / 64>;

  static uint32_t PagesFor(size_t size) {
    return static_cast<uint32_t>((size + kArenaPageBytes - 1) / kArenaPageBytes);
  }
  static Ref FirstRef(uint32_t page) { return page * kRefsPerPage; }

  // Blocks of a class with fewer slabs than that may lie in those of larger classes: so many
  // classes further at most, and blocks larger by an eighth at most.
  static constexpr uint32_t kSlabsOfRareClass = 4;
  static constexpr unsigned kClassesToBorrowFrom = 8;
  static constexpr uint32_t LargestLoan(unsigned size_class) {
    return SizeClassBytes(size_class) / 8 * 9;
  }

  struct SizeClass {
    uint32_t open = 0;   // slabs with room, the one to be filled next first
    uint32_t slabs = 0;  // all of them
    uint32_t live = 0;   // blocks in all of them
  };

  Ref Take(unsigned size_class, unsigned own_class);
  unsigned ClassWithRoom(unsigned size_class) const;
  static unsigned SharedClass(unsigned size_class);
  unsigned OpenClass(unsigned size_class);
  Ref AllocateLarge(size_t size);
  uint32_t NewSlab(unsigned size_class);
  void ReleaseSlab(uint32_t slab);
  void FreedLastOf(uint32_t slab);
  void Link(uint32_t slab);
  void Unlink(uint32_t slab);
  BlockSet LiveBlocks(uint32_t slab) const;
  bool ReleaseEmptySlab();

  // Constant after construction. First, beside what allocation changes.
  char* base_;
  size_t used_bytes_ = 0;
  size_t large_bytes_ = 0;   // of these, in blocks that are runs of pages
  uint32_t slab_pages_ = 0;  // of all slabs

  PageHeap pages_;
  std::array<SizeClass, kSizeClasses> classes_{};
  // Size classes whose only open slab may be empty; it is kept for the next block of its size.
  std::array<uint64_t, kSizeClasses / 64> maybe_empty_{};
};

}  // namespace larder
