// The subcommands of MEMORY. All but USAGE go from shard to shard.
#include "server/commands/memory.h"

#include <malloc.h>

#include <utility>

#include "protocol/number.h"
#include "server/commands/errors.h"
#include "server/commands/memory_figures.h"
#include "server/commands/memory_report.h"
#include "server/commands/option_word.h"

namespace larder {
namespace {

// Bytes of the index for each entry: a slot and its share of the bucket's head.
constexpr size_t kIndexBytes = sizeof(Bucket) / Bucket::kSlots;

// Looks at all shards in turn, and replies then.
// Thread safety: none; a task belongs to its session.
template <class Figures>
class ShardSurvey : public SlicedTask {
 public:
  using Reply = void (*)(CommandContext&, const Figures&);

  ShardSurvey(const CommandContext& c, Figures figures, Reply reply)
      : shards_(c.keyspace.shard_count()), reply_(reply), figures_(std::move(figures)) {}

  size_t next_shard() const override { return shard_ < shards_ ? shard_ : kNoShard; }

  bool Step(CommandContext& c) override {
    if (shard_ < shards_) {
      figures_.Add(c.keyspace.shard(shard_++), c.now_ms);
      return false;
    }
    reply_(c, figures_);
    return true;
  }

 private:
  // Constant after construction.
  const size_t shards_;
  const Reply reply_;

  Figures figures_;
  size_t shard_ = 0;
};

MemoryFigures Measure(CommandContext& c, const KeyspaceFigures& keyspace) {
  const MemoryFigures memory(c.server, keyspace, ClientMemory(c.server.clients));
  c.server.RecordUsedMemory(memory.used);
  return memory;
}

void ReplyStats(CommandContext& c, const KeyspaceFigures& keyspace) {
  WriteMemoryStats(c.reply, Measure(c, keyspace), keyspace);
}

void ReplyDiagnosis(CommandContext& c, const KeyspaceFigures& keyspace) {
  c.reply.Verbatim("txt", DiagnoseMemory(Measure(c, keyspace), c.server.clients.size()));
}

void ReplyMallocStats(CommandContext& c, const AllocatorFigures& figures) {
  c.reply.Verbatim("txt", AllocatorReport(figures));
}

// Moves entries together and gives free pages back, shard by shard; at last the memory that the C
// library keeps.
// Thread safety: none; a task belongs to its session.
class PurgeTask : public SlicedTask {
 public:
  explicit PurgeTask(const CommandContext& c) : shards_(c.keyspace.shard_count()) {}

  size_t next_shard() const override { return shard_ < shards_ ? shard_ : kNoShard; }

  bool Step(CommandContext& c) override {
    if (shard_ == shards_) {
      malloc_trim(0);
      c.reply.Ok();
      return true;
    }
    Shard& shard = c.keyspace.shard(shard_);
    if (stage_ == Stage::kBegin) {
      shard.BeginCompaction();
      stage_ = Stage::kCompact;
    }
    if (stage_ == Stage::kCompact && !shard.Compact()) stage_ = Stage::kPurge;
    if (stage_ == Stage::kPurge && !shard.Purge()) {
      stage_ = Stage::kBegin;
      ++shard_;
    }
    return false;
  }

 private:
  enum class Stage { kBegin, kCompact, kPurge };

  const size_t shards_;
  size_t shard_ = 0;
  Stage stage_ = Stage::kBegin;
};

// Reads [SAMPLES count]. There is nothing to sample yet: every value is looked at as a whole.
bool ReadUsageOptions(CommandContext& c) {
  for (size_t i = 3; i < c.args.size(); i += 2) {
    if (!IsWord(c.args[i], "samples") || i + 1 == c.args.size()) {
      c.reply.Error(errors::kSyntax);
      return false;
    }
    int64_t samples = 0;
    if (!ParseInteger(c.args[i + 1], &samples)) {
      c.reply.Error(errors::kNotAnInteger);
      return false;
    }
    if (samples < 0) {
      c.reply.Error(errors::kSyntax);
      return false;
    }
  }
  return true;
}

}  // namespace

void MemoryUsageCommand(CommandContext& c) {
  if (!ReadUsageOptions(c)) return;
  const Entry* entry = c.database().Find(c.keys[0], c.now_ms);
  if (entry == nullptr) return c.reply.Null();
  size_t bytes = Arena::UsableSize(entry->block_size()) + kIndexBytes;
  if (entry->encoding() == Encoding::kBlob) bytes += entry->blob()->memory();
  c.reply.Integer(static_cast<int64_t>(bytes));
}

std::unique_ptr<SlicedTask> MemoryDoctorTask(CommandContext& c) {
  return std::make_unique<ShardSurvey<KeyspaceFigures>>(
      c, KeyspaceFigures(c.keyspace.database_count()), ReplyDiagnosis);
}

std::unique_ptr<SlicedTask> MemoryMallocStatsTask(CommandContext& c) {
  return std::make_unique<ShardSurvey<AllocatorFigures>>(c, AllocatorFigures(), ReplyMallocStats);
}

std::unique_ptr<SlicedTask> MemoryPurgeTask(CommandContext& c) {
  return std::make_unique<PurgeTask>(c);
}

std::unique_ptr<SlicedTask> MemoryStatsTask(CommandContext& c) {
  return std::make_unique<ShardSurvey<KeyspaceFigures>>(
      c, KeyspaceFigures(c.keyspace.database_count()), ReplyStats);
}

}  // namespace larder
