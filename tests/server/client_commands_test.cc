// CLIENT and its subcommands.
#include "server/commands/client.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"
#include "tests/server/reply_reader.h"

namespace larder {
namespace {

std::string TextOf(const std::string& bytes) {
  const Reply reply = WholeReply(bytes);
  REQUIRE(reply.type == '$');
  return reply.text;
}

// The value of a field in a line of CLIENT LIST.
std::string Field(const std::string& line, const std::string& name) {
  const size_t at = (" " + line).find(" " + name + "=");
  REQUIRE(at != std::string::npos);
  const size_t begin = at + name.size() + 1;
  return line.substr(begin, line.find_first_of(" \n", begin) - begin);
}

}  // namespace

TEST_CASE("CLIENT ID is the number that no other connection has") {
  TestServer server;
  TestClient first(server);
  TestClient second(server);
  CHECK(first.Run("CLIENT ID") == Integer(static_cast<int64_t>(first.client().id)));
  CHECK(first.Run("CLIENT ID") != second.Run("CLIENT ID"));
}

TEST_CASE("CLIENT SETNAME names the connection, and an empty name takes the name away") {
  const std::string bad = Error(errors::kBadClientName);
  Play({{"CLIENT GETNAME", kNil},
        {"CLIENT SETNAME worker-1", kOk},
        {"CLIENT GETNAME", Bulk("worker-1")},
        {"CLIENT SETNAME \"a b\"", bad},
        {"CLIENT SETNAME \"a\\nb\"", bad},
        {"CLIENT SETNAME \"a\\x00b\"", bad},
        {"CLIENT SETNAME \"\\xc3\\xa4\"", bad},
        {"CLIENT GETNAME", Bulk("worker-1")},
        {"CLIENT SETNAME \"\"", kOk},
        {"CLIENT GETNAME", kNil}});
}

TEST_CASE("CLIENT SETINFO tells the library and its version") {
  TestServer server;
  TestClient client(server);
  CHECK(client.Run("CLIENT SETINFO LIB-NAME redis-py") == kOk);
  CHECK(client.Run("CLIENT SETINFO lib-ver 8.0.0") == kOk);
  CHECK(client.Run("CLIENT SETINFO LIB-NAME \"redis py\"") ==
        Error("ERR LIB-NAME cannot contain spaces, newlines or special characters."));
  CHECK(client.Run("CLIENT SETINFO lib-age 3") == Error("ERR Unrecognized option 'lib-age'"));
  const std::string line = TextOf(client.Run("CLIENT INFO"));
  CHECK(Field(line, "lib-name") == "redis-py");
  CHECK(Field(line, "lib-ver") == "8.0.0");
  CHECK(client.Run("CLIENT SETINFO LIB-VER \"\"") == kOk);
  CHECK(Field(TextOf(client.Run("CLIENT INFO")), "lib-ver") == "");
}

TEST_CASE("CLIENT INFO describes the connection in the fields of Redis 7.4") {
  TestServer server;
  TestClient client(server);
  server.clock().Advance(5000);
  client.Run("SELECT 3");
  client.Run("CLIENT SETNAME me");
  const std::string id = std::to_string(client.client().id);
  const std::string memory = Field(TextOf(client.Run("CLIENT INFO")), "tot-mem");
  const std::string room = Field(TextOf(client.Run("CLIENT INFO")), "qbuf-free");
  const std::string unread = Field(TextOf(client.Run("CLIENT INFO")), "qbuf");
  CHECK(TextOf(client.Run("CLIENT INFO")) ==
        "id=" + id +
            " addr=127.0.0.1:50000 laddr=127.0.0.1:6379 fd=-1 name=me age=5 idle=0 flags=N db=3 "
            "sub=0 psub=0 ssub=0 multi=-1 watch=0 qbuf=" +
            unread + " qbuf-free=" + room +
            " argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem=" + memory +
            " events=r cmd=client|info user=default redir=-1 resp=2 lib-name= lib-ver=\n");
}

TEST_CASE("CLIENT INFO and LIST are verbatim strings in RESP3") {
  TestServer server;
  TestClient client(server);
  client.Run("HELLO 3");
  CHECK(client.Run("CLIENT INFO").starts_with("="));
  CHECK(client.Run("CLIENT INFO").find("\r\ntxt:id=") != std::string::npos);
  CHECK(client.Run("CLIENT LIST").find("resp=3") != std::string::npos);
}

TEST_CASE("CLIENT LIST has a line for each connection") {
  TestServer server;
  TestClient first(server);
  TestClient second(server);
  second.Run("GET k");
  server.clock().Advance(3000);
  const std::string lines = TextOf(first.Run("CLIENT LIST"));
  const size_t end = lines.find('\n');
  CHECK(Field(lines, "id") == std::to_string(first.client().id));
  CHECK(Field(lines, "cmd") == "client|list");
  const std::string other = lines.substr(end + 1);
  CHECK(Field(other, "id") == std::to_string(second.client().id));
  CHECK(Field(other, "cmd") == "get");
  CHECK(Field(other, "idle") == "3");
  CHECK(other.find('\n') == other.size() - 1);
}

TEST_CASE("CLIENT LIST shows a transaction") {
  TestServer server;
  TestClient first(server);
  TestClient second(server);
  second.Run("MULTI");
  second.Run("SET k v");
  second.Run("GET k");
  const std::string lines = TextOf(first.Run("CLIENT LIST"));
  const std::string line = lines.substr(lines.find('\n') + 1);
  CHECK(Field(line, "flags") == "x");
  CHECK(Field(line, "multi") == "2");
  CHECK(Field(line, "multi-mem") != "0");
}

TEST_CASE("CLIENT LIST selects by type and by number") {
  TestServer server;
  TestClient first(server);
  TestClient second(server);
  const std::string id = std::to_string(second.client().id);
  const auto count = [&](const std::string& command) {
    const std::string lines = TextOf(first.Run(command));
    return std::count(lines.begin(), lines.end(), '\n');
  };
  CHECK(count("CLIENT LIST TYPE normal") == 2);
  CHECK(count("CLIENT LIST TYPE NORMAL") == 2);
  CHECK(count("CLIENT LIST TYPE replica") == 0);
  CHECK(count("CLIENT LIST TYPE slave") == 0);
  CHECK(count("CLIENT LIST TYPE master") == 0);
  CHECK(count("CLIENT LIST TYPE pubsub") == 0);
  CHECK(count("CLIENT LIST ID " + id) == 1);
  CHECK(count("CLIENT LIST ID " + id + " 99999") == 1);
  CHECK(count("CLIENT LIST ID 99999") == 0);
  CHECK(Field(TextOf(first.Run("CLIENT LIST ID " + id)), "id") == id);
  CHECK(first.Run("CLIENT LIST TYPE other") == Error("ERR Unknown client type 'other'"));
  CHECK(first.Run("CLIENT LIST ID 1 x") == Error("ERR Invalid client ID"));
  CHECK(first.Run("CLIENT LIST ID") == Error(errors::kSyntax));
  CHECK(first.Run("CLIENT LIST TYPE normal x") == Error(errors::kSyntax));
  CHECK(first.Run("CLIENT LIST MAYBE 1") == Error(errors::kSyntax));
}

TEST_CASE("CLIENT HELP lists the subcommands") {
  TestServer server;
  TestClient client(server);
  const std::string help = client.Run("CLIENT HELP");
  CHECK(help.find("+CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\r\n") !=
        std::string::npos);
  CHECK(help.find("+SETINFO <lib-name libname | lib-ver libver>\r\n") != std::string::npos);
  CHECK(help.find("+HELP\r\n") != std::string::npos);
}

TEST_CASE("Subcommands that are not served are refused at once") {
  Play({{"CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type internal-ip",
         Error("ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP.")},
        {"CLIENT", Error(errors::WrongArity("client"))},
        {"PING", "+PONG\r\n"}});
}

}  // namespace larder
