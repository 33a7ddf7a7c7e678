// Brings the text of a configuration file up to date, touching only the lines that must change.
#include <algorithm>

#include "server/config_file.h"

namespace larder {
namespace {

constexpr std::string_view kSignature = "# Written by CONFIG REWRITE";

// A line of the file, and the setting on it, if there is one.
struct Line {
  std::string text;  // without its line feed
  const SettingRow* row = nullptr;
};

std::vector<Line> SplitLines(std::string_view text) {
  std::vector<Line> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    Line line{std::string(text.substr(0, end))};
    const std::optional<std::vector<std::string>> words = SplitConfigLine(line.text);
    if (words && !words->empty()) line.row = FindSetting(words->front());
    lines.push_back(std::move(line));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string JoinLines(const std::vector<Line>& lines) {
  std::string text;
  for (const Line& line : lines)
    text += line.text + '\n';
  return text;
}

std::string LineFor(const SettingRow& row, const Settings& settings) {
  const std::string value = SettingText(row, settings);
  return std::string(row.name) + ' ' +
         (row.takes_several_words() && !value.empty() ? value : QuoteConfigWord(value));
}

// The settings whose values differ from what the lines, and what they include, say.
std::vector<const SettingRow*> Outdated(const std::vector<Line>& lines,
                                        const std::string& directory, const Settings& settings) {
  Settings written;
  written.usable_memory = settings.usable_memory;  // so that percentages are told alike
  // Cannot fail: the original text was read before, and the lines that were put in are valid.
  (void)ReadConfigText(JoinLines(lines), "", directory, written);
  std::vector<const SettingRow*> outdated;
  for (const SettingRow& row : SettingTable()) {
    if (SettingText(row, written) != SettingText(row, settings)) outdated.push_back(&row);
  }
  return outdated;
}

// The last line of the setting gets the new value and earlier ones go, as they had no effect, or
// had it together with the last.
void ReplaceLinesOf(const SettingRow& row, const Settings& settings, std::vector<Line>& lines) {
  const auto of_row = [&row](const Line& line) { return line.row == &row; };
  const auto last = std::find_if(lines.rbegin(), lines.rend(), of_row);
  if (last == lines.rend()) return;
  last->text = LineFor(row, settings);
  lines.erase(std::remove_if(lines.begin(), last.base() - 1, of_row), last.base() - 1);
}

}  // namespace

std::string RewriteConfigText(std::string_view text, const std::string& directory,
                              const Settings& settings) {
  std::vector<Line> lines = SplitLines(text);
  for (const SettingRow* row : Outdated(lines, directory, settings)) {
    ReplaceLinesOf(*row, settings, lines);
  }
  // What has no line yet, or one that a later include overrides, is put at the end.
  const std::vector<const SettingRow*> missing = Outdated(lines, directory, settings);
  const bool signed_before =
      std::ranges::any_of(lines, [](const Line& line) { return line.text == kSignature; });
  if (!missing.empty() && !signed_before) lines.push_back({std::string(kSignature)});
  for (const SettingRow* row : missing)
    lines.push_back({LineFor(*row, settings), row});
  return JoinLines(lines);
}

}  // namespace larder
