// Reads the command line and the configuration file that it names.
#pragma once

#include <string>

#include "server/settings.h"

namespace larder {

// What the command line asks for.
struct StartUpOptions {
  Settings settings;
  // The configuration file as an absolute path; empty if there is none or it came from standard
  // input.
  std::string config_file;
};

// Reads `larder-server [config-file|-] [--name value ...]`; flags override the file. Does not
// return when there is nothing to start: --help, --version and --dump-settings-docs print and exit
// with 0, and a mistake is one line on standard error, exit status 1.
StartUpOptions ParseCommandLine(int argc, char** argv);

}  // namespace larder
