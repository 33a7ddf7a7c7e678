// LCS: what two strings have in common.
#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "protocol/number.h"
#include "server/commands/common_subsequence.h"
#include "server/commands/errors.h"
#include "server/commands/option_word.h"
#include "server/commands/string_value.h"
#include "server/commands/strings.h"

namespace larder {

namespace {

struct LcsOptions {
  bool length = false;
  bool runs = false;
  bool with_sizes = false;
  int64_t least_size = 0;
};

// Reads the options behind the keys; answers an error if something is wrong.
std::optional<LcsOptions> ReadOptions(CommandContext& c) {
  LcsOptions options;
  for (size_t i = 3; i < c.args.size(); ++i) {
    if (IsWord(c.args[i], "idx")) {
      options.runs = true;
    } else if (IsWord(c.args[i], "len")) {
      options.length = true;
    } else if (IsWord(c.args[i], "withmatchlen")) {
      options.with_sizes = true;
    } else if (IsWord(c.args[i], "minmatchlen") && i + 1 < c.args.size()) {
      if (!ParseInteger(c.args[++i], &options.least_size)) {
        c.reply.Error(errors::kNotAnInteger);
        return std::nullopt;
      }
    } else {
      c.reply.Error(errors::kSyntax);
      return std::nullopt;
    }
  }
  if (options.length && options.runs) {
    c.reply.Error(errors::kLcsLenAndIdx);
    return std::nullopt;
  }
  return options;
}

// Whether the work is within Redis's limit, which is that of a table with four bytes for each pair
// of positions; answers an error if not.
bool CheckWork(CommandContext& c, std::string_view a, std::string_view b) {
  constexpr uint64_t kMost = std::numeric_limits<uint32_t>::max() - 1;
  if (std::max(a.size(), b.size()) >= kMost) {
    c.reply.Error(errors::kLcsTooLong);
    return false;
  }
  uint64_t bytes;
  if (__builtin_mul_overflow((a.size() + 1) * (b.size() + 1), sizeof(uint32_t), &bytes) ||
      !MayHaveSize(c, bytes)) {
    c.reply.Error(errors::kLcsMemory);
    return false;
  }
  return true;
}

void ReplyWithPosition(CommandContext& c, size_t first, size_t size) {
  c.reply.Array(2);
  c.reply.Integer(static_cast<int64_t>(first));
  c.reply.Integer(static_cast<int64_t>(first + size - 1));
}

void ReplyWithRuns(CommandContext& c, const CommonSubsequence& common, const LcsOptions& options) {
  c.reply.Map(2);
  c.reply.Bulk("matches");
  const size_t placeholder = c.reply.BeginArray();
  size_t runs = 0;
  common.ForEachRun([&](size_t a_first, size_t b_first, size_t size) {
    if (static_cast<int64_t>(size) < options.least_size) return;
    ++runs;
    c.reply.Array(options.with_sizes ? 3 : 2);
    ReplyWithPosition(c, a_first, size);
    ReplyWithPosition(c, b_first, size);
    if (options.with_sizes) c.reply.Integer(static_cast<int64_t>(size));
  });
  c.reply.EndArray(placeholder, runs);
  c.reply.Bulk("len");
  c.reply.Integer(static_cast<int64_t>(common.length()));
}

void ReplyWithText(CommandContext& c, const CommonSubsequence& common, std::string_view a) {
  std::string text(common.length(), '\0');
  size_t end = text.size();
  common.ForEachRun([&](size_t a_first, size_t, size_t size) {
    end -= size;
    a.copy(text.data() + end, size, a_first);
  });
  c.reply.Bulk(text);
}

}  // namespace

void LcsCommand(CommandContext& c) {
  const Entry* entries[2];  // reading one removes the other at most, but moves none
  for (size_t i = 0; i < 2; ++i) {
    entries[i] = c.DatabaseOf(c.keys[i]).Read(c.keys[i], c.now_ms);
  }
  IntegerText texts[2];
  std::string_view strings[2];
  for (size_t i = 0; i < 2; ++i) {
    if (entries[i] == nullptr) continue;
    if (entries[i]->type() != ValueType::kString) return c.reply.Error(errors::kLcsNotStrings);
    strings[i] = entries[i]->String(texts[i]);
  }
  const std::optional<LcsOptions> options = ReadOptions(c);
  if (!options || !CheckWork(c, strings[0], strings[1])) return;

  CommonSubsequence common(strings[0], strings[1]);
  const bool computed = options->length ? common.ComputeLength() : common.ComputeRuns();
  if (!computed) return c.reply.Error(errors::kLcsNoMemory);
  if (options->runs) return ReplyWithRuns(c, common, *options);
  if (options->length) return c.reply.Integer(static_cast<int64_t>(common.length()));
  ReplyWithText(c, common, strings[0]);
}

}  // namespace larder
