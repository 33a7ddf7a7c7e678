// TIME and SHUTDOWN.
#include "server/commands/process.h"

#include <doctest/doctest.h>

#include <string>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"

namespace larder {

TEST_CASE("TIME is the clock in seconds and microseconds") {
  TestServer server;
  TestClient client(server);
  server.clock().Set(1'700'000'000'123);
  CHECK(client.Run("TIME") == Array({Bulk("1700000000"), Bulk("123000")}));
}

TEST_CASE("SHUTDOWN ends the server without a reply") {
  for (const std::string command :
       {"SHUTDOWN", "SHUTDOWN NOSAVE", "shutdown now", "SHUTDOWN NOSAVE NOW FORCE"}) {
    CAPTURE(command);
    TestServer server;
    TestClient client(server);
    CHECK(client.Run(command) == "");
    CHECK(server.shutdown_requested());
    CHECK(client.session().closing());
  }
}

TEST_CASE("SHUTDOWN with a save to be made waits for it, and says if it has failed") {
  using Save = ShutdownRequest::Save;
  struct Case {
    std::string command;
    std::vector<SavePoint> points;
    Save save;
    bool force;
  };
  for (const Case& row : {Case{"SHUTDOWN SAVE", {}, Save::kYes, false},
                          Case{"SHUTDOWN SAVE NOW FORCE", {}, Save::kYes, true},
                          Case{"SHUTDOWN", {{1, 1}}, Save::kIfConfigured, false}}) {
    CAPTURE(row.command);
    Settings settings;
    settings.save = row.points;
    TestServer server(settings);
    TestClient client(server);
    client.Send(row.command + "\r\n");
    REQUIRE(server.shutdown_requested());
    CHECK(server.shutdown().save == row.save);
    CHECK(server.shutdown().force == row.force);
    CHECK(client.busy());
    CHECK(client.session().task_waits());
    client.Resume();
    CHECK(client.TakeReplies() == "");
    server.shutdown().refused->done = true;
    CHECK(!client.session().task_waits());
    client.Resume();
    CHECK(client.TakeReplies() == Error("ERR Errors trying to SHUTDOWN. Check logs."));
  }
}

TEST_CASE("SHUTDOWN NOSAVE saves nothing, whatever is configured") {
  Settings settings;
  settings.save = {{1, 1}};
  TestServer server(settings);
  TestClient client(server);
  CHECK(client.Run("SHUTDOWN NOSAVE") == "");
  CHECK(server.shutdown().save == ShutdownRequest::Save::kNo);
  CHECK(client.session().closing());
}

TEST_CASE("SHUTDOWN refuses what it cannot do") {
  TestServer server;
  TestClient client(server);
  CHECK(client.Run("SHUTDOWN ABORT") == Error("ERR No shutdown in progress."));
  CHECK(client.Run("SHUTDOWN SAVE NOSAVE") == Error(errors::kSyntax));
  CHECK(client.Run("SHUTDOWN ABORT NOW") == Error(errors::kSyntax));
  CHECK(client.Run("SHUTDOWN later") == Error(errors::kSyntax));
  CHECK_FALSE(server.shutdown_requested());
  CHECK_FALSE(client.session().closing());
  CHECK(client.Run("PING") == "+PONG\r\n");
}

}  // namespace larder
