// LARDER.STATS and LARDER.HOTKEYS: how keys are used.
#pragma once

#include <memory>

#include "server/command.h"
#include "server/commands/info_writer.h"
#include "server/commands/key_figures.h"

namespace larder {

std::unique_ptr<SlicedTask> LarderHotkeysTask(CommandContext& c);
std::unique_ptr<SlicedTask> LarderStatsPrefixesTask(CommandContext& c);
std::unique_ptr<SlicedTask> LarderStatsResetTask(CommandContext& c);

// The same as fields of INFO.
void WritePrefixes(const PrefixFigures::Report& report, InfoWriter& info);
void WriteOtherPrefixes(const PrefixFigures::Report& report, InfoWriter& info);
void WriteHotKeys(const HotKeyFigures::Report& report, InfoWriter& info);

}  // namespace larder
