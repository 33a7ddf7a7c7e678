// SLOWLOG: which calls it keeps, and what of them.
#include "server/commands/slowlog.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"
#include "tests/server/reply_reader.h"
#include "tests/server/steps.h"

namespace larder {
namespace {

// The arguments of the calls in the log, the newest first, each joined by spaces.
std::vector<std::string> Logged(TestClient& client) {
  std::vector<std::string> calls;
  for (const Reply& call : WholeReply(client.Run("SLOWLOG GET -1")).elements) {
    REQUIRE(call.elements.size() == 6);
    std::string text;
    for (const Reply& arg : call.elements[3].elements)
      text += (text.empty() ? "" : " ") + arg.text;
    calls.push_back(text);
  }
  return calls;
}

using Calls = std::vector<std::string>;

}  // namespace

TEST_CASE("SLOWLOG keeps nothing of calls that are fast enough, or when it is off") {
  TestServer server;
  TestClient client(server);
  client.Run("CONFIG SET slowlog-log-slower-than 10000000");
  client.Run("SET a b");
  CHECK(client.Run("SLOWLOG LEN") == Integer(0));
  CHECK(client.Run("SLOWLOG GET") == Array({}));
  client.Run("CONFIG SET slowlog-log-slower-than -1");
  client.Run("SET a b");
  CHECK(client.Run("SLOWLOG LEN") == Integer(0));
}

TEST_CASE("SLOWLOG GET tells of each call who made it, when, and with which arguments") {
  TestServer server;
  TestClient client(server);
  client.Run("CLIENT SETNAME foobar");
  client.Run("CONFIG SET slowlog-log-slower-than 0");
  client.Run("GET a");
  const Reply calls = WholeReply(client.Run("SLOWLOG GET"));
  REQUIRE(calls.elements.size() == 2);
  const std::vector<Reply>& call = calls.elements[0].elements;
  CHECK(call[0].text == "1");
  CHECK(call[1].text == std::to_string(TestServer::kStartMs / 1000));
  CHECK(std::stoll(call[2].text) >= 0);
  CHECK(call[3].elements.size() == 2);
  CHECK(call[4].text == client.client().peer);
  CHECK(call[5].text == "foobar");
  CHECK(Logged(client) == Calls{"SLOWLOG GET", "GET a", "CONFIG SET slowlog-log-slower-than 0"});
}

TEST_CASE("SLOWLOG GET answers as many calls as are asked for, ten by default") {
  TestServer server;
  TestClient client(server);
  client.Run("CONFIG SET slowlog-log-slower-than 0 slowlog-max-len 30");
  for (int i = 0; i < 40; ++i)
    client.Run("PING");
  CHECK(client.Run("SLOWLOG LEN") == Integer(30));
  const auto count = [&](const char* command) {
    return WholeReply(client.Run(command)).elements.size();
  };
  CHECK(count("SLOWLOG GET") == 10);
  CHECK(count("SLOWLOG GET 3") == 3);
  CHECK(count("SLOWLOG GET 0") == 0);
  CHECK(count("SLOWLOG GET 500") == 30);
  CHECK(count("SLOWLOG GET -1") == 30);
  CHECK(client.Run("SLOWLOG GET -2") == Error(errors::kBadSlowlogCount));
  CHECK(client.Run("SLOWLOG GET x") == Error(errors::kBadSlowlogCount));
  CHECK(client.Run("SLOWLOG GET 1 2") ==
        Error("ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP."));
  client.Run("CONFIG SET slowlog-max-len 4");
  CHECK(client.Run("SLOWLOG LEN") == Integer(4));
  CHECK(client.Run("SLOWLOG RESET") == kOk);
  CHECK(client.Run("SLOWLOG LEN") == Integer(1));  // the reset itself
  client.Run("CONFIG SET slowlog-max-len 0");
  CHECK(client.Run("SLOWLOG LEN") == Integer(0));
}

TEST_CASE("SLOWLOG clips long arguments and long lists of them") {
  TestServer server;
  TestClient client(server);
  client.Run("CONFIG SET slowlog-log-slower-than 0");
  client.Run("SLOWLOG RESET");
  client.Run({"SET", "a", std::string(129, 'A')});
  std::vector<std::string> many = {"DEL"};
  for (int i = 1; i < 33; ++i)
    many.push_back("k" + std::to_string(i));
  client.Feed(Encode(many));
  many.pop_back();
  client.Feed(Encode(many));
  const Reply calls = WholeReply(client.Run("SLOWLOG GET"));
  CHECK(calls.elements[2].elements[3].elements[2].text ==
        std::string(128, 'A') + "... (1 more bytes)");
  const std::vector<Reply>& clipped = calls.elements[1].elements[3].elements;
  REQUIRE(clipped.size() == 32);
  CHECK(clipped[30].text == "k30");
  CHECK(clipped[31].text == "... (2 more arguments)");
  CHECK(calls.elements[0].elements[3].elements.size() == 32);
  CHECK(calls.elements[0].elements[3].elements[31].text == "k31");
}

TEST_CASE("SLOWLOG shows large values although the store has taken them over") {
  TestServer server;
  TestClient client(server);
  client.Run("CONFIG SET slowlog-log-slower-than 0");
  client.Run({"SET", "a", std::string(100'000, 'A')});
  CHECK(Logged(client)[0] == "SET a " + std::string(128, 'A') + "... (99872 more bytes)");
}

TEST_CASE("SLOWLOG shows no passwords") {
  TestServer server;
  TestClient client(server);
  client.Run("CONFIG SET slowlog-log-slower-than 0");
  client.Run("SLOWLOG RESET");
  client.Run("AUTH secret");
  client.Run("AUTH user secret");
  client.Run("HELLO 2 SETNAME auth AUTH default secret");
  client.Run("CONFIG SET maxmemory 0 RequirePass secret timeout 0");
  const Calls calls = Logged(client);
  CHECK(calls[0] == "CONFIG SET maxmemory 0 RequirePass (redacted) timeout 0");
  CHECK(calls[1] == "HELLO 2 SETNAME auth AUTH (redacted) (redacted)");
  CHECK(calls[2] == "AUTH (redacted) (redacted)");
  CHECK(calls[3] == "AUTH (redacted)");
}

TEST_CASE("SLOWLOG keeps the commands of a transaction, not EXEC") {
  TestServer server;
  TestClient client(server);
  client.Run("CONFIG SET slowlog-log-slower-than 0");
  client.Run("SLOWLOG RESET");
  client.Run("MULTI");
  client.Run("SET a 1");
  client.Run("KEYS *");
  client.Run("EXEC");
  CHECK(Logged(client) == Calls{"KEYS *", "SET a 1", "MULTI", "SLOWLOG RESET"});
}

TEST_CASE("SLOWLOG keeps a command that is carried out in slices once, at its end") {
  TestServer server;
  TestClient client(server);
  AddKeys(client, "k", 0, 1000);
  client.Run("CONFIG SET slowlog-log-slower-than 0");
  client.Run("SLOWLOG RESET");
  client.Run("KEYS *");
  CHECK(Logged(client) == Calls{"KEYS *", "SLOWLOG RESET"});
}

TEST_CASE("SLOWLOG HELP lists the subcommands") {
  TestServer server;
  TestClient client(server);
  CHECK(client.Run("SLOWLOG HELP").find("GET [count]") != std::string::npos);
}

}  // namespace larder
