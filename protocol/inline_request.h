// Splits the line of an inline command into its arguments.
#pragma once

#include <string_view>

#include "protocol/argument_list.h"

namespace larder {

// Appends the arguments of `line` to `args`, following Redis's rules:
// - arguments are separated by blanks;
// - "…" may contain blanks and the escapes \n \r \t \b \a \xHH; before any other character the
//   backslash is dropped;
// - '…' may contain blanks, and its only escape is \';
// - a quote may begin within an argument, and behind the closing one there is a blank or the end.
// Arguments without quotes are views into `line`, the others are written to `room`. Returns false
// if the quotes are not balanced; `args` has some of the arguments then. Requires: `room` has
// line.size() bytes, or there is no quote in `line`.
[[nodiscard]] bool SplitInlineRequest(std::string_view line, char* room, ArgumentList& args);

}  // namespace larder
