// Collects the statistics of keys from shard to shard, and replies with the most important ones.
#include "server/commands/key_reports.h"

#include <cmath>
#include <optional>

#include "protocol/number.h"
#include "server/commands/errors.h"
#include "server/commands/option_word.h"
#include "server/server_state.h"

namespace larder {
namespace {

// Looks at all shards in turn, and replies then.
// Thread safety: none; a task belongs to its session.
template <class Figures>
class KeySurvey : public SlicedTask {
 public:
  using Reply = void (*)(CommandContext&, const typename Figures::Report&);

  KeySurvey(const CommandContext& c, size_t most, Reply reply)
      : shards_(c.keyspace.shard_count()), most_(most), reply_(reply) {}

  size_t next_shard() const override { return shard_ < shards_ ? shard_ : kNoShard; }

  bool Step(CommandContext& c) override {
    if (shard_ < shards_) {
      Shard& shard = c.keyspace.shard(shard_++);
      c.server.key_statistics.Maintain(shard, c.now_ms);
      figures_.Add(shard, c.now_ms);
      return false;
    }
    reply_(c, figures_.Take(most_));
    return true;
  }

 private:
  // Constant after construction.
  const size_t shards_;
  const size_t most_;
  const Reply reply_;

  Figures figures_;
  size_t shard_ = 0;
};

// Begins the statistics anew, shard by shard.
// Thread safety: none; a task belongs to its session.
class StatsReset : public SlicedTask {
 public:
  explicit StatsReset(const CommandContext& c) : shards_(c.keyspace.shard_count()) {}

  size_t next_shard() const override { return shard_ < shards_ ? shard_ : kNoShard; }

  bool Step(CommandContext& c) override {
    if (shard_ < shards_) {
      c.keyspace.shard(shard_++).key_statistics().Reset(c.now_ms);
      return false;
    }
    c.reply.Ok();
    return true;
  }

 private:
  const size_t shards_;
  size_t shard_ = 0;
};

// Reads [COUNT count] from so many arguments on; without it, `usual`. Answers an error, and returns
// nothing, if that is not what is there.
std::optional<size_t> ReadCount(CommandContext& c, size_t from, int64_t usual) {
  if (c.args.size() == from) return static_cast<size_t>(usual);
  int64_t count = 0;
  if (c.args.size() != from + 2 || !IsWord(c.args[from], "count")) {
    c.reply.Error(errors::kSyntax);
  } else if (!ParseInteger(c.args[from + 1], &count)) {
    c.reply.Error(errors::kNotAnInteger);
  } else if (count < 1) {
    c.reply.Error(errors::kSyntax);
  } else {
    return static_cast<size_t>(count);
  }
  return std::nullopt;
}

double HitRatio(const PrefixFigures::Row& row) {
  const uint64_t hits = row[KeyEvent::kHit];
  const uint64_t lookups = hits + row[KeyEvent::kMiss];
  return lookups == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(lookups);
}

void Field(ReplyWriter& reply, std::string_view name, uint64_t value) {
  reply.Bulk(name);
  reply.Integer(static_cast<int64_t>(value));
}

// To hundredths: the statistics are no more exact.
void Field(ReplyWriter& reply, std::string_view name, double value) {
  reply.Bulk(name);
  reply.Double(std::round(value * 100) / 100);
}

void Field(ReplyWriter& reply, std::string_view name, std::string_view value) {
  reply.Bulk(name);
  reply.Bulk(value);
}

void EventFields(ReplyWriter& reply, const PrefixFigures::Row& row) {
  Field(reply, "hits", row[KeyEvent::kHit]);
  Field(reply, "misses", row[KeyEvent::kMiss]);
  Field(reply, "hit_ratio", HitRatio(row));
  Field(reply, "expired", row[KeyEvent::kExpired]);
  Field(reply, "evicted", row[KeyEvent::kEvicted]);
}

void ReplyPrefixes(CommandContext& c, const PrefixFigures::Report& report) {
  ReplyWriter& reply = c.reply;
  reply.Map(2);
  reply.Bulk("prefixes");
  reply.Array(report.rows.size());
  for (const PrefixFigures::Row& row : report.rows) {
    reply.Map(8);
    Field(reply, "prefix", row.prefix);
    Field(reply, "db", row.database);
    EventFields(reply, row);
    Field(reply, "error", row.error);
  }
  reply.Bulk("others");
  reply.Map(5);
  EventFields(reply, report.others);
}

void ReplyHotKeys(CommandContext& c, const HotKeyFigures::Report& report) {
  ReplyWriter& reply = c.reply;
  reply.Map(2);
  Field(reply, "requests_per_second", report.requests);
  reply.Bulk("keys");
  reply.Array(report.rows.size());
  for (const HotKeyFigures::Row& row : report.rows) {
    reply.Map(6);
    Field(reply, "key", row.key);
    Field(reply, "key_size", row.key_size);
    Field(reply, "db", row.database);
    Field(reply, "requests_per_second", row.requests);
    Field(reply, "writes_per_second", row.writes);
    Field(reply, "error_per_second", row.error);
  }
}

// The bytes as INFO can print them: what would end a field or a value there is written as \xhh.
std::string Escaped(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte < 0x7f && c != ',' && c != '=' && c != '\\') {
      text += c;
      continue;
    }
    text += "\\x";
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string EventText(const PrefixFigures::Row& row) {
  return "hits=" + std::to_string(row[KeyEvent::kHit]) +
         ",misses=" + std::to_string(row[KeyEvent::kMiss]) +
         ",expired=" + std::to_string(row[KeyEvent::kExpired]) +
         ",evicted=" + std::to_string(row[KeyEvent::kEvicted]);
}

}  // namespace

std::unique_ptr<SlicedTask> LarderHotkeysTask(CommandContext& c) {
  const int64_t most = c.server.settings.Current()->hotkeys_max;
  const std::optional<size_t> count = ReadCount(c, 1, most);
  if (!count) return nullptr;
  if (most == 0) {
    c.reply.Error(errors::kNoHotKeys);
    return nullptr;
  }
  return std::make_unique<KeySurvey<HotKeyFigures>>(c, *count, ReplyHotKeys);
}

std::unique_ptr<SlicedTask> LarderStatsPrefixesTask(CommandContext& c) {
  const int64_t most = c.server.settings.Current()->prefix_stats_max;
  const std::optional<size_t> count = ReadCount(c, 2, most);
  if (!count) return nullptr;
  if (most == 0) {
    c.reply.Error(errors::kNoPrefixStatistics);
    return nullptr;
  }
  return std::make_unique<KeySurvey<PrefixFigures>>(c, *count, ReplyPrefixes);
}

std::unique_ptr<SlicedTask> LarderStatsResetTask(CommandContext& c) {
  return std::make_unique<StatsReset>(c);
}

void WritePrefixes(const PrefixFigures::Report& report, InfoWriter& info) {
  for (size_t i = 0; i < report.rows.size(); ++i) {
    const PrefixFigures::Row& row = report.rows[i];
    info.Line("prefix" + std::to_string(i),
              "db=" + std::to_string(row.database) + ",name=" + Escaped(row.prefix) + "," +
                  EventText(row) + ",error=" + std::to_string(row.error));
  }
}

void WriteOtherPrefixes(const PrefixFigures::Report& report, InfoWriter& info) {
  info.Text(EventText(report.others));
}

void WriteHotKeys(const HotKeyFigures::Report& report, InfoWriter& info) {
  for (size_t i = 0; i < report.rows.size(); ++i) {
    const HotKeyFigures::Row& row = report.rows[i];
    info.Line("hotkey" + std::to_string(i),
              "db=" + std::to_string(row.database) + ",name=" + Escaped(row.key) +
                  ",requests_per_second=" + WithTwoDecimals(row.requests) + ",writes_per_second=" +
                  WithTwoDecimals(row.writes) + ",error_per_second=" + WithTwoDecimals(row.error));
  }
}

}  // namespace larder
