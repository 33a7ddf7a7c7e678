// CONFIG and its subcommands.
#include "server/commands/config.h"

#include <doctest/doctest.h>

#include <string>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"

namespace larder {

TEST_CASE("CONFIG GET answers names and values") {
  Play({{"CONFIG GET databases", Array({Bulk("databases"), Bulk("16")})},
        {"CONFIG GET nosuch", Array({})},
        {"CONFIG GET maxclients maxclient? databases",
         Array({Bulk("maxclients"), Bulk("10000"), Bulk("databases"), Bulk("16")})}});
}

TEST_CASE("CONFIG GET is a map in RESP3") {
  TestServer server;
  TestClient client(server);
  client.Run("HELLO 3");
  CHECK(client.Run("CONFIG GET databases") == "%1\r\n" + Bulk("databases") + Bulk("16"));
}

TEST_CASE("CONFIG SET changes all settings or none") {
  Play({{"CONFIG SET maxclients 50 timeout 7", kOk},
        {"CONFIG GET maxclients", Array({Bulk("maxclients"), Bulk("50")})},
        {"CONFIG GET timeout", Array({Bulk("timeout"), Bulk("7")})},
        {"CONFIG SET maxclients 60 timeout -1",
         Error("ERR CONFIG SET failed (possibly related to argument 'timeout') - argument must be "
               "between 0 and 2147483647 inclusive")},
        {"CONFIG GET maxclients", Array({Bulk("maxclients"), Bulk("50")})},
        {"CONFIG SET maxclients 60 timeout", Error(errors::kSyntax)},
        {"CONFIG SET nosuch 1",
         Error("ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'")}});
}

TEST_CASE("CONFIG REWRITE wants a configuration file") {
  Play({{"CONFIG REWRITE", Error("ERR The server is running without a config file")}});
}

TEST_CASE("CONFIG RESETSTAT sets counters back") {
  TestServer server;
  TestClient client(server);
  client.Run("SET k v");
  client.Run("GET k");
  client.Run("GET missing");
  client.Run("INCR k");
  CHECK(client.Run("INFO stats").find("keyspace_hits:1\r\nkeyspace_misses:1") != std::string::npos);
  CHECK(client.Run("CONFIG RESETSTAT") == kOk);
  const std::string info = client.Run("INFO stats commandstats errorstats");
  CHECK(info.find("keyspace_hits:0\r\nkeyspace_misses:0") != std::string::npos);
  CHECK(info.find("total_error_replies:0") != std::string::npos);
  CHECK(info.find("cmdstat_get") == std::string::npos);
  CHECK(info.find("errorstat_ERR") == std::string::npos);
}

TEST_CASE("CONFIG HELP lists the subcommands") {
  TestServer server;
  TestClient client(server);
  const std::string help = client.Run("CONFIG HELP");
  CHECK(help.find("+GET parameter [parameter ...]\r\n") != std::string::npos);
  CHECK(help.find("+RESETSTAT\r\n") != std::string::npos);
}

}  // namespace larder
