// Hands batches of keys from the thread that reads to those that store.
#include "storage/rdb_loader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

#include "storage/key_hash.h"

namespace larder {
namespace {

// So much may wait to be stored; one batch always may.
constexpr size_t kMostWaiting = 16 * 1024 * 1024;
// A batch ends after so many keys, or bytes of large values.
constexpr size_t kMostKeys = 1024;
constexpr size_t kMostBytes = 1024 * 1024;
// The buckets of so many keys are asked for from memory together.
constexpr size_t kPrefetched = 32;

// Owns a file that is read from its front to its end.
// Thread safety: none.
class FileSource : public ByteSource {
 public:
  explicit FileSource(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ >= 0) ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL);  // a hint
  }
  ~FileSource() override {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  std::optional<uint64_t> Size() const {
    struct stat status;
    if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) return std::nullopt;
    return static_cast<uint64_t>(status.st_size);
  }
  ptrdiff_t Read(char* to, size_t most) override {
    while (true) {
      const ssize_t got = ::read(descriptor_, to, most);
      if (got >= 0 || errno != EINTR) return got;
    }
  }

 private:
  int descriptor_;
};

void Add(std::atomic<uint64_t>& figure, uint64_t count) {
  figure.fetch_add(count, std::memory_order_relaxed);  // a statistic, orders nothing
}

void Set(std::atomic<uint64_t>& figure, uint64_t value) {
  figure.store(value, std::memory_order_relaxed);  // as above
}

}  // namespace

RdbLoader::RdbLoader(Keyspace& keyspace, LoadProgress& progress, Options options,
                     RdbReader::Listener listener, std::function<int64_t()> now_ms)
    : keyspace_(keyspace),
      progress_(progress),
      options_(options),
      listener_(std::move(listener)),
      now_ms_(std::move(now_ms)),
      evictor_(keyspace) {}

std::optional<RdbError> RdbLoader::Load(const std::string& path) {
  FileSource source(path);
  const std::optional<uint64_t> size = source.Size();
  if (!size) {
    return RdbError{RdbError::Kind::kUnreadable, 0,
                    "cannot open: " + std::generic_category().message(errno)};
  }
  Set(progress_.total_bytes, *size);
  RdbInput input(source, *size);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < options_.threads; ++i)
    threads.emplace_back([this] { StoreBatches(); });
  std::optional<RdbError> error = Read(input);
  Finish();
  for (std::thread& thread : threads)
    thread.join();
  Set(progress_.loaded_bytes, input.offset());
  // What could not be stored comes before what could not be read, for it lies before that.
  return error_ ? error_ : error;
}

std::optional<RdbError> RdbLoader::Read(RdbInput& input) {
  if (!options_.read.verify_checksum) input.SkipChecksums();
  RdbReader reader(input, options_.read, listener_);
  Batch batch;
  while (!stopped()) {
    RdbRecord record;
    const RdbReader::Result result = reader.Next(record);
    const bool found = result == RdbReader::Result::kRecord;
    // The views of the new record may lie in another block than those of the batch.
    const bool full = batch.records.size() == kMostKeys || batch.bytes > kMostBytes ||
                      (!batch.records.empty() && batch.block.get() != input.block());
    if (full || !found) {
      Set(progress_.loaded_bytes, input.offset());
      Set(progress_.unsupported, reader.skipped());
      if (on_progress_) on_progress_();
      Hand(batch);
    }
    if (!found) return input.error();
    if (batch.records.empty()) {
      batch.block = input.ShareBlock();
      batch.records.reserve(kMostKeys);
    }
    batch.bytes += record.key.size() + record.bytes.size();
    batch.records.push_back(std::move(record));
  }
  return std::nullopt;
}

void RdbLoader::Hand(Batch& batch) {
  if (batch.records.empty()) return;
  std::unique_lock lock(mutex_);
  changed_.wait(lock,
                [this] { return batches_.empty() || waiting_bytes_ < kMostWaiting || stopped(); });
  waiting_bytes_ += batch.bytes;
  batches_.push_back(std::exchange(batch, {}));
  changed_.notify_all();
}

void RdbLoader::Finish() {
  const std::lock_guard lock(mutex_);
  complete_ = true;
  changed_.notify_all();
}

void RdbLoader::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_.store(true, std::memory_order_relaxed);  // orders nothing
  changed_.notify_all();
}

bool RdbLoader::NextBatch(Batch& batch) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !batches_.empty() || complete_ || stopped(); });
  if (batches_.empty() || stopped()) return false;
  batch = std::move(batches_.front());
  batches_.pop_front();
  waiting_bytes_ -= batch.bytes;
  changed_.notify_all();
  return true;
}

void RdbLoader::StoreBatches() {
  Batch batch;
  while (NextBatch(batch))
    StoreBatch(batch);
}

void RdbLoader::StoreBatch(Batch& batch) {
  RdbDecoder decoder;
  std::array<uint64_t, kPrefetched> hashes;
  std::array<uint64_t, static_cast<size_t>(Stored::kFailed) + 1> counts{};
  keyspace_.budget().set_seconds(static_cast<uint32_t>(now_ms_() / 1000));
  for (size_t first = 0; first < batch.records.size() && !stopped(); first += kPrefetched) {
    const size_t count = std::min(kPrefetched, batch.records.size() - first);
    for (size_t i = 0; i < count; ++i) {
      const RdbRecord& record = batch.records[first + i];
      hashes[i] = HashKey(record.key);
      const Shard& shard = keyspace_.shard(keyspace_.ShardOf(hashes[i]));
      if (const Database* database = shard.database_if_present(record.database)) {
        database->PrefetchBucket(hashes[i]);
      }
      shard.PrefetchForInsert(hashes[i]);
    }
    for (size_t i = 0; i < count; ++i) {
      const Stored stored = Store(batch.records[first + i], hashes[i], decoder);
      ++counts[static_cast<size_t>(stored)];
    }
  }
  Add(progress_.loaded, counts[static_cast<size_t>(Stored::kLoaded)]);
  Add(progress_.expired, counts[static_cast<size_t>(Stored::kExpired)]);
  Add(progress_.superseded, counts[static_cast<size_t>(Stored::kSuperseded)]);
  Add(progress_.damaged, counts[static_cast<size_t>(Stored::kDamaged)]);
}

RdbLoader::Stored RdbLoader::Store(RdbRecord& record, uint64_t hash, RdbDecoder& decoder) {
  if (record.deadline_ms != kNoDeadline && record.deadline_ms <= now_ms_()) {
    return Stored::kExpired;
  }
  DecodedString string;
  switch (decoder.Decode(record, string)) {
    case RdbDecoder::Result::kDecoded:
      return StoreDecoded(record, hash, string);
    case RdbDecoder::Result::kDamaged:
      if (options_.keep_readable) return Stored::kDamaged;
      return Fail(RdbError::Kind::kDamaged, record.offset,
                  "the compressed value of " + QuotedForMessage(record.key) + " is damaged");
    case RdbDecoder::Result::kOutOfMemory:
      break;
  }
  return Fail(RdbError::Kind::kRefused, record.offset,
              "there is no memory for the value of " + QuotedForMessage(record.key));
}

RdbLoader::Stored RdbLoader::StoreDecoded(RdbRecord& record, uint64_t hash, DecodedString& string) {
  const size_t shard_number = keyspace_.ShardOf(hash);
  if (!evictor_.MakeRoom(record.key.size() + string.size(), shard_number)) {
    return Fail(RdbError::Kind::kRefused, record.offset,
                "maxmemory is reached, and the policy allows nothing to be evicted");
  }
  Shard& shard = keyspace_.shard(shard_number);
  const ShardGuard guard(shard);
  const std::optional<size_t> target = shard.LoadTarget(record.database, hash);
  if (!target) return Stored::kSuperseded;
  const Key key{record.key, hash};
  Database& database = shard.database(*target);
  if (!options_.replaces && database.Find(key, now_ms_()) != nullptr) {
    return Fail(RdbError::Kind::kRefused, record.offset,
                "there is a key " + QuotedForMessage(record.key) + " already");
  }
  if (string.StoreIn(database, key, DeadlineChange::To(record.deadline_ms)) !=
      StoreStatus::kStored) {
    return Fail(RdbError::Kind::kRefused, record.offset,
                "there is no memory for " + QuotedForMessage(record.key));
  }
  if (record.hint.kind != EvictionHint::Kind::kNone) {
    shard.eviction().Recall(*database.Find(key, 0), record.hint);
  }
  return Stored::kLoaded;
}

RdbLoader::Stored RdbLoader::Fail(RdbError::Kind kind, uint64_t offset, std::string what) {
  {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = RdbError{kind, offset, std::move(what)};
  }
  Stop();
  return Stored::kFailed;
}

}  // namespace larder
