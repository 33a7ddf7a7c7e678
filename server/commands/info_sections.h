// Which sections of INFO are asked for, and their text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "server/command.h"
#include "server/commands/info_figures.h"

namespace larder {

// A set of sections: bit i is the one that is printed i-th.
using InfoSelection = uint32_t;

// The sections that INFO's arguments name, in any case; words that name none select none.
InfoSelection SelectSections(std::span<const std::string_view> words);
bool NeedsKeyspace(InfoSelection selection);

// The text of the selected sections. `figures` may be empty unless NeedsKeyspace().
std::string InfoText(InfoSelection selection, CommandContext& c, const KeyspaceFigures& figures);

}  // namespace larder
