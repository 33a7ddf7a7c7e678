// Where log lines go, and which of them.
#pragma once

#include "server/settings.h"

namespace larder {

// Sets up the process's logger from `logfile` (standard output if empty) and `loglevel`. Throws
// StartUpError if the file cannot be opened.
void OpenLog(const Settings& settings);
void SetLogLevel(LogLevel level);
// Writes out what is buffered.
void FlushLog();

}  // namespace larder
