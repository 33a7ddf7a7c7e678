// Reads a file, or replaces it, as a whole.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace larder {

// The content of the file, or nothing with errno set.
std::optional<std::string> ReadWholeFile(const std::string& path);

// Puts `text` in the place of the file at once: a reader, or a crash, finds the old or the new
// content whole. The permissions of an existing file stay; a new one is its owner's alone. False
// with errno set if it fails.
[[nodiscard]] bool ReplaceFile(const std::string& path, std::string_view text);

}  // namespace larder
