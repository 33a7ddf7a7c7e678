// Gathers copies of entries in batches.
#include "storage/snapshot_images.h"

#include <cassert>
#include <utility>

namespace larder {

void SnapshotImages::Add(size_t database, const Entry& entry, EvictionHint hint) {
  Append(database, entry, hint, entry.block_size());
}

void SnapshotImages::AddDoomed(size_t database, const Entry& entry, EvictionHint hint) {
  const bool large = entry.encoding() == Encoding::kBlob;
  Append(database, entry, hint, entry.block_size() + (large ? entry.blob()->memory() : 0));
}

void SnapshotImages::Append(size_t database, const Entry& entry, EvictionHint hint, size_t bytes) {
  if (discards_ || memory_.overflowed()) return;
  current_.images.Add(database, entry, hint);
  current_.bytes += bytes;
  // Relaxed: see waiting_bytes().
  waiting_bytes_.store(waiting_bytes() + bytes, std::memory_order_relaxed);
  if (current_.bytes >= kFullBatch) CloseBatch();
}

// The shared sum learns of whole batches only, so that writers seldom meet there.
void SnapshotImages::CloseBatch() {
  memory_.Add(current_.bytes);
  full_.push_back(std::move(current_));
  current_ = Batch{};
  if (spare_.empty()) return;
  current_ = std::move(spare_.back());
  spare_.pop_back();
}

void SnapshotImages::Exchange(std::vector<Batch>& batches) {
  if (!current_.images.empty()) CloseBatch();
  for (Batch& used : batches) {
    if (spare_.size() == kMostSpare) break;
    used.images.Clear();
    if (used.images.memory() > 2 * kFullBatch) continue;
    used.bytes = 0;
    spare_.push_back(std::move(used));
  }
  batches.clear();
  std::swap(batches, full_);
  waiting_bytes_.store(0, std::memory_order_relaxed);  // see waiting_bytes()
}

void SnapshotImages::ReleaseMemory() {
  assert(current_.images.empty() && full_.empty());
  current_ = Batch{};
  full_ = {};
  spare_ = {};
}

}  // namespace larder
