// The settings in force: CONFIG GET, SET and REWRITE, and who hears of changes.
#include "server/settings_store.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>

#include "tests/server/temporary_directory.h"

namespace larder {
namespace {

using Pairs = std::vector<std::pair<std::string_view, std::string>>;

Pairs Get(const SettingsStore& store, std::vector<std::string_view> patterns) {
  return store.Get(patterns);
}

std::string Set(SettingsStore& store, std::vector<SettingsStore::NameAndValue> changes) {
  return store.Set(changes).value_or("OK");
}

TEST_CASE("CONFIG GET answers what matches, once, in the order of the table") {
  const SettingsStore store({}, "");
  CHECK((Get(store, {"databases"}) == Pairs{{"databases", "16"}}));
  CHECK((Get(store, {"TIMEOUT", "timeout"}) == Pairs{{"TIMEOUT", "0"}}));
  CHECK((Get(store, {"tcp-*"}) == Pairs{{"tcp-backlog", "511"}, {"tcp-keepalive", "300"}}));
  CHECK((Get(store, {"MAXC*", "maxclients", "[pq]ort"}) ==
         Pairs{{"maxclients", "10000"}, {"port", "6379"}}));
  CHECK(Get(store, {"nothing", "no*such", ""}).empty());
  CHECK(Get(store, {"*"}).size() == SettingTable().size());
}

TEST_CASE("CONFIG SET changes several settings and moves the version on") {
  SettingsStore store({}, "");
  const uint64_t version = store.version();
  const std::shared_ptr<const Settings> before = store.Current();
  CHECK(Set(store, {{"timeout", "5"}, {"Maxclients", "7"}, {"loglevel", "debug"}}) == "OK");
  CHECK(store.version() != version);
  CHECK(store.Current()->timeout == 5);
  CHECK(store.Current()->maxclients == 7);
  CHECK(store.Current()->loglevel == LogLevel::kDebug);
  CHECK(before->timeout == 0);  // who still reads the old settings is not disturbed
}

TEST_CASE("CONFIG SET to what already is leaves the version alone") {
  SettingsStore store({}, "");
  const uint64_t version = store.version();
  CHECK(Set(store, {{"timeout", "0"}}) == "OK");
  CHECK(store.version() == version);
}

TEST_CASE("CONFIG SET with a mistake changes nothing and answers in the words of Redis") {
  struct Case {
    std::vector<SettingsStore::NameAndValue> changes;
    std::string_view error;
  };
  const Case kCases[] = {
      {{{"timeout", "5"}, {"xyz", "1"}},
       "ERR Unknown option or number of arguments for CONFIG SET - 'xyz'"},
      {{{"timeout", "5"}, {"DATABASES", "1"}},
       "ERR CONFIG SET failed (possibly related to argument 'DATABASES') - can't set immutable "
       "config"},
      {{{"timeout", "5"}, {"Timeout", "6"}},
       "ERR CONFIG SET failed (possibly related to argument 'Timeout') - duplicate parameter"},
      {{{"timeout", "5"}, {"MaxClients", "0"}},
       "ERR CONFIG SET failed (possibly related to argument 'maxclients') - argument must be "
       "between 1 and 4294967295 inclusive"},
      {{{"timeout", "5"}, {"protected-mode", "maybe"}},
       "ERR CONFIG SET failed (possibly related to argument 'protected-mode') - argument must be "
       "'yes' or 'no'"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.error);
    SettingsStore store({}, "");
    CHECK(store.Set(c.changes).value_or("OK") == c.error);
    CHECK(*store.Current() == Settings{});
    CHECK(store.version() == 0);
  }
}

TEST_CASE("subscribers hear of changes to their own settings only, with the new values") {
  SettingsStore store({}, "");
  std::vector<int64_t> heard;
  store.OnChange("timeout", [&heard](const Settings& settings) {
    heard.push_back(settings.timeout);
    return std::nullopt;
  });
  CHECK(Set(store, {{"maxclients", "7"}}) == "OK");
  CHECK(Set(store, {{"timeout", "0"}}) == "OK");
  CHECK(heard.empty());
  CHECK(Set(store, {{"timeout", "5"}, {"maxclients", "8"}}) == "OK");
  CHECK((heard == std::vector<int64_t>{5}));
}

TEST_CASE("when a subscriber refuses, those before it are told the old values again") {
  SettingsStore store({}, "");
  std::vector<int64_t> heard;
  store.OnChange("timeout", [&heard](const Settings& settings) {
    heard.push_back(settings.timeout);
    return std::nullopt;
  });
  store.OnChange("maxclients", [](const Settings&) { return "no room for so many"; });
  CHECK(Set(store, {{"maxclients", "7"}, {"timeout", "5"}}) ==
        "ERR CONFIG SET failed (possibly related to argument 'maxclients') - no room for so many");
  CHECK((heard == std::vector<int64_t>{5, 0}));
  CHECK(*store.Current() == Settings{});
  CHECK(store.version() == 0);
}

TEST_CASE("a thread that sees a version sees its settings") {
  SettingsStore store({}, "");
  constexpr int kChanges = 1000;
  std::thread reader([&store] {
    uint64_t version = 0;
    while (version < kChanges) {
      version = store.version();
      CHECK(store.Current()->timeout >= static_cast<int64_t>(version));
    }
  });
  for (int i = 1; i <= kChanges; i++) {
    const std::string value = std::to_string(i);
    CHECK(Set(store, {{"timeout", value}}) == "OK");
  }
  reader.join();
}

TEST_CASE("CONFIG REWRITE without a file says so") {
  SettingsStore store({}, "");
  CHECK(store.Rewrite() == "ERR The server is running without a config file");
}

TEST_CASE("CONFIG REWRITE keeps comments, order, permissions and symbolic links") {
  const TemporaryDirectory directory;
  const std::string file = directory.Write("real.conf", "# ours\ntimeout 1\nport 6400\n");
  REQUIRE(chmod(file.c_str(), 0640) == 0);
  const std::string link = directory.path() + "/link.conf";
  std::filesystem::create_symlink(file, link);
  Settings settings;
  settings.timeout = 1;
  settings.port = 6400;
  SettingsStore store(settings, link);
  CHECK(Set(store, {{"timeout", "2"}}) == "OK");
  CHECK_FALSE(store.Rewrite());
  CHECK(directory.Read("real.conf") == "# ours\ntimeout 2\nport 6400\n");
  CHECK(std::filesystem::is_symlink(link));
  struct stat status;
  REQUIRE(stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0640);
  CHECK(std::distance(std::filesystem::directory_iterator(directory.path()), {}) == 2);
}

TEST_CASE("CONFIG REWRITE writes a file anew that was removed") {
  const TemporaryDirectory directory;
  SettingsStore store({}, directory.path() + "/larder.conf");
  CHECK(Set(store, {{"timeout", "2"}}) == "OK");
  CHECK_FALSE(store.Rewrite());
  CHECK(directory.Read("larder.conf") == "# Written by CONFIG REWRITE\ntimeout 2\n");
}

TEST_CASE("CONFIG REWRITE that cannot be done answers why and leaves the file") {
  const TemporaryDirectory directory;
  SettingsStore gone({}, directory.path() + "/gone/larder.conf");
  CHECK(gone.Rewrite() == "ERR Rewriting config file: No such file or directory");
  const std::string file = directory.Write("larder.conf", "timeout soon\n");
  SettingsStore broken({}, file);
  CHECK(broken.Rewrite() == "ERR Rewriting config file: " + file +
                                ":1: timeout: 'soon' is not allowed; allowed: an integer from 0 to "
                                "2147483647");
  CHECK(directory.Read("larder.conf") == "timeout soon\n");
}

}  // namespace
}  // namespace larder
