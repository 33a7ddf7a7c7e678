// The configuration file: reads lines in the syntax of redis.conf, and brings a file up to date.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/settings.h"

namespace larder {

// Splits a line into words as inline commands do: words in quotes may hold spaces; "\n", "\r",
// "\t",
// "\b", "\a", "\x41" and "\<any>" stand for a character within double quotes, "\'" within single
// ones. Nothing if the quotes do not match.
std::optional<std::vector<std::string>> SplitConfigLine(std::string_view line);

// The word as SplitConfigLine() reads it back: as it is if that is enough, else in double quotes.
std::string QuoteConfigWord(std::string_view word);

// Applies a file to `settings`, or returns one line that names file and line, the setting, its
// value and what is allowed. `settings` is then changed in part and must be thrown away.
[[nodiscard]] std::optional<std::string> ReadConfigFile(const std::string& path,
                                                        Settings& settings);
// The same for text that is already read; `name` is what errors call it, and files that it
// includes are looked for from `directory`.
[[nodiscard]] std::optional<std::string> ReadConfigText(std::string_view text,
                                                        const std::string& name,
                                                        const std::string& directory,
                                                        Settings& settings);

// The text that yields `settings`: `text` with the lines changed whose settings have other values
// now, and with lines at its end for settings that it lacked. Everything else stays as it is.
// Requires: `text` was read without an error, or is empty; `directory` as for ReadConfigText().
std::string RewriteConfigText(std::string_view text, const std::string& directory,
                              const Settings& settings);

}  // namespace larder
