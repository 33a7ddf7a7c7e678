// Reads the command line and the configuration file that it names.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "server/settings.h"

namespace larder {

// What the command line asks for.
struct StartUpOptions {
  Settings settings;
  // The configuration file as an absolute path; empty if there is none or it came from standard
  // input.
  std::string config_file;
};

// A mistake in the command line or in the configuration file: one line that names the setting, the
// value and what is allowed.
class StartUpError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Thrown when a text was asked for instead of a server: --help, --version, --dump-settings-docs.
class TextRequested : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Reads `[config-file|-] [--name value ...]`; flags override the file. Throws StartUpError or
// TextRequested.
StartUpOptions ReadCommandLine(const std::vector<std::string>& arguments);

// The same for main(), which works in the directory that the settings name from then on: prints the
// text and exits with 0, or the mistake on standard error and exits with 1.
StartUpOptions ParseCommandLine(int argc, char** argv);

}  // namespace larder
