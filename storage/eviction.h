// What a shard knows for choosing the keys that go when memory is short.
//
// One policy is in force at a time, and each needs only what lies in the entry itself:
//
//   *-lru, *-random, volatile-ttl, noeviction   `use` holds the second of the last use
//   *-lfu                                       `use` holds Redis's logarithmic counter
//   *-s3fifo                                    `use` holds position and uses (storage/entry.h)
//
// The policies of Redis sample: a few entries are drawn and the worst of them goes. S3-FIFO is by
// Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for cache eviction", SOSP 2023:
//
//             new key            small queue: 10 % of the bytes
//   ---------------------------> [ . . . . . . ] -- used since? --> to the end of main
//                                       `--------- not used? -----> evicted; ghost remembers it
//   key that the ghost remembers   main queue: the rest
//   ---------------------------> [ . . . . . . . . . . . . . ] -- used? uses - 1, to the end
//                                       `--------- not used? -----> evicted
//
// A read sets at most two bits of the entry. Queues are made of 32-bit Refs in chunks
// (storage/eviction_queues.h); an entry knows its position, so whoever frees or moves it brings its
// slot up to date in constant time, and no slot ever names a block that is not its entry. Queues
// are measured in bytes, large values included, and the uses of a large entry count for less than
// those of a small one, since keeping it costs the place of several. A volatile policy keeps only
// keys with a deadline in its queues.
//
// When the policy changes, nothing is lost and nobody waits: entries are converted as they are
// used, and all others little by little by Shard::Migrate().
//
// Who calls what: Database calls Inserted(), Removed(), Replaced(), Resized() and Touch(); whoever
// moves a block to another place (compaction) calls Relocated(); Shard chooses the victims.
#pragma once

#include <cstddef>
#include <cstdint>

#include "storage/arena.h"
#include "storage/entry.h"
#include "storage/eviction_hint.h"
#include "storage/eviction_policy.h"
#include "storage/eviction_queues.h"
#include "storage/ghost_table.h"
#include "storage/memory_budget.h"

namespace larder {

// Owns queues and ghost of a shard.
//
// Thread safety: guarded by the lock of its shard.
class Eviction {
 public:
  struct Victim {
    Ref ref = kNullRef;
    uint64_t hash = 0;
    bool to_ghost = false;
  };

  // Requires: arena and budget outlive it.
  Eviction(Arena& arena, const MemoryBudget& budget) : arena_(arena), budget_(budget) {}
  Eviction(const Eviction&) = delete;
  Eviction& operator=(const Eviction&) = delete;

  // The settings in force: those of the budget, looked at whenever something happens.
  const EvictionSettings& settings() {
    Refresh();
    return settings_;
  }

  // --- What happens to entries ---

  // A new entry was stored. Its value part may still be missing.
  void Inserted(Ref ref, uint64_t hash) {
    Refresh();
    Start(ref, hash);
  }
  // The entry is about to be freed.
  void Removed(Ref ref) {
    if (EntryAt(ref).queued()) Dequeue(ref);
  }
  // The entry got a new block, whose header is complete but whose value part may still be missing;
  // the old block is about to be freed.
  void Replaced(Ref old_ref, Ref ref, uint64_t hash);
  // The whole block was copied elsewhere, and nothing else changed.
  void Relocated(Ref ref) {
    const Entry& entry = EntryAt(ref);
    if (entry.queued()) queues_.Replace(entry.queue_position(), ref);
  }
  // So many bytes more belong to the entry, in a large value.
  void Resized(const Entry& entry, ptrdiff_t bytes) {
    if (entry.queued())
      bytes_[queues_.QueueOf(entry.queue_position())] += static_cast<size_t>(bytes);
  }
  // The entry was used.
  void Touch(Entry& entry) {
    Refresh();
    if (touches_queues_) [[likely]] {
      const unsigned uses = entry.uses();
      if (entry.queued() && uses < Entry::kMostUses) entry.set_uses(uses + 1);
    } else if (touching_) {
      TouchClock(entry);
    }
  }
  // Whether Touch() does anything: not while somebody only looks.
  void set_touching(bool touching) {
    touching_ = touching;
    touches_queues_ = touching && is_s3fifo_;
  }

  // --- Choosing ---

  // Takes the next entry to be evicted out of the queues; null if none is in them. Remember() is to
  // be called with it, after others were taken or not.
  Victim TakeVictim();
  void Remember(const Victim& victim) {
    if (victim.to_ghost) ghost_.Add(victim.hash);
  }
  // Asks the processor for the entries that TakeVictim() will probably look at.
  void PrefetchVictims() const;
  // The same for what Inserted() will look at. May be called without the lock.
  void PrefetchForInsert(uint64_t hash) const { ghost_.Prefetch(hash); }
  // How much sooner an entry is to go than others, by a policy that samples.
  uint64_t Score(const Entry& entry) const;
  // Whether the policy may evict the entry.
  bool Allows(const Entry& entry) const {
    return !IsVolatile(settings_.policy) || entry.has_deadline();
  }
  uint64_t Random();

  // --- Changing the policy ---

  // How often the policy has changed.
  uint32_t policy_changes() {
    Refresh();
    return policy_changes_;
  }
  // Converts an entry that the former policy has left behind.
  void Convert(Ref ref);
  // Takes up to `entries` out of the queues of the former policy; false if some are left.
  bool DrainQueues(size_t entries);

  // --- Across restarts ---

  // What a file is to say of the entry, so that Recall() can restore it elsewhere. S3-FIFO's queue
  // and uses are told as a frequency, on the scale of LFU.
  EvictionHint HintOf(const Entry& entry) const;
  // Applies what a file or a client says of how an entry was used, as far as the policy can tell.
  void Recall(Entry& entry, EvictionHint hint);

  // Idle seconds and uses, for OBJECT.
  uint32_t IdleSeconds(const Entry& entry) const;
  uint32_t Frequency(const Entry& entry) const;

  size_t queued(EvictionQueues::Queue queue) const { return queues_.size(queue); }
  size_t queued_bytes(EvictionQueues::Queue queue) const { return bytes_[queue]; }
  size_t memory() const { return queues_.memory() + ghost_.memory(); }

 private:
  using Queue = EvictionQueues::Queue;

  Entry& EntryAt(Ref ref) const { return *reinterpret_cast<Entry*>(arena_.Address(ref)); }
  // Bytes that go when the entry does.
  static size_t Charge(const Entry& entry);
  void Refresh() {
    if (packed_settings_ != budget_.policy()) [[unlikely]]
      Adopt(budget_.policy());
  }
  void Adopt(uint64_t packed_settings);
  void Start(Ref ref, uint64_t hash);
  void Enqueue(Queue queue, Ref ref, size_t bytes, unsigned uses);
  void Dequeue(Ref ref);
  // Takes the front of a queue out, which stays marked as queued.
  void PopFront(Queue queue, const Entry& entry);
  void TouchClock(Entry& entry);
  uint32_t InitialAccess() const;
  uint32_t Decayed(uint32_t access) const;
  void Prefetch(Queue queue, unsigned ahead) const;
  Queue NextQueue() const;
  unsigned WeightedUses(Queue queue, const Entry& entry) const;
  size_t GhostCapacity() const;

  // Constant after construction.
  Arena& arena_;
  const MemoryBudget& budget_;

  // Guarded by the shard lock.
  bool is_s3fifo_ = true;
  bool touching_ = true;
  bool touches_queues_ = true;  // both of them
  uint32_t policy_changes_ = 0;
  EvictionSettings settings_;
  uint64_t packed_settings_ = settings_.Pack();
  size_t bytes_[2] = {};
  EvictionQueues queues_;
  GhostTable ghost_;
  uint64_t random_ = 0x9e3779b97f4a7c15;
};

}  // namespace larder
