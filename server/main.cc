// Entry point of larder-server.
#include <cstdio>
#include <cstdlib>

#include "server/command_line.h"
#include "server/log.h"
#include "server/server.h"

int main(int argc, char** argv) {
  larder::StartUpOptions options = larder::ParseCommandLine(argc, argv);
  try {
    larder::OpenLog(options.settings);
    larder::Server server(std::move(options));
    server.Run();
#ifdef NDEBUG
    // Taking millions of entries apart one by one would only delay the exit; debug builds do it so
    // that leaks are found.
    std::_Exit(EXIT_SUCCESS);
#endif
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
