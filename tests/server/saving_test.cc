// SAVE, BGSAVE, LASTSAVE, save points, and what INFO tells of them.
#include "server/commands/saving.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"
#include "tests/server/temporary_directory.h"

namespace larder {
namespace {

// A server that saves to a directory of its own.
struct SavingServer {
  explicit SavingServer(std::vector<SavePoint> points = {})
      : server(SettingsFor(directory, std::move(points))), client(server) {}

  static Settings SettingsFor(const TemporaryDirectory& directory, std::vector<SavePoint> points) {
    Settings settings;
    settings.dir = directory.path();
    settings.save = std::move(points);
    return settings;
  }
  std::string Path() const { return directory.path() + "/dump.rdb"; }
  bool FileExists() const { return std::filesystem::exists(Path()); }
  std::string File() const {
    std::ifstream file(Path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // The value of a field of INFO persistence.
  std::string Field(const std::string& name) {
    const std::string info = client.Run("INFO persistence");
    const size_t at = info.find("\r\n" + name + ":");
    if (at == std::string::npos) return "(missing)";
    const size_t begin = at + name.size() + 3;
    return info.substr(begin, info.find('\r', begin) - begin);
  }
  void AwaitSave() {
    while (Field("rdb_bgsave_in_progress") == "1")
      std::this_thread::yield();
  }

  TemporaryDirectory directory;
  TestServer server;
  TestClient client;
};

bool Contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("SAVE answers when the file is there") {
  SavingServer s;
  s.client.Run("SET greeting hello");
  s.client.Run("SELECT 3");
  s.client.Run("SET other 12345 PX 100000");
  CHECK(s.client.Run("SAVE") == kOk);
  const std::string file = s.File();
  CHECK(file.starts_with("REDIS0010"));
  CHECK(Contains(file, "greeting"));
  CHECK(Contains(file, "hello"));
  CHECK(Contains(file, "other"));
  CHECK(std::distance(std::filesystem::directory_iterator(s.directory.path()), {}) == 1);
}

TEST_CASE("BGSAVE saves the state of its moment") {
  SavingServer s;
  // One read of the socket: the command behind BGSAVE comes too late for the file.
  CHECK(s.client.Feed("SET first earlier\r\nBGSAVE\r\nSET first later\r\nSET second later\r\n") ==
        kOk + "+Background saving started\r\n" + kOk + kOk);
  s.AwaitSave();
  CHECK(Contains(s.File(), "earlier"));
  CHECK(!Contains(s.File(), "later"));
  CHECK(!Contains(s.File(), "second"));
  CHECK(s.client.Run("BGSAVE SCHEDULE") == "+Background saving started\r\n");
  s.AwaitSave();
  CHECK(Contains(s.File(), "second"));
  CHECK(s.client.Run("BGSAVE later") == Error(errors::kSyntax));
  CHECK(s.client.Run("BGSAVE SCHEDULE now") == Error(errors::kSyntax));
}

TEST_CASE("BGSAVE in a transaction saves what the whole transaction has made") {
  SavingServer s;
  s.client.Run("MULTI");
  s.client.Run("SET first 1");
  s.client.Run("BGSAVE");
  s.client.Run("SET second 2");
  CHECK(s.client.Run("EXEC") == Array({kOk, "+Background saving scheduled\r\n", kOk}));
  s.AwaitSave();
  CHECK(Contains(s.File(), "second"));
  s.client.Run("MULTI");
  CHECK(s.client.Run("SAVE") == Error(errors::kNotInTransaction));
}

TEST_CASE("there is one save at a time") {
  SavingServer s;
  for (int i = 0; i < 20000; ++i)
    s.client.Run("SET key:" + std::to_string(i) + " value");
  // Both in one batch, so that the second comes long before the end of the first.
  CHECK(s.client.Feed("BGSAVE\r\nBGSAVE\r\nBGSAVE SCHEDULE\r\nSAVE\r\n") ==
        "+Background saving started\r\n" + Error("ERR Background save already in progress") +
            Error("ERR Background save already in progress") +
            Error("ERR Background save already in progress"));
  s.AwaitSave();
  CHECK(s.Field("rdb_saves") == "1");
}

TEST_CASE("INFO and LASTSAVE tell of saves") {
  SavingServer s;
  constexpr int64_t kStartS = TestServer::kStartMs / 1000;
  CHECK(s.client.Run("LASTSAVE") == Integer(kStartS));
  CHECK(s.Field("rdb_last_bgsave_status") == "ok");
  CHECK(s.Field("rdb_last_bgsave_time_sec") == "-1");
  CHECK(s.Field("rdb_current_bgsave_time_sec") == "-1");
  CHECK(s.Field("rdb_saves") == "0");
  s.client.Run("MSET a 1 b 2 c 3");
  CHECK(s.Field("rdb_changes_since_last_save") == "3");
  s.server.clock().Advance(5000);
  CHECK(s.client.Run("SAVE") == kOk);
  CHECK(s.client.Run("LASTSAVE") == Integer(kStartS + 5));
  CHECK(s.Field("rdb_last_save_time") == std::to_string(kStartS + 5));
  CHECK(s.Field("rdb_changes_since_last_save") == "0");
  CHECK(s.Field("rdb_saves") == "1");
  CHECK(s.Field("rdb_last_bgsave_time_sec") == "0");
  CHECK(s.Field("current_save_keys_total") == "0");
  s.client.Run("SET a 1");
  CHECK(s.Field("rdb_changes_since_last_save") == "1");
}

TEST_CASE("a save that fails says why, leaves the file alone and stops no writes") {
  SavingServer s;
  s.client.Run("SET key old");
  CHECK(s.client.Run("SAVE") == kOk);
  const std::string before = s.File();
  const std::string moved = s.directory.path() + ".away";
  std::filesystem::rename(s.directory.path(), moved);
  s.client.Run("SET key new");
  const std::string reply = s.client.Run("SAVE");
  CHECK(reply.starts_with("-ERR cannot "));
  CHECK(Contains(reply, "No such file or directory"));
  CHECK(s.Field("rdb_last_bgsave_status") == "err");
  CHECK(Contains(s.Field("rdb_last_bgsave_error"), "No such file or directory"));
  CHECK(s.Field("rdb_changes_since_last_save") == "1");
  CHECK(s.client.Run("BGSAVE") == "+Background saving started\r\n");
  s.AwaitSave();
  CHECK(s.Field("rdb_last_bgsave_status") == "err");
  CHECK(s.client.Run("SET key newer") == kOk);
  std::filesystem::rename(moved, s.directory.path());
  CHECK(s.File() == before);
  CHECK(s.client.Run("SAVE") == kOk);
  CHECK(s.Field("rdb_last_bgsave_status") == "ok");
  CHECK(s.Field("rdb_last_bgsave_error") == "");
  CHECK(Contains(s.File(), "newer"));
}

TEST_CASE("save points begin a save when both time and changes are reached") {
  SavingServer s({{100, 1}, {10, 3}});
  const auto tick = [&] {
    s.server.state().saver.Tick(s.server.state().statistics.Totals().changes);
    s.AwaitSave();
    return s.Field("rdb_saves");
  };
  s.server.clock().Advance(1000'000);
  CHECK(tick() == "0");  // nothing has changed
  s.client.Run("SET a 1");
  CHECK(tick() == "1");
  s.client.Run("SET a 2");
  s.client.Run("SET a 3");
  s.server.clock().Advance(11'000);
  CHECK(tick() == "1");
  s.client.Run("SET a 4");
  CHECK(tick() == "2");
  s.client.Run("SET a 5");
  s.server.clock().Advance(100'000);
  CHECK(tick() == "2");
  s.server.clock().Advance(1'000);
  CHECK(tick() == "3");
}

TEST_CASE("save points try again five seconds after a save that failed") {
  SavingServer s({{1, 1}});
  const std::string moved = s.directory.path() + ".away";
  std::filesystem::rename(s.directory.path(), moved);
  const auto tick = [&] {
    s.server.state().saver.Tick(s.server.state().statistics.Totals().changes);
    s.AwaitSave();
    return s.Field("rdb_last_bgsave_status");
  };
  s.client.Run("SET a 1");
  s.server.clock().Advance(2000);
  CHECK(tick() == "err");
  std::filesystem::rename(moved, s.directory.path());
  s.server.clock().Advance(4000);
  CHECK(tick() == "err");
  s.server.clock().Advance(1000);
  CHECK(tick() == "ok");
}

TEST_CASE("the setting save has Redis's syntax") {
  SavingServer s;
  CHECK(s.client.Run("CONFIG GET save") == Array({Bulk("save"), Bulk("")}));
  CHECK(s.client.Run({"CONFIG", "SET", "save", "3600 1 300 100"}) == kOk);
  CHECK(s.client.Run("CONFIG GET save") == Array({Bulk("save"), Bulk("3600 1 300 100")}));
  for (const std::string_view wrong : {"3600", "0 1", "10 -1", "10 x", "10 1 5"}) {
    CHECK(s.client.Run({"CONFIG", "SET", "save", wrong}) ==
          Error("ERR CONFIG SET failed (possibly related to argument 'save') - Invalid save "
                "parameters"));
  }
  CHECK(s.client.Run({"CONFIG", "SET", "save", ""}) == kOk);
  CHECK(s.client.Run("CONFIG GET save") == Array({Bulk("save"), Bulk("")}));
}

TEST_CASE("SaveAndWait replaces a save in progress by one of the latest state") {
  SavingServer s;
  for (int i = 0; i < 20000; ++i)
    s.client.Run("SET key:" + std::to_string(i) + " value");
  CHECK(s.client.Feed("BGSAVE\r\nSET last one\r\n") == "+Background saving started\r\n" + kOk);
  CHECK(s.server.state().saver.SaveAndWait(Saver::InProgress::kGivenUp) == "");
  CHECK(Contains(s.File(), "last"));
}

}  // namespace larder
