// Gains memory from sparse slabs: their blocks are moved into the room that others have.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "storage/arena.h"

namespace larder {

// Owns the state of a walk over the slabs of an arena. A walk begins when a considerable part of
// the memory in slabs is not used, goes from slab to slab in small steps, and is repeated while it
// gains something. Each slab that is emptied is one less and makes no new one, so walks come to an
// end; what is left then is the price of the number of size classes, and nothing is done until the
// slack has grown again.
//
// Thread safety: guarded by the lock of the arena's shard.
class Compactor {
 public:
  static constexpr size_t kBlocksAtOnce = 32;
  // What one step moves at most.
  static constexpr size_t kBlocksPerStep = 128;
  static constexpr size_t kBytesPerStep = 128 * 1024;

  // Whether Step() would do anything.
  bool IsDue(const Arena& arena) {
    if (walking_) return true;
    const size_t slack = arena.slack_bytes();
    settled_slack_ = std::min(settled_slack_, slack);
    return slack > arena.used_bytes() / kToleratedShare + kToleratedBytes &&
           slack - settled_slack_ > arena.used_bytes() / kGrownShare;
  }

  // Does at most some 50 µs of work; false when nothing is left to do. move(span of Refs) is to
  // give each of the blocks a new place from Arena::AllocateInRoom() and to free the old one; it
  // returns false if one of them cannot be moved.
  template <class Move>
  bool Step(Arena& arena, Move&& move) {
    if (!IsDue(arena)) return false;
    if (!walking_) Begin(arena);
    if (!arena.IsClosed(slab_) && !CloseNext(arena)) return walking_;
    Empty(arena, move);
    return true;
  }

  // Begins a walk whatever the slack is.
  void Begin(Arena& arena) {
    if (arena.IsClosed(slab_)) arena.Reopen(slab_);
    walking_ = true;
    gained_ = false;
    page_ = 0;
    slab_ = 0;
  }

  bool walking() const { return walking_; }

 private:
  // An arena may have a 24th of its used bytes as slack, and what a small one cannot avoid.
  static constexpr size_t kToleratedShare = 24;
  static constexpr size_t kToleratedBytes = 64 * 1024;
  // After a walk, the slack has to grow by that much to be worth another.
  static constexpr size_t kGrownShare = 128;
  static constexpr uint32_t kPagesAtOnce = 256;

  // Finds the next slab that is worth it, and closes it; false if there is none among the pages
  // that were looked at.
  bool CloseNext(Arena& arena) {
    for (uint32_t looked = 0; looked < kPagesAtOnce; ++looked) {
      const uint32_t before = page_;
      page_ = arena.NextSlab(page_, kPagesAtOnce - looked);
      if (page_ == 0) {
        EndWalk(arena);
        return false;
      }
      looked += page_ - before - 1;
      if (!arena.IsSlab(page_) || !arena.CanBeEmptied(page_)) continue;
      slab_ = page_;
      arena.Close(slab_);
      return true;
    }
    return false;
  }

  template <class Move>
  void Empty(Arena& arena, Move& move) {
    std::array<Ref, kBlocksPerStep> blocks;
    const size_t most =
        std::clamp<size_t>(kBytesPerStep / arena.Describe(slab_).block_bytes, 1, kBlocksPerStep);
    size_t count = 0;
    arena.ForEachBlock(slab_, [&](Ref ref) {
      if (count < most) blocks[count++] = ref;
    });
    for (size_t begin = 0; begin < count; begin += kBlocksAtOnce) {
      const size_t end = std::min(count, begin + kBlocksAtOnce);
      if (move(std::span<const Ref>(blocks).subspan(begin, end - begin))) continue;
      if (arena.IsClosed(slab_)) arena.Reopen(slab_);
      slab_ = 0;
      return;
    }
    gained_ |= !arena.IsClosed(slab_);
  }

  void EndWalk(Arena& arena) {
    const bool again = gained_ && arena.slack_bytes() > arena.used_bytes() / kToleratedShare;
    Begin(arena);
    walking_ = again;
    settled_slack_ = arena.slack_bytes();
  }

  bool walking_ = false;
  bool gained_ = false;       // in this walk
  uint32_t page_ = 0;         // looked at last
  uint32_t slab_ = 0;         // closed and being emptied; may be gone meanwhile
  size_t settled_slack_ = 0;  // what the last walk could not gain
};

}  // namespace larder
