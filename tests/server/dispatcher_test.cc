// Requests that are refused before a handler runs, and what a batch does when one of them ends it.
#include "server/dispatcher.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/server/harness.h"

namespace larder {
namespace {

TEST_CASE("An unknown command is named, with as much of its arguments as Redis repeats") {
  TestServer server;
  TestClient client(server);
  CHECK(client.Run("NOSUCH a b") ==
        "-ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' \r\n");
  const std::string longer(200, 'x');
  CHECK(client.Run({"NOSUCH", "a", longer, "never shown"}) ==
        "-ERR unknown command 'NOSUCH', with args beginning with: 'a' '" + std::string(124, 'x') +
            "' \r\n");
  CHECK(client.Run("CLIENT NOSUCH") == "-ERR unknown subcommand 'NOSUCH'. Try CLIENT HELP.\r\n");
  CHECK(client.Run("GET") == "-ERR wrong number of arguments for 'get' command\r\n");
}

TEST_CASE("A refused EXEC drops the transaction") {
  TestServer server;
  TestClient client(server);
  const std::string dropped =
      "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' "
      "command\r\n";
  CHECK(client.Run("EXEC x") == dropped);
  CHECK(client.Run("MULTI") == "+OK\r\n");
  CHECK(client.Run("SET k v") == "+QUEUED\r\n");
  CHECK(client.Run("EXEC x") == dropped);
  CHECK(client.Run("EXEC") == "-ERR EXEC without MULTI\r\n");
  CHECK(client.Run("GET k") == "$-1\r\n");
}

TEST_CASE("A client that speaks HTTP is disconnected without a reply") {
  for (const std::string first : {"POST / HTTP/1.1", "Host: example.com", "host: x"}) {
    TestServer server;
    TestClient client(server);
    CHECK(client.Feed("GET / HTTP/1.1\r\n" + first + "\r\nSET k v\r\n") == "");
    CHECK(client.session().closing());
    TestClient other(server);
    CHECK(other.Run("EXISTS k") == ":0\r\n");
  }
}

TEST_CASE("What follows QUIT in a batch is not carried out") {
  TestServer server;
  TestClient client(server);
  CHECK(client.Feed("SET k 1\r\nQUIT\r\nSET k 2\r\n") == "+OK\r\n+OK\r\n");
  CHECK(client.session().closing());
  TestClient other(server);
  CHECK(other.Run("GET k") == "$1\r\n1\r\n");
}

TEST_CASE("A batch is answered in order, errors and all, whatever its size") {
  for (const int64_t shards : {1, 16}) {
    TestServer server(shards);
    TestClient client(server);
    std::string input;
    std::string expected;
    for (int i = 0; i < 500; ++i) {
      const std::string key = "key:" + std::to_string(i % 37);
      input += "INCR " + key + "\r\nNOSUCH\r\nGET " + key + "\r\n";
      const std::string value = std::to_string(i / 37 + 1);
      expected += ":" + value +
                  "\r\n-ERR unknown command 'NOSUCH', with args beginning with: \r\n$" +
                  std::to_string(value.size()) + "\r\n" + value + "\r\n";
    }
    CHECK(client.Feed(input) == expected);
  }
}

TEST_CASE("Requests of a batch that begin with the same word are told apart by their subcommands") {
  TestServer server;
  TestClient client(server);
  CHECK(client.Feed(
            "CLIENT SETNAME ann\r\nCLIENT GETNAME\r\nCLIENT NOPE bob\r\nCLIENT GETNAME\r\n") ==
        "+OK\r\n$3\r\nann\r\n-ERR unknown subcommand 'NOPE'. Try CLIENT HELP.\r\n$3\r\nann\r\n");
  CHECK(client.Feed("COMMAND COUNT\r\nCOMMAND NOPE\r\nget a\r\nGET a\r\nGET\r\n")
            .ends_with("-ERR unknown subcommand 'NOPE'. Try COMMAND HELP.\r\n$-1\r\n$-1\r\n"
                       "-ERR wrong number of arguments for 'get' command\r\n"));
}

TEST_CASE("Before AUTH only the commands that need none are carried out, one after the other") {
  Settings settings;
  settings.requirepass = "secret";
  TestServer server(settings);
  TestClient client(server);
  CHECK(client.Feed("GET k\r\nAUTH secret\r\nSET k v\r\nGET k\r\n") ==
        "-NOAUTH Authentication required.\r\n+OK\r\n+OK\r\n$1\r\nv\r\n");
}

TEST_CASE("A large argument is stored in the block that it was received into") {
  TestServer server;
  TestClient client(server);
  const std::string value(100'000, 'v');
  const std::string request = TestClient::Encode({"SET", "k", value, "EX", "10"});
  std::string replies;
  for (size_t at = 0; at < request.size(); at += 7000) {
    replies += client.Feed(request.substr(at, 7000));
  }
  CHECK(replies == "+OK\r\n");
  CHECK(client.Run("STRLEN k") == ":100000\r\n");
  CHECK(client.Run("TTL k") == ":10\r\n");
  CHECK(client.Run("GET k") == "$100000\r\n" + value + "\r\n");
}

}  // namespace
}  // namespace larder
