// Collects the figures of all shards and replies with the sections that were asked for.
#include "server/commands/info.h"

#include "server/commands/info_sections.h"
#include "server/server_state.h"

namespace larder {
namespace {

// Owns the figures that were collected so far.
// Thread safety: none; a task belongs to its session.
class InfoTaskImpl : public SlicedTask {
 public:
  InfoTaskImpl(CommandContext& c, InfoSelection selection)
      : selection_(selection),
        shards_(NeedsShards(selection) ? c.keyspace.shard_count() : 0),
        figures_(c.keyspace.database_count()) {}

  size_t next_shard() const override { return shard_ < shards_ ? shard_ : kNoShard; }

  bool Step(CommandContext& c) override {
    if (shard_ < shards_) {
      Shard& shard = c.keyspace.shard(shard_++);
      if (NeedsKeyspace(selection_)) figures_.keyspace.Add(shard, c.now_ms);
      if (NeedsKeyStatistics(selection_)) {
        c.server.key_statistics.Maintain(shard, c.now_ms);
        figures_.prefixes.Add(shard, c.now_ms);
        figures_.hot_keys.Add(shard, c.now_ms);
      }
      return false;
    }
    c.reply.Verbatim("txt", InfoText(selection_, c, figures_));
    return true;
  }

 private:
  // Constant after construction.
  const InfoSelection selection_;
  const size_t shards_;

  InfoFigures figures_;
  size_t shard_ = 0;
};

}  // namespace

std::unique_ptr<SlicedTask> InfoTask(CommandContext& c) {
  return std::make_unique<InfoTaskImpl>(c, SelectSections(c.args.subspan(1)));
}

}  // namespace larder
