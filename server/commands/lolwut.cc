// Draws a larder whose shelves are filled differently each time.
#include "server/commands/lolwut.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/number.h"
#include "server/commands/errors.h"
#include "server/commands/option_word.h"
#include "server/version.h"

namespace larder {
namespace {

constexpr size_t kShelves = 3;
constexpr size_t kThingsOnShelf = 7;

// A thing on a shelf: three lines of six characters.
using Thing = std::array<std::string_view, 3>;
constexpr Thing kThings[] = {
    {" .__. ", " |~~| ", " |__| "},   // a jar
    {"  __  ", " (  ) ", " (__) "},   // a cheese
    {"  ||  ", " /  \\ ", " |__| "},  // a bottle
    {"      ", "  ,.  ", " (__) "},   // an apple
    {"      ", " .--. ", "(____)"},   // a loaf
    {" ____ ", "|####|", "|____|"},   // a box
    {"      ", "      ", "      "},   // a place that is free
};

// The next of a sequence of numbers that look random.
uint64_t NextRandom(uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  uint64_t mixed = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

std::string Picture(uint64_t seed) {
  constexpr size_t kWidth = kThingsOnShelf * 7 + 1;
  const std::string board = "  |" + std::string(kWidth, '=') + "|\n";
  std::string text = "  ." + std::string(kWidth, '-') + ".\n";
  for (size_t shelf = 0; shelf < kShelves; ++shelf) {
    std::array<std::string, 3> lines;
    for (size_t place = 0; place < kThingsOnShelf; ++place) {
      const Thing& thing = kThings[NextRandom(seed) % std::size(kThings)];
      for (size_t line = 0; line < lines.size(); ++line) {
        lines[line] += ' ';
        lines[line] += thing[line];
      }
    }
    for (const std::string& line : lines)
      text += "  |" + line + " |\n";
    text += board;
  }
  return text;
}

}  // namespace

// LOLWUT [VERSION version]: the same version is the same picture.
void LolwutCommand(CommandContext& c) {
  int64_t seed = c.now_ms;
  if (c.args.size() > 1 && IsWord(c.args[1], "version")) {
    if (c.args.size() != 3) return c.reply.Error(errors::kSyntax);
    if (!ParseInteger(c.args[2], &seed)) return c.reply.Error(errors::kNotAnInteger);
  } else if (c.args.size() > 1) {
    return c.reply.Error(errors::kSyntax);
  }
  c.reply.Verbatim("txt", Picture(static_cast<uint64_t>(seed)) + "\nLarder ver. " +
                              std::string(kLarderVersion) + ", as Redis ver. " +
                              std::string(kRedisVersion) + "\n");
}

}  // namespace larder
