// The table of settings: what each kind of value accepts, and how it is printed.
#include "server/settings.h"

#include <doctest/doctest.h>

#include "tests/server/documents.h"

namespace larder {
namespace {

// Sets one value and returns what CONFIG SET would complain of, or "".
std::string Parse(std::string_view name, std::vector<std::string_view> words, Settings& settings) {
  const SettingRow* row = FindSetting(name);
  REQUIRE(row != nullptr);
  return ParseSetting(*row, words, settings).value_or("");
}

std::string Text(std::string_view name, const Settings& settings) {
  return SettingText(*FindSetting(name), settings);
}

TEST_CASE("every default is a value that its setting allows, and reads back as it was printed") {
  for (const SettingRow& row : SettingTable()) {
    CAPTURE(row.name);
    const std::string text = SettingText(row, Settings{});
    const std::string_view words[] = {text};
    Settings settings;
    CHECK_FALSE(ParseSetting(row, words, settings));
    CHECK(settings == Settings{});
    CHECK_FALSE(AllowedValues(row).empty());
  }
}

TEST_CASE("a setting is found by its name in any case") {
  CHECK(FindSetting("port") != nullptr);
  CHECK(FindSetting("Proto-MAX-bulk-len") == FindSetting("proto-max-bulk-len"));
  for (const char* name : {"", "por", "ports", "port ", "appendonly"}) {
    CAPTURE(name);
    CHECK(FindSetting(name) == nullptr);
  }
}

TEST_CASE("values are printed as CONFIG GET of Redis prints them") {
  const Settings settings;
  CHECK(Text("bind", settings) == "127.0.0.1");
  CHECK(Text("port", settings) == "6379");
  CHECK(Text("protected-mode", settings) == "yes");
  CHECK(Text("requirepass", settings) == "");
  CHECK(Text("proto-max-bulk-len", settings) == "536870912");
  CHECK(Text("loglevel", settings) == "notice");
  CHECK(Text("client-output-buffer-limit", settings) ==
        "normal 1073741824 536870912 60 slave 268435456 67108864 60 pubsub 33554432 8388608 60");
  Settings changed;
  REQUIRE(Parse("bind", {"127.0.0.1", "-::1", "*"}, changed) == "");
  REQUIRE(Parse("unixsocketperm", {"0770"}, changed) == "");
  CHECK(Text("bind", changed) == "127.0.0.1 -::1 *");
  CHECK(changed.unixsocketperm == 0770);
  CHECK(Text("unixsocketperm", changed) == "770");
}

TEST_CASE("accepted values") {
  struct Case {
    std::string_view name;
    std::string_view value;
    std::string_view printed;
  };
  const Case kCases[] = {
      {"protected-mode", "no", "no"},
      {"protected-mode", "NO", "no"},
      {"port", "0", "0"},
      {"port", "65535", "65535"},
      {"maxclients", "4294967295", "4294967295"},
      {"shards", "0", "0"},
      {"shards", "64", "64"},
      {"loglevel", "WARNING", "warning"},
      {"loglevel", "debug", "debug"},
      {"requirepass", "", ""},
      {"requirepass", "two words", "two words"},
      {"dbfilename", "warm cache.rdb", "warm cache.rdb"},
      {"proto-max-bulk-len", "1048576", "1048576"},
      {"proto-max-bulk-len", "2mb", "2097152"},
      {"proto-max-bulk-len", "2m", "2000000"},
      {"proto-max-bulk-len", "2000k", "2000000"},
      {"proto-max-bulk-len", "2048KB", "2097152"},
      {"proto-max-bulk-len", "1G", "1000000000"},
      {"proto-max-bulk-len", "1gB", "1073741824"},
      {"proto-max-bulk-len", "1048577b", "1048577"},
      {"bind", "", ""},
      {"bind", "* ::* 10.0.0.1", "* ::* 10.0.0.1"},
      {"bind", "-fe80::1%eth0", "-fe80::1%eth0"},
      {"client-output-buffer-limit", "normal 0 0 0",
       "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"},
      {"client-output-buffer-limit", "replica 1kb 1k 5  PUBSUB 0 0 0",
       "normal 1073741824 536870912 60 slave 1024 1000 5 pubsub 0 0 0"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.name);
    CAPTURE(c.value);
    Settings settings;
    CHECK(Parse(c.name, {c.value}, settings) == "");
    CHECK(Text(c.name, settings) == c.printed);
  }
}

TEST_CASE("refused values leave the setting alone and are told in the words of Redis") {
  struct Case {
    std::string_view name;
    std::string_view value;
    std::string_view problem;
  };
  constexpr std::string_view kNotANumber = "argument couldn't be parsed into an integer";
  constexpr std::string_view kNotMemory = "argument must be a memory value";
  constexpr std::string_view kLevels =
      "argument(s) must be one of the following: debug, verbose, notice, warning, nothing";
  const Case kCases[] = {
      {"protected-mode", "true", "argument must be 'yes' or 'no'"},
      {"dbfilename", "../dump.rdb", "dbfilename can't be a path, just a filename"},
      {"dbfilename", "", "dbfilename can't be a path, just a filename"},
      {"dbfilename", "..", "dbfilename can't be a path, just a filename"},
      {"protected-mode", "", "argument must be 'yes' or 'no'"},
      {"port", "65536", "argument must be between 0 and 65535 inclusive"},
      {"port", "-1", "argument must be between 0 and 65535 inclusive"},
      {"port", "6379x", kNotANumber},
      {"port", " 6379", kNotANumber},
      {"port", "", kNotANumber},
      {"maxclients", "0", "argument must be between 1 and 4294967295 inclusive"},
      {"shards", "48", "argument must be 0 or a power of two"},
      {"shards", "8192", "argument must be between 0 and 4096 inclusive"},
      {"unixsocketperm", "888", "argument couldn't be parsed as an octal number"},
      {"unixsocketperm", "1777", "argument must be between 0 and 777 inclusive"},
      {"loglevel", "loud", kLevels},
      {"proto-max-bulk-len", "1mib", kNotMemory},
      {"proto-max-bulk-len", "mb", kNotMemory},
      {"proto-max-bulk-len", "-1mb", kNotMemory},
      {"proto-max-bulk-len", "1tb", kNotMemory},
      {"proto-max-bulk-len", "99999999999999gb", kNotMemory},
      {"proto-max-bulk-len", "1000k",
       "argument must be between 1048576 and 9223372036854775807 inclusive"},
      {"bind", "256.0.0.1", "'256.0.0.1' is not an IP address"},
      {"bind", "127.0.0.1%lo", "'127.0.0.1%lo' is not an IP address"},
      {"bind", "1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7", "Too many bind addresses specified."},
      {"client-output-buffer-limit", "normal 0 0",
       "Wrong number of arguments in buffer limit configuration."},
      {"client-output-buffer-limit", "master 0 0 0",
       "Invalid client class specified in buffer limit configuration."},
      {"client-output-buffer-limit", "normal 0 0 -1",
       "Error in hard, soft or soft_seconds setting in buffer limit configuration."},
      {"client-output-buffer-limit", "normal 1 1 1 pubsub lots 0 0",
       "Error in hard, soft or soft_seconds setting in buffer limit configuration."},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.name);
    CAPTURE(c.value);
    Settings settings;
    CHECK(Parse(c.name, {c.value}, settings) == c.problem);
    CHECK(settings == Settings{});
  }
}

TEST_CASE("a setting with one value takes neither none nor two") {
  Settings settings;
  CHECK(Parse("port", {}, settings) == "wrong number of arguments");
  CHECK(Parse("port", {"1", "2"}, settings) == "wrong number of arguments");
}

TEST_CASE("a mistake at start-up names the setting, the value and what is allowed") {
  CHECK(NotAllowed(*FindSetting("port"), "99999") ==
        "port: '99999' is not allowed; allowed: an integer from 0 to 65535");
  CHECK(
      NotAllowed(*FindSetting("loglevel"), "loud") ==
      "loglevel: 'loud' is not allowed; allowed: one of debug, verbose, notice, warning, nothing");
}

TEST_CASE("threads follow the CPUs and shards follow the threads, unless they are set") {
  Settings settings;
  CHECK(ResolveThreads(settings, 6) == 6);
  CHECK(ResolveThreads(settings, 0) == 1);
  CHECK(ResolveShards(settings, 1) == 16);
  CHECK(ResolveShards(settings, 6) == 32);
  CHECK(ResolveShards(settings, 100000) == kMaxShards);
  settings.threads = 3;
  settings.shards = 2;
  CHECK(ResolveThreads(settings, 6) == 3);
  CHECK(ResolveShards(settings, 3) == 2);
}

TEST_CASE("the documentation has a line for every setting") {
  const std::string text = SettingsDocumentation();
  for (const SettingRow& row : SettingTable()) {
    CAPTURE(row.name);
    CHECK(text.find("\n| `" + std::string(row.name) + "` |") != std::string::npos);
  }
}

TEST_CASE("docs/settings.md is up to date; `make docs` writes it") {
  CHECK((Document("settings.md") == SettingsDocumentation()));
}

}  // namespace
}  // namespace larder
