// DEBUG RELOAD: what it loads, what it answers when it cannot, and what others see meanwhile.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"
#include "tests/server/temporary_directory.h"

namespace larder {
namespace {

const std::string kNotLoaded = Error("ERR Error trying to load the RDB dump");

// A server with a directory of its own, in which DEBUG is allowed.
struct ReloadingServer {
  ReloadingServer() : server(SettingsFor(directory)), client(server) {}

  static Settings SettingsFor(const TemporaryDirectory& directory) {
    Settings settings;
    settings.dir = directory.path();
    settings.enable_debug_command = ProtectedAction::kAllowed;
    settings.shards = 16;
    return settings;
  }
  std::string Path() const { return directory.path() + "/dump.rdb"; }

  TemporaryDirectory directory;
  TestServer server;
  TestClient client;
};

}  // namespace

TEST_CASE("DEBUG RELOAD brings everything back from the file") {
  ReloadingServer s;
  for (int i = 0; i < 3000; ++i)
    s.client.Run("SET key:" + std::to_string(i) + " value:" + std::to_string(i));
  s.client.Run("SET number -17");
  s.client.Run("SET timed t PX 100000");
  s.client.Run("SET old o PX 10");
  s.client.Run("SELECT 9");
  s.client.Run("SET elsewhere e");
  const std::string digest = s.client.Run("DEBUG DIGEST");
  CHECK(s.client.Run("DEBUG RELOAD") == kOk);
  CHECK(s.client.Run("DEBUG DIGEST") == digest);
  CHECK(s.client.Run("GET elsewhere") == Bulk("e"));
  s.client.Run("SELECT 0");
  CHECK(s.client.Run("DBSIZE") == Integer(3003));
  CHECK(s.client.Run("PTTL timed") == Integer(100000));
  CHECK(s.client.Run("OBJECT ENCODING number") == Bulk("int"));
  CHECK(s.client.Run("LASTSAVE") == Integer(TestServer::kStartMs / 1000));
  // Again and again.
  s.server.clock().Advance(20);
  CHECK(s.client.Run("debug reload") == kOk);
  CHECK(s.client.Run("GET old") == kNil);
  CHECK(s.client.Run("DBSIZE") == Integer(3002));
}

TEST_CASE("DEBUG RELOAD NOSAVE goes back to the file") {
  ReloadingServer s;
  s.client.Run("MSET a 1 b 2");
  CHECK(s.client.Run("SAVE") == kOk);
  s.client.Run("MSET a changed c new");
  CHECK(s.client.Run("DEBUG RELOAD NOSAVE") == kOk);
  CHECK(s.client.Run("MGET a b c") == Array({Bulk("1"), Bulk("2"), kNil}));
}

TEST_CASE("DEBUG RELOAD NOFLUSH MERGE replaces what the file has, and keeps the rest") {
  ReloadingServer s;
  s.client.Run("MSET a 1 b 2");
  CHECK(s.client.Run("SAVE") == kOk);
  s.client.Run("MSET a changed c new");
  CHECK(s.client.Run("DEBUG RELOAD NOSAVE noflush merge") == kOk);
  CHECK(s.client.Run("MGET a b c") == Array({Bulk("1"), Bulk("2"), Bulk("new")}));
}

TEST_CASE("DEBUG RELOAD NOFLUSH without MERGE loads no key twice") {
  ReloadingServer s;
  s.client.Run("SET a 1");
  CHECK(s.client.Run("SAVE") == kOk);
  CHECK(s.client.Run("DEBUG RELOAD NOSAVE NOFLUSH") == kNotLoaded);
  CHECK(s.client.Run("GET a") == Bulk("1"));
  s.client.Run("RENAME a b");
  CHECK(s.client.Run("DEBUG RELOAD NOSAVE NOFLUSH") == kOk);
  CHECK(s.client.Run("MGET a b") == Array({Bulk("1"), Bulk("1")}));
  // Of a key that has expired nothing is left to be in the way.
  s.client.Run("PEXPIRE a 10");
  s.server.clock().Advance(10);
  CHECK(s.client.Run("DEBUG RELOAD NOSAVE NOFLUSH") == kOk);
  CHECK(s.client.Run("PTTL a") == Integer(-1));
}

TEST_CASE("nothing is lost by DEBUG RELOAD when the save fails or there is no file") {
  ReloadingServer s;
  s.client.Run("SET key value");
  CHECK(s.client.Run("DEBUG RELOAD NOSAVE") == kNotLoaded);
  CHECK(s.client.Run("GET key") == Bulk("value"));
  const std::string moved = s.directory.path() + ".away";
  std::filesystem::rename(s.directory.path(), moved);
  CHECK(s.client.Run("DEBUG RELOAD").starts_with("-ERR cannot "));
  CHECK(s.client.Run("GET key") == Bulk("value"));
  std::filesystem::rename(moved, s.directory.path());
  CHECK(s.client.Run("DEBUG RELOAD") == kOk);
  CHECK(s.client.Run("GET key") == Bulk("value"));
}

TEST_CASE("after a file that is damaged the server goes on") {
  ReloadingServer s;
  s.client.Run("SET key value");
  CHECK(s.client.Run("SAVE") == kOk);
  std::filesystem::resize_file(s.Path(), std::filesystem::file_size(s.Path()) - 9);
  CHECK(s.client.Run("DEBUG RELOAD NOSAVE") == kNotLoaded);
  CHECK(s.client.Run("SET other 1") == kOk);
  CHECK(s.client.Run("DEBUG RELOAD") == kOk);
  CHECK(s.client.Run("GET other") == Bulk("1"));
}

TEST_CASE("DEBUG RELOAD tells wrong options, and waits for the end of a transaction") {
  ReloadingServer s;
  CHECK(s.client.Run("DEBUG RELOAD now") == Error(errors::kReloadOptions));
  s.client.Run("MULTI");
  CHECK(s.client.Run("DEBUG RELOAD") == Error(errors::kNotInTransaction));
}

TEST_CASE("while DEBUG RELOAD is under way, others are refused and long commands wait") {
  ReloadingServer s;
  s.client.Run("SET key value");
  TestClient other(s.server);
  TestClient queueing(s.server);
  queueing.Run("MULTI");
  queueing.Run("SET key queued");
  TestClient slow(s.server);
  std::string keys;
  for (int i = 0; i < 2000; ++i) {
    s.client.Run("SET key:" + std::to_string(i) + " v");
    keys += " key:" + std::to_string(i);
  }
  slow.Send("DEL" + keys + "\r\n");
  REQUIRE(slow.busy());
  {
    // Nothing can be saved while a shard is locked.
    const ShardGuard guard(s.server.state().keyspace.shard(0));
    s.client.Send("DEBUG RELOAD\r\n");
    CHECK(s.client.busy());
    const std::string loading = Error(errors::kLoading);
    CHECK(other.Run("GET key") == loading);
    CHECK(other.Run("SET key lost") == loading);
    CHECK(other.Run("BGSAVE") == loading);
    CHECK(other.Run("DEBUG RELOAD") == loading);
    CHECK(other.Run("DEBUG POPULATE 10") == loading);
    CHECK(other.Run("INFO persistence").find("\r\nloading:0") != std::string::npos);
    CHECK(queueing.Run("EXEC").starts_with("-EXECABORT"));
    slow.Resume();
    CHECK(slow.waits());
  }
  CHECK(s.client.Feed("") == kOk);
  CHECK(other.Run("GET key") == Bulk("value"));
  CHECK(slow.busy());
  slow.GoOn();
  CHECK(slow.Feed("") == Integer(2000));
  CHECK(other.Run("DBSIZE") == Integer(1));
}

TEST_CASE("what a shutdown is about to save is not reloaded") {
  ReloadingServer s;
  s.client.Run("SET key value");
  {
    const ShardGuard guard(s.server.state().keyspace.shard(0));
    s.client.Send("DEBUG RELOAD\r\n");
    CHECK(s.server.state().reloader.KeepData());
  }
  CHECK(s.client.Feed("") == Error("ERR called off"));
  CHECK(s.client.Run("GET key") == Bulk("value"));
  CHECK(s.client.Run("DEBUG RELOAD") == kOk);
}

}  // namespace larder
