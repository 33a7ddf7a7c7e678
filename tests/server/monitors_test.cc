// MONITOR: what watchers are shown, and that nobody else pays for it.
#include "server/monitors.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"

namespace larder {
namespace {

// Stands for the I/O threads of the watchers.
class Shown : public ClientThread {
 public:
  explicit Shown(TestServer& server) { server.state().threads.push_back(this); }
  void CloseKilledClients() override {}
  void ResumeHeldClients() override {}
  void SendInvalidations(std::shared_ptr<Client>) override {}
  void CallBetweenRequests(std::function<void()> call) override { call(); }
  void ShowToMonitors(std::shared_ptr<const std::string> lines) override { text_ += *lines; }
  std::string Take() { return std::exchange(text_, {}); }

 private:
  std::string text_;
};

// A line as a client of the harness causes it, at the time where the clock stands.
std::string LineOf(const std::string& rest, int db = 0) {
  return "+1700000000.000000 [" + std::to_string(db) + " 127.0.0.1:50000] " + rest + "\r\n";
}

}  // namespace

TEST_CASE("MONITOR shows commands as they were sent, once they were carried out") {
  TestServer server;
  Shown shown(server);
  TestClient client(server);
  TestClient watcher(server);
  client.Run("SET before 1");
  CHECK(shown.Take() == "");
  CHECK(watcher.Run("MONITOR") == kOk);
  CHECK(client.Feed("sEt k v\r\nGET k\r\n") == kOk + Bulk("v"));
  CHECK(shown.Take() == LineOf("\"sEt\" \"k\" \"v\"") + LineOf("\"GET\" \"k\""));
  client.Run({"ECHO", std::string_view("\"\\\n\r\t\a\b\0\x7f\xc3", 10)});
  CHECK(shown.Take() == LineOf("\"ECHO\" \"\\\"\\\\\\n\\r\\t\\a\\b\\x00\\x7f\\xc3\""));
  client.Run("SELECT 3");
  CHECK(shown.Take() == LineOf("\"SELECT\" \"3\"", 3));
}

TEST_CASE("What is refused and what administers is not shown") {
  TestServer server;
  Shown shown(server);
  TestClient client(server);
  TestClient watcher(server);
  watcher.Run("MONITOR");
  for (const std::string line : {"NOSUCH", "GET", "CONFIG SET requirepass secret",
                                 "CONFIG SET requirepass \"\"", "CLIENT LIST", "MONITOR"})
    client.Run(line);
  CHECK(shown.Take() == "");
}

TEST_CASE("Passwords are not shown") {
  TestServer server;
  Shown shown(server);
  TestClient client(server);
  TestClient watcher(server);
  watcher.Run("MONITOR");
  client.Run("AUTH secret");
  client.Run("AUTH somebody secret");
  client.Run("HELLO 2 AUTH somebody secret SETNAME me");
  CHECK(shown.Take() == LineOf("\"AUTH\" \"(redacted)\"") +
                            LineOf("\"AUTH\" \"(redacted)\" \"(redacted)\"") +
                            LineOf("\"HELLO\" \"2\" \"AUTH\" \"(redacted)\" \"(redacted)\" "
                                   "\"SETNAME\" \"me\""));
}

TEST_CASE("A transaction is shown in the order in which it ran, and its end in any case") {
  TestServer server;
  Shown shown(server);
  TestClient client(server);
  TestClient watcher(server);
  watcher.Run("MONITOR");
  client.Run("MULTI");
  client.Run("SET k v");
  CHECK(shown.Take() == LineOf("\"MULTI\""));
  client.Run("EXEC");
  CHECK(shown.Take() == LineOf("\"SET\" \"k\" \"v\"") + LineOf("\"EXEC\""));
  client.Run("MULTI");
  client.Run("NOSUCH");
  client.Run("EXEC");
  CHECK(shown.Take() == LineOf("\"MULTI\"") + LineOf("\"EXEC\""));
}

TEST_CASE("An EXEC that is refused is shown, as the end of what began") {
  TestServer server;
  Shown shown(server);
  TestClient client(server);
  TestClient watcher(server);
  watcher.Run("MONITOR");
  client.Run("EXEC x");
  CHECK(shown.Take() == LineOf("\"EXEC\" \"x\""));
}

TEST_CASE("A long command is shown at its end") {
  TestServer server;
  Shown shown(server);
  TestClient client(server);
  TestClient watcher(server);
  watcher.Run("MONITOR");
  client.Run("KEYS *");
  CHECK(shown.Take() == LineOf("\"KEYS\" \"*\""));
}

TEST_CASE("A watcher may not use keys, until RESET") {
  TestServer server;
  TestClient watcher(server);
  Play(server, watcher,
       {{"MONITOR", kOk},
        {"MONITOR", ""},
        {"GET k", Error(errors::kMonitorHasNoKeys)},
        {"SET k v", Error(errors::kMonitorHasNoKeys)},
        {"PING", "+PONG\r\n"},
        {"RESET", "+RESET\r\n"},
        {"GET k", kNil}});
}

TEST_CASE("Without watchers nothing is described") {
  TestServer server;
  Shown shown(server);
  TestClient client(server);
  {
    TestClient watcher(server);
    TestClient other(server);
    watcher.Run("MONITOR");
    other.Run("MONITOR");
    other.Run("RESET");
    shown.Take();
    CHECK(server.state().attention.any());
  }
  CHECK_FALSE(server.state().attention.any());
  client.Run("PING");
  CHECK(shown.Take() == "");
}

TEST_CASE("MONITOR is refused within a transaction") {
  Play({{"MULTI", kOk},
        {"MONITOR", "+QUEUED\r\n"},
        {"EXEC", Array({Error(errors::kMonitorInTransaction)})}});
}

TEST_CASE("A client of a Unix socket is shown with the socket's path") {
  Client client(1, "/tmp/larder.sock:0", "/tmp/larder.sock:0", -1, 0);
  std::string lines;
  const std::string_view args[] = {"ping"};
  AppendMonitorLine(lines, client, 2, 1'700'000'000'012'345, *FindCommand("ping"), args);
  CHECK(lines == "+1700000000.012345 [2 unix:/tmp/larder.sock] \"ping\"\r\n");
}

}  // namespace larder
