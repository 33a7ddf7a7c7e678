// Reads the command line and the configuration file that it names.
#include "server/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <system_error>
#include <utility>

#include "server/commands_documentation.h"
#include "server/config_file.h"
#include "server/info_documentation.h"

namespace larder {
namespace {

constexpr std::string_view kUsage = R"(Usage: larder-server [config-file] [--name value ...]

A cache server that speaks the Redis protocol.

  config-file        file with a setting on each line, as redis.conf has it; '-' reads standard input
  -h, --help         print this text
  -v, --version      print the version
  --dump-settings-docs
                     print docs/settings.md
  --dump-commands-docs
                     print docs/commands.md
  --dump-info-docs   print docs/info.md

Settings, which override those of the file:

)";

std::string HelpText() {
  std::string text(kUsage);
  for (const SettingRow& row : SettingTable()) {
    const std::string standard = SettingText(row, Settings{});
    text += "  --" + std::string(row.name) + (standard.empty() ? "" : " " + standard) + "\n      " +
            std::string(row.doc) + "\n      Allowed: " + AllowedValues(row) + ".\n";
  }
  return text + "\nThe values shown are the defaults.\n";
}

std::string VersionText() {
  return "Larder server v=" LARDER_VERSION "\n";
}

// The setting that "--name" means, or nullptr.
const SettingRow* SettingOfFlag(std::string_view argument) {
  return argument.starts_with("--") ? FindSetting(argument.substr(2)) : nullptr;
}

// Puts the words of a setting into one argument, so that each flag has exactly one value: a list
// ends at the next argument that starts with "--", and a single value may start with anything.
std::vector<std::string> JoinWords(const std::vector<std::string>& arguments) {
  std::vector<std::string> joined;
  for (auto argument = arguments.begin(); argument != arguments.end();) {
    const size_t equals = argument->find('=');
    if (equals != std::string::npos && SettingOfFlag(argument->substr(0, equals)) != nullptr) {
      joined.insert(joined.end(), {argument->substr(0, equals), argument->substr(equals + 1)});
      ++argument;
      continue;
    }
    const SettingRow* row = SettingOfFlag(*argument);
    joined.push_back(*argument++);
    if (row == nullptr) continue;
    const bool several = row->takes_several_words();
    if (argument == arguments.end() || (several && argument->starts_with("--"))) {
      throw StartUpError(std::string(row->name) +
                         ": a value is missing; allowed: " + AllowedValues(*row));
    }
    joined.push_back(*argument++);
    while (several && argument != arguments.end() && !argument->starts_with("--")) {
      joined.back() += ' ' + *argument++;
    }
  }
  return joined;
}

// What the flags say, before anything is made of it.
struct Flags {
  std::string config_file;
  std::vector<std::pair<const SettingRow*, std::string>> values;
};

Flags ReadFlags(const std::vector<std::string>& arguments) {
  Flags flags;
  bool dump_settings = false;
  bool dump_commands = false;
  bool dump_info = false;
  CLI::App app;
  app.allow_extras();
  app.set_help_flag("-h,--help");
  app.set_version_flag("-v,--version", "");
  app.add_flag("--dump-settings-docs", dump_settings);
  app.add_flag("--dump-commands-docs", dump_commands);
  app.add_flag("--dump-info-docs", dump_info);
  app.add_option("config-file", flags.config_file);
  for (const SettingRow& row : SettingTable()) {
    const auto take = [&flags, &row](const CLI::results_t& values) {
      for (const std::string& value : values)
        flags.values.emplace_back(&row, value);
      return true;
    };
    app.add_option("--" + std::string(row.name), take)
        ->ignore_case()
        ->type_size(1)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  std::vector<std::string> joined = JoinWords(arguments);
  std::reverse(joined.begin(), joined.end());  // CLI11 wants them so
  try {
    app.parse(std::move(joined));
  } catch (const CLI::CallForHelp&) {
    throw TextRequested(HelpText());
  } catch (const CLI::CallForVersion&) {
    throw TextRequested(VersionText());
  } catch (const CLI::ParseError& error) {
    throw StartUpError(error.what());
  }
  if (dump_settings) throw TextRequested(SettingsDocumentation());
  if (dump_commands) throw TextRequested(CommandsDocumentation());
  if (dump_info) throw TextRequested(InfoDocumentation());
  if (!app.remaining().empty()) {
    throw StartUpError("unknown argument '" + app.remaining().front() +
                       "'; larder-server --help lists those there are");
  }
  return flags;
}

void ReadFile(const std::string& path, StartUpOptions& options) {
  std::optional<std::string> mistake;
  if (path == "-") {
    const std::string text(std::istreambuf_iterator<char>(std::cin), {});
    mistake = ReadConfigText(text, "standard input", ".", options.settings);
  } else {
    options.config_file = std::filesystem::absolute(path);
    mistake = ReadConfigFile(path, options.settings);
  }
  if (mistake) throw StartUpError(*mistake);
}

// The server works in `dir` later, thus it is resolved while the current directory is still the one
// that it was written for.
void ResolveDirectory(Settings& settings) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::canonical(settings.dir, error);
  if (error || !std::filesystem::is_directory(absolute, error)) {
    throw StartUpError("dir: '" + settings.dir +
                       "' is not allowed; allowed: a directory that exists");
  }
  settings.dir = absolute;
}

void EnterDirectory(const Settings& settings) {
  std::error_code error;
  std::filesystem::current_path(settings.dir, error);
  if (error) {
    throw StartUpError("dir: '" + settings.dir +
                       "' is not allowed; allowed: a directory that may be entered");
  }
}

}  // namespace

StartUpOptions ReadCommandLine(const std::vector<std::string>& arguments) {
  const Flags flags = ReadFlags(arguments);
  StartUpOptions options;
  if (!flags.config_file.empty()) ReadFile(flags.config_file, options);
  for (const auto& [row, value] : flags.values) {
    const std::string_view words[] = {value};
    if (ParseSetting(*row, words, options.settings)) throw StartUpError(NotAllowed(*row, value));
  }
  ResolveDirectory(options.settings);
  return options;
}

StartUpOptions ParseCommandLine(int argc, char** argv) {
  try {
    StartUpOptions options = ReadCommandLine({argv + std::min(argc, 1), argv + argc});
    EnterDirectory(options.settings);
    return options;
  } catch (const TextRequested& text) {
    std::fputs(text.what(), stdout);
    std::exit(EXIT_SUCCESS);
  } catch (const StartUpError& error) {
    std::fprintf(stderr, "larder-server: %s\n", error.what());
    std::exit(EXIT_FAILURE);
  }
}

}  // namespace larder
