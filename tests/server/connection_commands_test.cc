// Commands about the connection: AUTH, HELLO, PING, ECHO, SELECT, QUIT, RESET, READONLY, READWRITE.
#include "server/commands/connection.h"

#include <doctest/doctest.h>

#include <string>

#include "server/commands/errors.h"
#include "server/version.h"
#include "tests/server/conversation.h"

namespace larder {
namespace {

Settings WithPassword(const std::string& password) {
  Settings settings;
  settings.requirepass = password;
  return settings;
}

std::string HelloReply(int version, uint64_t id) {
  const std::string head = version == 3 ? "%7\r\n" : "*14\r\n";
  return head + Bulk("server") + Bulk("redis") + Bulk("version") + Bulk(kRedisVersion) +
         Bulk("proto") + Integer(version) + Bulk("id") + Integer(static_cast<int64_t>(id)) +
         Bulk("mode") + Bulk("standalone") + Bulk("role") + Bulk("master") + Bulk("modules") +
         "*0\r\n";
}

}  // namespace

TEST_CASE("PING and ECHO answer what they are given") {
  Play({{"PING", "+PONG\r\n"},
        {"PING hello", Bulk("hello")},
        {"PING \"\"", Bulk("")},
        {"PING a b", Error(errors::WrongArity("ping"))},
        {"ECHO \"a\\r\\nb\"", Bulk("a\r\nb")}});
}

TEST_CASE("SELECT changes the database of the connection") {
  Play({{"SET k zero", kOk},
        {"SELECT 1", kOk},
        {"GET k", kNil},
        {"SET k one", kOk},
        {"SELECT 0", kOk},
        {"GET k", Bulk("zero")},
        {"SELECT 15", kOk},
        {"SELECT 16", Error(errors::kDbIndexOutOfRange)},
        {"SELECT -1", Error(errors::kDbIndexOutOfRange)},
        {"SELECT abc", Error(errors::kNotAnInteger)},
        {"SELECT 1.5", Error(errors::kNotAnInteger)}});
}

TEST_CASE("READONLY and READWRITE say that there is no cluster") {
  Play({{"READONLY", Error("ERR This instance has cluster support disabled")},
        {"READWRITE", Error("ERR This instance has cluster support disabled")}});
}

TEST_CASE("QUIT ends the connection after its reply") {
  TestServer server;
  TestClient client(server);
  CHECK(client.Feed("SET k v\r\nQUIT\r\nSET k w\r\n") == kOk + kOk);
  CHECK(client.session().closing());
  TestClient other(server);
  CHECK(other.Run("GET k") == Bulk("v"));
}

TEST_CASE("HELLO answers what is in force and changes the protocol") {
  TestServer server;
  TestClient client(server);
  const uint64_t id = client.client().id;
  CHECK(client.Run("HELLO") == HelloReply(2, id));
  CHECK(client.Run("HELLO 3") == HelloReply(3, id));
  CHECK(client.Run("GET missing") == "_\r\n");
  CHECK(client.Run("hello") == HelloReply(3, id));
  CHECK(client.Run("HELLO 2") == HelloReply(2, id));
  CHECK(client.Run("GET missing") == kNil);
}

TEST_CASE("HELLO refuses what it does not understand, and changes nothing then") {
  TestServer server;
  TestClient client(server);
  CHECK(client.Run("HELLO 4") == Error(errors::kNoSuchProtocol));
  CHECK(client.Run("HELLO 1") == Error(errors::kNoSuchProtocol));
  CHECK(client.Run("HELLO x") == Error(errors::kBadProtocolNumber));
  CHECK(client.Run("HELLO 3 AUTH default") == Error(errors::HelloSyntax("AUTH")));
  CHECK(client.Run("HELLO 3 SETNAME") == Error(errors::HelloSyntax("SETNAME")));
  CHECK(client.Run("HELLO 3 MAYBE") == Error(errors::HelloSyntax("MAYBE")));
  CHECK(client.Run("HELLO 3 SETNAME \"a b\"") == Error(errors::kBadClientName));
  CHECK(client.Run("HELLO 3 AUTH other x SETNAME me") == Error(errors::kWrongPassword));
  CHECK(client.Run("GET missing") == kNil);
  CHECK(client.Run("CLIENT GETNAME") == kNil);
}

TEST_CASE("HELLO authenticates and names the connection") {
  TestServer server(WithPassword("secret"));
  TestClient client(server);
  CHECK(client.Run("HELLO") == Error(errors::kHelloNeedsAuth));
  CHECK(client.Run("HELLO 3") == Error(errors::kHelloNeedsAuth));
  CHECK(client.Run("HELLO 3 AUTH default wrong") == Error(errors::kWrongPassword));
  CHECK(client.Run("GET k") == Error(errors::kNoAuth));
  CHECK(client.Run("HELLO 3 SETNAME me AUTH default secret") == HelloReply(3, client.client().id));
  CHECK(client.Run("CLIENT GETNAME") == Bulk("me"));
}

TEST_CASE("AUTH wants the password of the default user") {
  TestServer server(WithPassword("secret"));
  TestClient client(server);
  CHECK(client.Run("PING") == Error(errors::kNoAuth));
  CHECK(client.Run("AUTH wrong") == Error(errors::kWrongPassword));
  CHECK(client.Run("AUTH secret1") == Error(errors::kWrongPassword));
  CHECK(client.Run("AUTH secre") == Error(errors::kWrongPassword));
  CHECK(client.Run("AUTH \"\"") == Error(errors::kWrongPassword));
  CHECK(client.Run("AUTH other secret") == Error(errors::kWrongPassword));
  CHECK(client.Run("AUTH default wrong") == Error(errors::kWrongPassword));
  CHECK(client.Run("AUTH a b c") == Error(errors::kSyntax));
  CHECK(client.Run("GET k") == Error(errors::kNoAuth));
  CHECK(client.Run("AUTH secret") == kOk);
  CHECK(client.Run("PING") == "+PONG\r\n");
  SUBCASE("A wrong password does not take away what a right one gave") {
    CHECK(client.Run("AUTH wrong") == Error(errors::kWrongPassword));
    CHECK(client.Run("PING") == "+PONG\r\n");
  }
  TestClient other(server);
  CHECK(other.Run("PING") == Error(errors::kNoAuth));
  CHECK(other.Run("AUTH default secret") == kOk);
  CHECK(other.Run("PING") == "+PONG\r\n");
}

TEST_CASE("Without a password AUTH with one argument is a mistake, with a user it is not") {
  Play({{"AUTH secret", Error(errors::kNoPassword)},
        {"AUTH default anything", kOk},
        {"AUTH other anything", Error(errors::kWrongPassword)}});
}

TEST_CASE("A password that is set later concerns new connections only") {
  TestServer server;
  TestClient before(server);
  CHECK(before.Run("CONFIG SET requirepass secret") == kOk);
  CHECK(before.Run("PING") == "+PONG\r\n");
  TestClient after(server);
  CHECK(after.Run("PING") == Error(errors::kNoAuth));
  CHECK(before.Run("CONFIG SET requirepass \"\"") == kOk);
  CHECK(after.Run("PING") == "+PONG\r\n");
}

TEST_CASE("RESET takes the connection back to its beginning") {
  TestServer server(WithPassword("secret"));
  TestClient client(server);
  client.Run("HELLO 3 AUTH default secret SETNAME me");
  client.Run("SELECT 5");
  client.Run("MULTI");
  client.Run("SET k v");
  CHECK(client.Run("RESET") == "+RESET\r\n");
  CHECK(client.Run("PING") == Error(errors::kNoAuth));
  CHECK(client.Run("AUTH secret") == kOk);
  CHECK(client.Run("EXEC") == Error(errors::kExecWithoutMulti));
  CHECK(client.Run("GET k") == kNil);
  CHECK(client.Run("CLIENT GETNAME") == kNil);
  CHECK(client.client().db == 0);
}

}  // namespace larder
