// The one table of INFO's sections and fields, from which INFO and docs/info.md are made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "server/command.h"
#include "server/commands/info_figures.h"
#include "server/commands/info_writer.h"
#include "server/commands/key_figures.h"
#include "server/commands/memory_figures.h"
#include "server/rate_sampler.h"
#include "server/server_state.h"
#include "server/settings.h"

namespace larder {

// What the fields are written from: figures that were collected once for all of them.
struct InfoSource {
  const CommandContext& c;
  const ServerState& server;
  const Settings& settings;
  const KeyspaceFigures& keyspace;  // empty if no selected section needs it
  const ClientFigures& clients;
  const StatisticsTotals& statistics;
  const MemoryFigures& memory;  // of no meaning where `keyspace` is empty
  const RateSampler::Rates& rates;
  // Empty if no selected section needs them.
  const PrefixFigures::Report& prefixes;
  const HotKeyFigures::Report& hot_keys;
  const SaveFigures& save;
};

// One row: a line of INFO; or, where the name has a part in <>, any number of similar lines.
struct InfoField {
  std::string_view name;
  std::string_view unit;  // empty: a text, or a number without one
  std::string_view meaning;
  void (*write)(const InfoSource& source, InfoWriter& info);
};

struct InfoSection {
  std::string_view word;   // as INFO's argument
  std::string_view title;  // as the heading
  bool by_default;         // part of INFO without arguments
  bool needs_keyspace;
  std::string_view remark;  // for docs/info.md, perhaps empty
  std::span<const InfoField> fields;
  bool needs_key_statistics = false;
};

// All sections, in the order in which they are printed.
std::span<const InfoSection> InfoTable();

}  // namespace larder
