// Which sections of INFO are asked for, and their text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "server/command.h"
#include "server/commands/info_figures.h"
#include "server/commands/key_figures.h"

namespace larder {

// What is collected from shard to shard.
struct InfoFigures {
  explicit InfoFigures(size_t databases) : keyspace(databases) {}

  KeyspaceFigures keyspace;
  PrefixFigures prefixes;
  HotKeyFigures hot_keys;
};

// A set of sections: bit i is the one that is printed i-th.
using InfoSelection = uint32_t;

// The sections that INFO's arguments name, in any case; words that name none select none.
InfoSelection SelectSections(std::span<const std::string_view> words);
// What has to be collected for them.
bool NeedsKeyspace(InfoSelection selection);
bool NeedsKeyStatistics(InfoSelection selection);
inline bool NeedsShards(InfoSelection selection) {
  return NeedsKeyspace(selection) || NeedsKeyStatistics(selection);
}

// The text of the selected sections. What they do not need may be missing from `figures`, which are
// used up.
std::string InfoText(InfoSelection selection, CommandContext& c, InfoFigures& figures);

}  // namespace larder
