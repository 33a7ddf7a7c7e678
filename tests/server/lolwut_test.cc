// LOLWUT: the picture and the version.
#include "server/commands/lolwut.h"

#include <doctest/doctest.h>

#include <string>

#include "server/commands/errors.h"
#include "server/version.h"
#include "tests/server/conversation.h"

namespace larder {

TEST_CASE("LOLWUT draws a larder and tells the version") {
  TestServer server;
  TestClient client(server);
  const std::string picture = client.Run("LOLWUT");
  CHECK(picture.find("  |====") != std::string::npos);
  CHECK(picture.find("Larder ver. " + std::string(kLarderVersion)) != std::string::npos);
  server.clock().Advance(1);
  CHECK(client.Run("LOLWUT") != picture);
  CHECK(client.Run("LOLWUT VERSION 5") == client.Run("lolwut version 5"));
  CHECK(client.Run("LOLWUT VERSION 5") != client.Run("LOLWUT VERSION 6"));
  client.Run("HELLO 3");
  CHECK(client.Run("LOLWUT").find("\r\ntxt:  .---") != std::string::npos);
}

TEST_CASE("LOLWUT refuses what it does not know") {
  Play({{"LOLWUT VERSION x", Error(errors::kNotAnInteger)},
        {"LOLWUT VERSION", Error(errors::kSyntax)},
        {"LOLWUT nosuch", Error(errors::kSyntax)}});
}

}  // namespace larder
