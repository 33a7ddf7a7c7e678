// The command line: flags as redis-server takes them, over a configuration file.
#include "server/command_line.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "server/commands_documentation.h"
#include "server/info_documentation.h"
#include "tests/server/temporary_directory.h"

namespace larder {
namespace {

Settings Read(const std::vector<std::string>& arguments) {
  return ReadCommandLine(arguments).settings;
}

// The line that a mistake prints, or "" if there is none.
std::string MistakeIn(const std::vector<std::string>& arguments) {
  try {
    ReadCommandLine(arguments);
  } catch (const StartUpError& error) {
    return error.what();
  }
  return "";
}

std::string TextOf(const std::vector<std::string>& arguments) {
  try {
    ReadCommandLine(arguments);
  } catch (const TextRequested& text) {
    return text.what();
  }
  return "";
}

TEST_CASE("without arguments the defaults hold, in the current directory") {
  StartUpOptions options = ReadCommandLine({});
  CHECK(options.config_file == "");
  CHECK(options.settings.dir == std::filesystem::current_path());
  options.settings.dir = Settings{}.dir;
  CHECK(options.settings == Settings{});
}

TEST_CASE("each setting has a flag, which reads its default back") {
  for (const SettingRow& row : SettingTable()) {
    CAPTURE(row.name);
    const std::string text = SettingText(row, Settings{});
    CHECK(SettingText(row, Read({"--" + std::string(row.name), text})) ==
          SettingText(row, Read({})));
  }
}

TEST_CASE("flags have values of one word, of several, and in one argument") {
  const Settings settings =
      Read({"--port", "6400", "--bind", "127.0.0.1", "-::1", "--timeout=5", "--loglevel", "debug",
            "--client-output-buffer-limit", "normal 0 0 0", "--client-output-buffer-limit",
            "pubsub", "1mb", "1mb", "1", "--MaxClients", "50"});
  CHECK(settings.port == 6400);
  CHECK((settings.bind == std::vector<std::string>{"127.0.0.1", "-::1"}));
  CHECK(settings.timeout == 5);
  CHECK(settings.loglevel == LogLevel::kDebug);
  CHECK(settings.output_buffer_limit(ClientClass::kNormal) == OutputBufferLimit{});
  CHECK(settings.output_buffer_limit(ClientClass::kPubsub) ==
        OutputBufferLimit{kMegabyte, kMegabyte, 1});
  CHECK(settings.maxclients == 50);
}

TEST_CASE("values reach their setting whatever they look like") {
  for (const char* password : {"", "-x", "--port", "[a,b]", "{}", "a=b", "=", "%%", "-", "--",
                               "two words", "\"quoted\"", "@file", "-1"}) {
    CAPTURE(password);
    CHECK(Read({"--requirepass", password, "--port", "1"}).requirepass == password);
    CHECK(Read({"--requirepass=" + std::string(password)}).requirepass == password);
  }
  CHECK(Read({"--bind", ""}).bind.empty());
}

TEST_CASE("the later of two flags counts") {
  CHECK(Read({"--port", "1", "--port", "2"}).port == 2);
}

TEST_CASE("flags override the file, wherever it stands") {
  const TemporaryDirectory directory;
  const std::string file = directory.Write("larder.conf", "port 6400\ntimeout 9\n");
  for (const StartUpOptions& options :
       {ReadCommandLine({file, "--port", "6401"}), ReadCommandLine({"--port", "6401", file})}) {
    CHECK(options.settings.port == 6401);
    CHECK(options.settings.timeout == 9);
    CHECK(options.config_file == file);
  }
}

TEST_CASE("a relative path of the file becomes absolute, for CONFIG REWRITE") {
  const TemporaryDirectory directory;
  const std::string file = directory.Write("larder.conf", "");
  const std::string relative = std::filesystem::relative(file);
  CHECK(std::filesystem::path(ReadCommandLine({relative}).config_file).is_absolute());
}

TEST_CASE("a mistake is one line that names the setting, the value and what is allowed") {
  struct Case {
    std::vector<std::string> arguments;
    std::string_view mistake;
  };
  const Case kCases[] = {
      {{"--port", "99999"}, "port: '99999' is not allowed; allowed: an integer from 0 to 65535"},
      {{"--port", "-1"}, "port: '-1' is not allowed; allowed: an integer from 0 to 65535"},
      {{"--port"}, "port: a value is missing; allowed: an integer from 0 to 65535"},
      {{"--bind", "--port", "1"},
       "bind: a value is missing; allowed: up to 16 IP addresses, '*' or '::*', each perhaps with "
       "'-' in front"},
      {{"--bind", "localhost"},
       "bind: 'localhost' is not allowed; allowed: up to 16 IP addresses, '*' or '::*', each "
       "perhaps with '-' in front"},
      {{"--prot", "1"}, "unknown argument '--prot'; larder-server --help lists those there are"},
      {{"-p", "1"}, "unknown argument '-p'; larder-server --help lists those there are"},
      {{"--nosuch=1"}, "unknown argument '--nosuch=1'; larder-server --help lists those there are"},
      {{"/dev/null", "more"},
       "unknown argument 'more'; larder-server --help lists those there are"},
      {{"/nonexistent.conf"}, "/nonexistent.conf: cannot be read: No such file or directory"},
      {{"--dir", "/nonexistent"},
       "dir: '/nonexistent' is not allowed; allowed: a directory that exists"},
      {{"--dir", "/dev/null"}, "dir: '/dev/null' is not allowed; allowed: a directory that exists"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.mistake);
    CHECK(MistakeIn(c.arguments) == c.mistake);
  }
}

TEST_CASE("a mistake in the file names the file and the line") {
  const TemporaryDirectory directory;
  const std::string file = directory.Write("larder.conf", "port 6400\nloglevel loud\n");
  CHECK(MistakeIn({file}) == file +
                                 ":2: loglevel: 'loud' is not allowed; allowed: one of debug, "
                                 "verbose, notice, warning, nothing");
}

TEST_CASE("--help lists every setting with its default, --version the version") {
  const std::string help = TextOf({"--help"});
  CHECK(TextOf({"-h"}) == help);
  for (const SettingRow& row : SettingTable()) {
    CAPTURE(row.name);
    CHECK(help.find("\n  --" + std::string(row.name)) != std::string::npos);
    CHECK(help.find(row.doc) != std::string::npos);
  }
  CHECK(help.find("--port 6379\n") != std::string::npos);
  CHECK(TextOf({"--version"}) == "Larder server v=" LARDER_VERSION "\n");
  CHECK(TextOf({"-v"}) == TextOf({"--version"}));
  CHECK(TextOf({"--dump-settings-docs"}) == SettingsDocumentation());
  CHECK(TextOf({"--dump-commands-docs"}) == CommandsDocumentation());
  CHECK(TextOf({"--dump-info-docs"}) == InfoDocumentation());
}

}  // namespace
}  // namespace larder
