// Reads and prints the values of settings, each kind in its own way.
#include <arpa/inet.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <limits>

#include "protocol/number.h"
#include "server/settings.h"

namespace larder {
namespace {

using Words = std::span<const std::string_view>;
using Problem = std::optional<std::string>;

constexpr std::string_view kClassWords[kClientClasses] = {"normal", "slave", "pubsub"};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string Join(std::span<const std::string_view> words, std::string_view separator) {
  std::string text;
  for (std::string_view word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

std::string Octal(int64_t value) {
  char digits[24];
  return std::string(digits, std::to_chars(digits, std::end(digits), value, 8).ptr);
}

// A number of bytes with a unit as Redis has them: 1k is 1000 bytes, 1kb is 1024.
std::optional<uint64_t> ParseMemory(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  const std::string unit = Lower(text.substr(static_cast<size_t>(end - text.data())));
  uint64_t factor = 1;
  if (!unit.empty() && unit != "b") {
    const size_t power = std::string_view("kmg").find(unit[0]) + 1;
    const bool binary = unit.size() == 2 && unit[1] == 'b';
    if (power == 0 || (unit.size() != 1 && !binary)) return std::nullopt;
    for (size_t i = 0; i < power; i++)
      factor *= binary ? 1024 : 1000;
  }
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(number, factor, &bytes)) return std::nullopt;
  return bytes;
}

Problem OutOfRange(const std::string& min, const std::string& max) {
  return "argument must be between " + min + " and " + max + " inclusive";
}

Problem ParseBoolean(std::string_view word, bool& value) {
  const std::string lower = Lower(word);
  if (lower != "yes" && lower != "no") return "argument must be 'yes' or 'no'";
  value = lower == "yes";
  return std::nullopt;
}

Problem ParseOctal(const SettingRow& row, std::string_view word, int64_t& value) {
  int64_t parsed = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), parsed, 8);
  if (error != std::errc() || end != word.data() + word.size()) {
    return "argument couldn't be parsed as an octal number";
  }
  if (parsed < row.min || parsed > row.max) return OutOfRange(Octal(row.min), Octal(row.max));
  value = parsed;
  return std::nullopt;
}

// Bytes, or a percentage, which is kept as a negative number.
Problem ParseBytesOrPercent(const SettingRow& row, std::string_view word, int64_t& value) {
  constexpr std::string_view kWrong = "argument must be a memory or percent value";
  if (word.ends_with('%')) {
    int64_t percent = 0;
    if (!ParseInteger(word.substr(0, word.size() - 1), &percent) || percent < 0) {
      return std::string(kWrong);
    }
    if (percent > -row.min) {
      return "percentage argument must be less or equal to " + std::to_string(-row.min);
    }
    value = -percent;
    return std::nullopt;
  }
  const std::optional<uint64_t> bytes = ParseMemory(word);
  if (!bytes) return std::string(kWrong);
  if (*bytes > static_cast<uint64_t>(row.max)) return OutOfRange("0", std::to_string(row.max));
  value = static_cast<int64_t>(*bytes);
  return std::nullopt;
}

bool IsBytesOrPercent(SettingKind kind) {
  return kind == SettingKind::kMemoryShare || kind == SettingKind::kMemoryOrPercent;
}

Problem ParseNumber(const SettingRow& row, std::string_view word, int64_t& value) {
  if (IsBytesOrPercent(row.kind)) return ParseBytesOrPercent(row, word, value);
  if (row.kind == SettingKind::kOctal) return ParseOctal(row, word, value);
  int64_t parsed = 0;
  if (!ParseInteger(word, &parsed)) return "argument couldn't be parsed into an integer";
  if (parsed < row.min || parsed > row.max) {
    return OutOfRange(std::to_string(row.min), std::to_string(row.max));
  }
  if (row.kind == SettingKind::kPowerOfTwo && parsed != 0 &&
      !std::has_single_bit(static_cast<uint64_t>(parsed))) {
    return "argument must be 0 or a power of two";
  }
  value = parsed;
  return std::nullopt;
}

Problem ParseBytes(const SettingRow& row, std::string_view word, uint64_t& value) {
  const std::optional<uint64_t> parsed = ParseMemory(word);
  if (!parsed) return "argument must be a memory value";
  if (*parsed < static_cast<uint64_t>(row.min) || *parsed > static_cast<uint64_t>(row.max)) {
    return OutOfRange(std::to_string(row.min), std::to_string(row.max));
  }
  value = *parsed;
  return std::nullopt;
}

Problem ParseWord(const WordMember& member, std::string_view word, Settings& settings) {
  const auto found = std::ranges::find(member.words, Lower(word));
  if (found == member.words.end()) {
    return "argument(s) must be one of the following: " + Join(member.words, ", ");
  }
  member.set(settings, static_cast<size_t>(found - member.words.begin()));
  return std::nullopt;
}

bool IsAddress(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text == "*" || text == "::*") return true;
  const std::string literal(text.substr(0, text.find('%')));  // fe80::1%eth0 names an interface
  in6_addr address;
  if (inet_pton(AF_INET6, literal.c_str(), &address) == 1) return true;
  return literal.size() == text.size() && inet_pton(AF_INET, literal.c_str(), &address) == 1;
}

Problem ParseAddresses(const SettingRow& row, Words words, std::vector<std::string>& value) {
  if (words.size() > static_cast<size_t>(row.max)) return "Too many bind addresses specified.";
  for (std::string_view word : words) {
    if (!IsAddress(word)) return "'" + std::string(word) + "' is not an IP address";
  }
  value.assign(words.begin(), words.end());
  return std::nullopt;
}

std::optional<size_t> ParseClass(std::string_view word) {
  const std::string lower = Lower(word);
  const auto* found = std::ranges::find(kClassWords, lower == "replica" ? "slave" : lower);
  if (found == std::end(kClassWords)) return std::nullopt;
  return static_cast<size_t>(found - kClassWords);
}

bool IsFileName(std::string_view word) {
  return !word.empty() && word != "." && word != ".." && word.find('/') == std::string_view::npos;
}

Problem ParseLimits(Words words, OutputBufferLimits& value) {
  if (words.size() % 4 != 0) return "Wrong number of arguments in buffer limit configuration.";
  OutputBufferLimits limits = value;
  for (; !words.empty(); words = words.subspan(4)) {
    const std::optional<size_t> of = ParseClass(words[0]);
    if (!of) return "Invalid client class specified in buffer limit configuration.";
    const std::optional<uint64_t> hard = ParseMemory(words[1]);
    const std::optional<uint64_t> soft = ParseMemory(words[2]);
    int64_t seconds = -1;
    if (!hard || !soft || !ParseInteger(words[3], &seconds) || seconds < 0 ||
        seconds > std::numeric_limits<int32_t>::max()) {
      return "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
    }
    limits[*of] = {*hard, *soft, static_cast<uint32_t>(seconds)};
  }
  value = limits;
  return std::nullopt;
}

Problem ParsePercentiles(const SettingRow& row, Words words, std::vector<double>& value) {
  std::vector<double> percentiles;
  for (const std::string_view word : words) {
    long double number = 0;
    if (!ParseLongDouble(word, &number)) return "Invalid " + std::string(row.name) + " parameters";
    if (number < 0 || number > 100) {
      return std::string(row.name) + " parameters should sit between [0.0,100.0]";
    }
    percentiles.push_back(static_cast<double>(number));
  }
  value = std::move(percentiles);
  return std::nullopt;
}

Problem ParseSavePoints(Words words, std::vector<SavePoint>& value) {
  constexpr std::string_view kWrong = "Invalid save parameters";
  if (words.size() % 2 != 0) return std::string(kWrong);
  std::vector<SavePoint> points;
  for (; !words.empty(); words = words.subspan(2)) {
    SavePoint point;
    int64_t changes = 0;
    if (!ParseInteger(words[0], &point.seconds) || !ParseInteger(words[1], &changes) ||
        point.seconds < 1 || changes < 0) {
      return std::string(kWrong);
    }
    point.changes = static_cast<uint64_t>(changes);
    points.push_back(point);
  }
  value = std::move(points);
  return std::nullopt;
}

// The words of a list may also come as one text, as CONFIG SET and a shell's quotes give it.
std::vector<std::string_view> SplitAtSpaces(Words words) {
  if (words.size() != 1) return {words.begin(), words.end()};
  std::vector<std::string_view> split;
  std::string_view rest = words[0];
  while (!rest.empty()) {
    const size_t end = std::min(rest.find_first_of(" \t"), rest.size());
    if (end > 0) split.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return split;
}

// Calls the overload for the type of the row's member.
template <typename... Overloads>
struct Overloaded : Overloads... {
  using Overloads::operator()...;
};
template <typename... Overloads>
Overloaded(Overloads...) -> Overloaded<Overloads...>;

std::string LimitsText(const OutputBufferLimits& limits) {
  std::string text;
  for (size_t i = 0; i < kClientClasses; i++) {
    if (i > 0) text += ' ';
    text += std::string(kClassWords[i]) + ' ' + std::to_string(limits[i].hard_bytes) + ' ' +
            std::to_string(limits[i].soft_bytes) + ' ' + std::to_string(limits[i].soft_seconds);
  }
  return text;
}

std::string NumberText(double number) {
  char text[kMaxDoubleChars];
  return std::string(text, FormatDouble(number, text));
}

std::string NumberText(const SettingRow& row, const Settings& settings, int64_t value) {
  if (row.kind == SettingKind::kOctal) return Octal(value);
  if (!IsBytesOrPercent(row.kind) || value >= 0) return std::to_string(value);
  if (row.kind == SettingKind::kMemoryShare && settings.usable_memory != 0) {
    return std::to_string(settings.usable_memory / 100 * static_cast<uint64_t>(-value));
  }
  return std::to_string(-value) + '%';
}

}  // namespace

std::optional<std::string> ParseSetting(const SettingRow& row, Words words, Settings& settings) {
  std::vector<std::string_view> list;
  if (row.takes_several_words()) {
    list = SplitAtSpaces(words);
  } else if (words.size() != 1) {
    return "wrong number of arguments";
  }
  return std::visit(
      Overloaded{
          [&](bool Settings::*member) { return ParseBoolean(words[0], settings.*member); },
          [&](int64_t Settings::*member) { return ParseNumber(row, words[0], settings.*member); },
          [&](uint64_t Settings::*member) { return ParseBytes(row, words[0], settings.*member); },
          [&](const WordMember& member) { return ParseWord(member, words[0], settings); },
          [&](std::string Settings::*member) -> Problem {
            if (row.kind == SettingKind::kFileName && !IsFileName(words[0])) {
              return std::string(row.name) + " can't be a path, just a filename";
            }
            settings.*member = words[0];
            return std::nullopt;
          },
          [&](std::vector<std::string> Settings::*member) {
            return ParseAddresses(row, list, settings.*member);
          },
          [&](OutputBufferLimits Settings::*member) { return ParseLimits(list, settings.*member); },
          [&](std::vector<double> Settings::*member) {
            return ParsePercentiles(row, list, settings.*member);
          },
          [&](std::vector<SavePoint> Settings::*member) {
            return ParseSavePoints(list, settings.*member);
          },
      },
      row.member);
}

std::string SettingText(const SettingRow& row, const Settings& settings) {
  return std::visit(
      Overloaded{
          [&](bool Settings::*member) -> std::string { return settings.*member ? "yes" : "no"; },
          [&](int64_t Settings::*member) { return NumberText(row, settings, settings.*member); },
          [&](uint64_t Settings::*member) { return std::to_string(settings.*member); },
          [&](const WordMember& member) { return std::string(member.words[member.get(settings)]); },
          [&](std::string Settings::*member) { return settings.*member; },
          [&](std::vector<std::string> Settings::*member) {
            const std::vector<std::string>& words = settings.*member;
            return Join(std::vector<std::string_view>(words.begin(), words.end()), " ");
          },
          [&](OutputBufferLimits Settings::*member) { return LimitsText(settings.*member); },
          [&](std::vector<double> Settings::*member) {
            std::string text;
            for (const double number : settings.*member)
              text += (text.empty() ? "" : " ") + NumberText(number);
            return text;
          },
          [&](std::vector<SavePoint> Settings::*member) {
            std::string text;
            for (const SavePoint& point : settings.*member) {
              text += (text.empty() ? "" : " ") + std::to_string(point.seconds) + ' ' +
                      std::to_string(point.changes);
            }
            return text;
          },
      },
      row.member);
}

std::string NotAllowed(const SettingRow& row, std::string_view value) {
  return std::string(row.name) + ": '" + std::string(value) +
         "' is not allowed; allowed: " + AllowedValues(row);
}

std::string AllowedValues(const SettingRow& row) {
  const std::string max = std::to_string(row.max);
  switch (row.kind) {
    case SettingKind::kBoolean:
      return "yes or no";
    case SettingKind::kInteger:
      return "an integer from " + std::to_string(row.min) + " to " + max;
    case SettingKind::kPowerOfTwo:
      return "0 or a power of two up to " + max;
    case SettingKind::kOctal:
      return "an octal number from " + Octal(row.min) + " to " + Octal(row.max);
    case SettingKind::kMemory:
      return "bytes, or a number with k, kb, m, mb, g or gb; at least " + std::to_string(row.min);
    case SettingKind::kMemoryShare:
    case SettingKind::kMemoryOrPercent:
      return "bytes, or a number with k, kb, m, mb, g, gb or %";
    case SettingKind::kWord:
      return "one of " + Join(std::get<WordMember>(row.member).words, ", ");
    case SettingKind::kString:
      return "text";
    case SettingKind::kFileName:
      return "the name of a file, without a directory";
    case SettingKind::kAddresses:
      return "up to " + max + " IP addresses, '*' or '::*', each perhaps with '-' in front";
    case SettingKind::kOutputBufferLimits:
      return "normal, replica or pubsub, then hard bytes, soft bytes and soft seconds; repeatable";
    case SettingKind::kPercentiles:
      return "numbers from 0 to 100";
    case SettingKind::kSavePoints:
      return "pairs of seconds, at least 1, and changes; empty: never";
  }
  return {};
}

}  // namespace larder
