// Loads a snapshot: one thread finds the keys in the file, others expand and store them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "storage/evictor.h"
#include "storage/keyspace.h"
#include "storage/load_progress.h"
#include "storage/rdb_decoder.h"
#include "storage/rdb_reader.h"

namespace larder {

// Owns what the threads of one load share.
//
// Thread safety: Load() is called once; Stop() by any thread.
class RdbLoader {
 public:
  struct Options {
    RdbReader::Options read;
    size_t threads = 1;          // that store keys, beside the one that calls Load()
    bool keep_readable = false;  // pass over values that are damaged
    bool replaces = true;        // what is there already; otherwise a key twice is an error
  };

  // Requires: keyspace and progress outlive the loader. `now_ms` tells the time, and `listener` is
  // called by the thread that calls Load().
  RdbLoader(Keyspace& keyspace, LoadProgress& progress, Options options,
            RdbReader::Listener listener, std::function<int64_t()> now_ms);
  RdbLoader(const RdbLoader&) = delete;
  RdbLoader& operator=(const RdbLoader&) = delete;

  // Stores what the file holds, beside what is there. Returns the first error, after which nothing
  // more was stored. With keep_readable that is where the file could not be read any further.
  // Requires: the caller holds no lock of a shard.
  std::optional<RdbError> Load(const std::string& path);
  // Lets Load() return soon, without an error.
  void Stop();
  bool stopped() const {
    return stopped_.load(std::memory_order_relaxed);  // orders nothing
  }
  // Called by the thread that calls Load(), now and then.
  void set_on_progress(std::function<void()> on_progress) { on_progress_ = std::move(on_progress); }

 private:
  // Keys that were found together, and the memory that they lie in.
  struct Batch {
    std::shared_ptr<const char[]> block;
    std::vector<RdbRecord> records;
    size_t bytes = 0;
  };

  std::optional<RdbError> Read(RdbInput& input);
  void Hand(Batch& batch);
  void StoreBatches();
  bool NextBatch(Batch& batch);
  void StoreBatch(Batch& batch);
  // What became of a key. kFailed: the load must end, and the error was noted.
  enum class Stored : uint8_t { kLoaded, kExpired, kSuperseded, kDamaged, kFailed };
  Stored Store(RdbRecord& record, uint64_t hash, RdbDecoder& decoder);
  Stored StoreDecoded(RdbRecord& record, uint64_t hash, DecodedString& string);
  Stored Fail(RdbError::Kind kind, uint64_t offset, std::string what);
  void Finish();

  // Constant after construction.
  Keyspace& keyspace_;
  LoadProgress& progress_;
  const Options options_;
  const RdbReader::Listener listener_;
  const std::function<int64_t()> now_ms_;
  Evictor evictor_;
  // Constant once Load() was called.
  std::function<void()> on_progress_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::deque<Batch> batches_;
  size_t waiting_bytes_ = 0;
  bool complete_ = false;  // no more batches will come
  std::optional<RdbError> error_;

  // Atomic: set by any thread, looked at by all.
  std::atomic<bool> stopped_{false};
};

}  // namespace larder
