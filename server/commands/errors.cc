// The words of errors that name what was wrong.
#include "server/commands/errors.h"

#include <algorithm>
#include <cctype>

namespace larder::errors {

namespace {

// As much of a client's words as an error repeats.
constexpr size_t kMostRepeated = 128;

std::string_view Shortened(std::string_view text, size_t most = kMostRepeated) {
  return text.substr(0, std::min(text.size(), most));
}

std::string Upper(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return upper;
}

}  // namespace

std::string UnknownCommand(std::span<const std::string_view> args) {
  std::string shown;
  for (std::string_view arg : args.subspan(1)) {
    if (shown.size() >= kMostRepeated) break;
    const std::string_view repeated = Shortened(arg, kMostRepeated - shown.size());
    shown.append("'").append(repeated).append("' ");
  }
  return "ERR unknown command '" + std::string(Shortened(args[0])) +
         "', with args beginning with: " + shown;
}

std::string UnknownSubcommand(std::string_view container, std::string_view subcommand) {
  return "ERR unknown subcommand '" + std::string(Shortened(subcommand)) + "'. Try " +
         Upper(container) + " HELP.";
}

std::string BadSubcommand(std::string_view container, std::string_view subcommand) {
  return "ERR unknown subcommand or wrong number of arguments for '" +
         std::string(Shortened(subcommand)) + "'. Try " + Upper(container) + " HELP.";
}

std::string PrefixOverlaps(std::string_view prefix, std::string_view which,
                           std::string_view other) {
  return "ERR Prefix '" + std::string(prefix) + "' overlaps with " + std::string(which) +
         " prefix '" + std::string(other) + "'. Prefixes for a single client must not overlap.";
}

}  // namespace larder::errors
