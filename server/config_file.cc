// Reads configuration files line by line, with the files that they include.
#include "server/config_file.h"

#include <glob.h>

#include <strings.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "server/whole_file.h"

namespace larder {
namespace {

using Mistake = std::optional<std::string>;

constexpr int kDeepestInclude = 16;
constexpr std::string_view kBlanks = " \t\r\n";

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, std::max<size_t>(slash, 1));
}

// Reads one file and those that it includes.
class Reader {
 public:
  Reader(Settings& settings, int depth) : settings_(settings), depth_(depth) {}

  Mistake ReadText(std::string_view text, const std::string& name, const std::string& directory) {
    size_t number = 1;
    for (; !text.empty(); number++) {
      const size_t end = std::min(text.find('\n'), text.size());
      Mistake mistake = ReadLine(Trim(text.substr(0, end)), directory);
      if (mistake) return in_included_ ? mistake : At(name, number, *mistake);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return std::nullopt;
  }

 private:
  static std::string At(const std::string& name, size_t number, const std::string& mistake) {
    return name + ":" + std::to_string(number) + ": " + mistake;
  }

  Mistake ReadLine(std::string_view line, const std::string& directory) {
    if (line.empty() || line[0] == '#') return std::nullopt;
    const std::optional<std::vector<std::string>> words = SplitConfigLine(line);
    if (!words) return "the quotes do not match: " + std::string(line);
    if (strcasecmp((*words)[0].c_str(), "include") == 0) return Include(*words, directory);
    const SettingRow* row = FindSetting((*words)[0]);
    if (row == nullptr) {
      return "unknown setting '" + (*words)[0] + "'; larder-server --help lists those there are";
    }
    const std::vector<std::string_view> values(words->begin() + 1, words->end());
    const std::vector<SavePoint> before = settings_.save;
    if (!ParseSetting(*row, values, settings_)) {
      // Lines with save points add up; one without any forgets those before it.
      if (row->kind == SettingKind::kSavePoints && !settings_.save.empty()) {
        settings_.save.insert(settings_.save.begin(), before.begin(), before.end());
      }
      return std::nullopt;
    }
    return NotAllowed(*row, Trim(line.substr((*words)[0].size())));
  }

  // A path without a pattern must exist; a pattern may match nothing.
  Mistake Include(const std::vector<std::string>& words, const std::string& directory) {
    if (words.size() != 2) return "include: takes one path";
    if (depth_ == kDeepestInclude) {
      return "include: '" + words[1] + "' is not allowed; files may include one another " +
             std::to_string(kDeepestInclude) + " deep";
    }
    const bool absolute = words[1].starts_with('/');
    const std::string path = absolute ? words[1] : directory + "/" + words[1];
    if (path.find_first_of("*?[") == std::string::npos) return ReadIncluded(path);
    glob_t found = {};
    Mistake mistake;
    if (glob(path.c_str(), 0, nullptr, &found) == 0) {
      for (size_t i = 0; i < found.gl_pathc && !mistake; i++) {
        mistake = ReadIncluded(found.gl_pathv[i]);
      }
    }
    globfree(&found);
    return mistake;
  }

  Mistake ReadIncluded(const std::string& path) {
    const std::optional<std::string> text = ReadWholeFile(path);
    if (!text) return "include: '" + path + "' cannot be read: " + std::strerror(errno);
    Mistake mistake = Reader(settings_, depth_ + 1).ReadText(*text, path, DirectoryOf(path));
    in_included_ = mistake.has_value();
    return mistake;
  }

  Settings& settings_;
  const int depth_;
  // Whether the mistake found names the included file already.
  bool in_included_ = false;
};

}  // namespace

std::optional<std::string> ReadConfigFile(const std::string& path, Settings& settings) {
  const std::optional<std::string> text = ReadWholeFile(path);
  if (!text) return path + ": cannot be read: " + std::strerror(errno);
  return Reader(settings, 0).ReadText(*text, path, DirectoryOf(path));
}

std::optional<std::string> ReadConfigText(std::string_view text, const std::string& name,
                                          const std::string& directory, Settings& settings) {
  return Reader(settings, 0).ReadText(text, name, directory);
}

}  // namespace larder
