// One line of a configuration file: split into words, and words quoted for it.
#include <charconv>

#include "server/config_file.h"

namespace larder {
namespace {

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Reads words off the front of a line.
//
// Thread safety: none.
class WordReader {
 public:
  explicit WordReader(std::string_view line) : rest_(line) {}

  // Moves to the next word; false at the end of the line.
  bool SkipToWord() {
    while (!rest_.empty() && IsBlank(rest_[0]))
      rest_.remove_prefix(1);
    return !rest_.empty();
  }

  // Appends the next word; false if its quotes do not match. Quotes may begin within a word, and
  // end it.
  bool ReadWord(std::string& word) {
    for (; !rest_.empty() && !IsBlank(rest_[0]); rest_.remove_prefix(1)) {
      const char c = rest_[0];
      if (c == '"' || c == '\'') {
        rest_.remove_prefix(1);
        return ReadQuoted(c, word) && (rest_.empty() || IsBlank(rest_[0]));
      }
      word += c;
    }
    return true;
  }

 private:
  bool ReadQuoted(char quote, std::string& word) {
    while (!rest_.empty() && rest_[0] != quote) {
      if (rest_[0] != '\\' || rest_.size() < 2) {
        word += rest_[0];
        rest_.remove_prefix(1);
      } else if (quote == '"') {
        ReadEscape(word);
      } else {
        ReadBackslashInSingleQuotes(word);
      }
    }
    if (rest_.empty()) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void ReadBackslashInSingleQuotes(std::string& word) {
    const bool escaped = rest_[1] == '\'';
    word += escaped ? '\'' : '\\';
    rest_.remove_prefix(escaped ? 2 : 1);
  }

  // Requires: rest_ starts with a backslash and has another character.
  void ReadEscape(std::string& word) {
    uint8_t code = 0;
    if (rest_[1] == 'x' && rest_.size() >= 4 &&
        std::from_chars(rest_.data() + 2, rest_.data() + 4, code, 16).ptr == rest_.data() + 4) {
      word += static_cast<char>(code);
      rest_.remove_prefix(4);
      return;
    }
    constexpr std::string_view kLetters = "nrtba";
    constexpr std::string_view kMeanings = "\n\r\t\b\a";
    const size_t letter = kLetters.find(rest_[1]);
    word += letter == std::string_view::npos ? rest_[1] : kMeanings[letter];
    rest_.remove_prefix(2);
  }

  std::string_view rest_;
};

}  // namespace

std::optional<std::vector<std::string>> SplitConfigLine(std::string_view line) {
  std::vector<std::string> words;
  WordReader reader(line);
  while (reader.SkipToWord()) {
    if (!reader.ReadWord(words.emplace_back())) return std::nullopt;
  }
  return words;
}

std::string QuoteConfigWord(std::string_view word) {
  const auto plain = [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != 0x7f && c != '"' && c != '\'' && c != '\\';
  };
  bool all_plain = !word.empty() && word[0] != '#';
  for (char c : word)
    all_plain = all_plain && plain(c);
  if (all_plain) return std::string(word);
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string quoted = "\"";
  for (char c : word) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (code < ' ' || code == 0x7f) {
      quoted += {'\\', 'x', kHex[code >> 4], kHex[code & 15]};
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace larder
