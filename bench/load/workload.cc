// Parsing of the parts of a workload.
#include "bench/load/workload.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace larder::bench {
namespace {

constexpr std::array<std::string_view, kCommandKinds> kNames = {
    "get", "set", "mget", "mset", "incr", "del", "exists", "ping", "command"};

bool ParseWhole(std::string_view text, uint32_t& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

bool ParsePart(std::string_view text, MixPart& out) {
  size_t equals = text.find('=');
  out.weight = 1;
  if (equals != std::string_view::npos && !ParseWhole(text.substr(equals + 1), out.weight)) {
    return false;
  }
  auto name = std::find(kNames.begin(), kNames.end(), text.substr(0, equals));
  out.kind = static_cast<CommandKind>(name - kNames.begin());
  return name != kNames.end() && out.weight > 0 && out.weight <= 1'000'000;
}

}  // namespace

std::string_view NameOf(CommandKind kind) {
  return kNames[static_cast<size_t>(kind)];
}

bool ParseMix(std::string_view text, std::vector<MixPart>& out, std::string& error) {
  std::vector<MixPart> mix;
  for (size_t from = 0; from <= text.size();) {
    size_t comma = std::min(text.find(',', from), text.size());
    MixPart part{};
    if (!ParsePart(text.substr(from, comma - from), part)) {
      error = "'" + std::string(text.substr(from, comma - from)) +
              "' is not part of a mix: write get=10,set=1 with the commands";
      for (std::string_view name : kNames)
        error += ' ' + std::string(name);
      return false;
    }
    mix.push_back(part);
    from = comma + 1;
  }
  out = std::move(mix);
  return true;
}

bool ParseExpire(std::string_view text, ExpireRange& out, std::string& error) {
  ExpireRange range;
  size_t dash = text.find('-');
  bool good = ParseWhole(text.substr(0, dash), range.from);
  range.to = range.from;
  if (dash != std::string_view::npos) good = good && ParseWhole(text.substr(dash + 1), range.to);
  if (!good || range.from == 0 || range.to < range.from) {
    error = "'" + std::string(text) + "' is not a time to live: write 60 or 60-600 (seconds)";
    return false;
  }
  out = range;
  return true;
}

bool ParseCommand(std::string_view text, CommandTemplate& out, std::string& error) {
  CommandTemplate arguments;
  bool quoted = false;
  bool in_argument = false;
  for (char c : text) {
    if (c == '"') {
      quoted = !quoted;
      if (!in_argument) arguments.emplace_back();
      in_argument = true;
    } else if (c == ' ' && !quoted) {
      in_argument = false;
    } else {
      if (!in_argument) arguments.emplace_back();
      in_argument = true;
      arguments.back() += c;
    }
  }
  if (quoted || arguments.empty()) {
    error = "'" + std::string(text) +
            "' is not a command: " + (quoted ? "a double quote is not closed" : "it is empty");
    return false;
  }
  out = std::move(arguments);
  return true;
}

}  // namespace larder::bench
