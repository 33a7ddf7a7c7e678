// Sets up spdlog.
#include "server/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "server/command_line.h"

namespace larder {

namespace {

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::trace;
    case LogLevel::kVerbose:
      return spdlog::level::debug;
    case LogLevel::kNotice:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kNothing:
      break;
  }
  return spdlog::level::off;
}

}  // namespace

void OpenLog(const Settings& settings) {
  spdlog::sink_ptr sink;
  if (settings.logfile.empty()) {
    sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
  } else {
    try {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(settings.logfile);
    } catch (const spdlog::spdlog_ex& error) {
      throw StartUpError("logfile: cannot open '" + settings.logfile + "': " + error.what());
    }
  }
  auto logger = std::make_shared<spdlog::logger>("larder", std::move(sink));
  logger->set_pattern(std::to_string(::getpid()) + " %d %b %Y %H:%M:%S.%e %l: %v");
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
  SetLogLevel(settings.loglevel);
}

void SetLogLevel(LogLevel level) {
  spdlog::set_level(SpdlogLevel(level));
}

void FlushLog() {
  spdlog::default_logger()->flush();
}

}  // namespace larder
