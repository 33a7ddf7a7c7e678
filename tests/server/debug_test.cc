// DEBUG: who may use it, and what it shows.
#include "server/commands/debug.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"

namespace larder {
namespace {

Settings WithDebug(ProtectedAction allowed) {
  Settings settings;
  settings.enable_debug_command = allowed;
  return settings;
}

class DebugServer : public TestServer {
 public:
  DebugServer() : TestServer(WithDebug(ProtectedAction::kAllowed)) {}
};

}  // namespace

TEST_CASE("DEBUG is refused unless the settings allow it") {
  TestServer server;
  TestClient client(server);
  client.Run("SET key value");
  for (const char* command :
       {"DEBUG SLEEP 0", "DEBUG OBJECT key", "DEBUG DIGEST", "DEBUG DIGEST-VALUE key",
        "DEBUG POPULATE 5", "DEBUG PROTOCOL null", "DEBUG SET-ACTIVE-EXPIRE 0", "DEBUG ERROR x",
        "DEBUG STRINGMATCH-LEN a b", "DEBUG RELOAD", "DEBUG HELP"}) {
    CAPTURE(command);
    CHECK(client.Run(command) == Error(errors::kDebugNotAllowed));
  }
  client.Run("MULTI");
  CHECK(client.Run("DEBUG SLEEP 0") == Error(errors::kDebugNotAllowed));
  CHECK(client.Run("EXEC") == Error(errors::kExecAbort));
  CHECK(client.Run("CONFIG SET enable-debug-command yes").starts_with("-ERR"));
}

TEST_CASE("DEBUG may be allowed for clients on the same machine") {
  TestServer server(WithDebug(ProtectedAction::kLocal));
  TestClient client(server);
  REQUIRE(client.client().peer.starts_with("127.0.0.1:"));
  CHECK(client.Run("DEBUG SLEEP 0") == kOk);
}

TEST_CASE("DEBUG SLEEP takes its time") {
  DebugServer server;
  TestClient client(server);
  const auto before = std::chrono::steady_clock::now();
  CHECK(client.Run("DEBUG SLEEP 0.02") == kOk);
  CHECK(std::chrono::steady_clock::now() - before >= std::chrono::milliseconds(20));
  CHECK(client.Run("DEBUG SLEEP x") == Error(errors::kNotAFloat));
  CHECK(client.Run("DEBUG SLEEP -1") == kOk);
}

TEST_CASE("DEBUG OBJECT says where and how a value is stored") {
  DebugServer server;
  TestClient client(server);
  client.Run("SET text hello");
  client.Run("SET number 12345");
  const std::string text = client.Run("DEBUG OBJECT text");
  CHECK(text.starts_with("+Value at:0x"));
  CHECK(text.find(" refcount:1 encoding:embstr serializedlength:6") != std::string::npos);
  CHECK(client.Run("DEBUG OBJECT number").find("encoding:int serializedlength:3") !=
        std::string::npos);
  CHECK(client.Run("DEBUG OBJECT missing") == Error(errors::kNoSuchKey));
  CHECK(text.find("lru_seconds_idle") == std::string::npos);
  client.Run("CONFIG SET maxmemory-policy allkeys-lru");
  client.Run("SET text hello");
  server.clock().Advance(5000);
  CHECK(client.Run("DEBUG OBJECT text").find(" lru_seconds_idle:5") != std::string::npos);
}

TEST_CASE("An integer is changed in place") {
  DebugServer server;
  TestClient client(server);
  client.Run("SET n 20000");
  const auto address = [&] { return client.Run("DEBUG OBJECT n").substr(0, 26); };
  const std::string before = address();
  client.Run("INCR n");
  CHECK(address() == before);
}

TEST_CASE("DEBUG DIGEST-VALUE is the same for equal values, however they came about") {
  WithFewAndManyShards([](TestServer&, TestClient&) {
    DebugServer server;
    TestClient client(server);
    client.Run("SET a 123");
    client.Run("SET b 12");
    client.Run("APPEND b 3");
    client.Run("SET c 124");
    const auto digest = [&](const std::string& key) {
      return client.Run("DEBUG DIGEST-VALUE " + key);
    };
    CHECK(digest("a").size() == std::string("*1\r\n+\r\n").size() + 40);
    CHECK(digest("a") == digest("b"));
    CHECK(digest("a") != digest("c"));
    CHECK(digest("missing") == "*1\r\n+" + std::string(40, '0') + "\r\n");
    CHECK(client.Run("DEBUG DIGEST-VALUE a b").starts_with("*2\r\n"));
    client.Run("EXPIRE b 100");
    CHECK(digest("a") != digest("b"));
  });
}

TEST_CASE("DEBUG DIGEST is the same if all keys are, in whatever shards and order") {
  Settings few = WithDebug(ProtectedAction::kAllowed);
  few.shards = 1;
  TestServer first(few);
  DebugServer second;
  TestClient one(first);
  TestClient other(second);
  const std::string empty = "+" + std::string(40, '0') + "\r\n";
  CHECK(one.Run("DEBUG DIGEST") == empty);
  for (int i = 0; i < 300; ++i) {
    one.Run("SET k" + std::to_string(i) + " v");
    other.Run("SET k" + std::to_string(299 - i) + " v");
  }
  one.Run("SELECT 3");
  one.Run("SET a 1");
  CHECK(one.Run("DEBUG DIGEST") != other.Run("DEBUG DIGEST"));
  other.Run("SELECT 3");
  other.Run("SET a 1");
  const std::string full = one.Run("DEBUG DIGEST");
  CHECK(full == other.Run("DEBUG DIGEST"));
  other.Run("SET a 2");
  CHECK(full != other.Run("DEBUG DIGEST"));
  other.Run("SET a 1");
  other.Run("MOVE a 4");
  CHECK(full != other.Run("DEBUG DIGEST"));
  one.Run("FLUSHALL");
  CHECK(one.Run("DEBUG DIGEST") == empty);
}

TEST_CASE("DEBUG POPULATE stores numbered keys, and leaves those that are there alone") {
  DebugServer server;
  TestClient client(server);
  Play(server, client,
       {{"SET key:3 mine", kOk},
        {"DEBUG POPULATE 5", kOk},
        {"DBSIZE", Integer(5)},
        {"GET key:3", Bulk("mine")},
        {"GET key:4", Bulk("value:4")},
        {"DEBUG POPULATE 3 other 10", kOk},
        {"GET other:2", Bulk(std::string("value:2\0\0\0", 10))},
        {"DEBUG POPULATE 1 large 20000", kOk},
        {"STRLEN large:0", Integer(20000)},
        {"DEBUG POPULATE 1 short 3", kOk},
        {"GET short:0", Bulk("val")},
        {"DEBUG POPULATE -1", Error(errors::kNotPositive)},
        {"DEBUG POPULATE x", Error(errors::kNotPositive)},
        {"DEBUG POPULATE 1 p -5", Error(errors::kNotPositive)},
        {"DEBUG POPULATE 1 p 5 x",
         Error("ERR unknown subcommand or wrong number of arguments for 'POPULATE'. Try DEBUG "
               "HELP.")}});
}

TEST_CASE("DEBUG PROTOCOL has a reply of each type") {
  DebugServer server;
  TestClient client(server);
  Play(server, client,
       {{"DEBUG PROTOCOL string", Bulk("Hello World")},
        {"DEBUG PROTOCOL INTEGER", Integer(12345)},
        {"DEBUG PROTOCOL double", Bulk("3.141")},
        {"DEBUG PROTOCOL null", kNil},
        {"DEBUG PROTOCOL attrib", Bulk("Some real reply following the attribute")},
        {"DEBUG PROTOCOL push", Error(errors::kNeedsResp3)},
        {"DEBUG PROTOCOL nosuch", Error(errors::kNoSuchReplyType)}});
  client.Run("HELLO 3");
  Play(
      server, client,
      {{"DEBUG PROTOCOL double", ",3.141\r\n"},
       {"DEBUG PROTOCOL bignum", "(1234567999999999999999999999999999999\r\n"},
       {"DEBUG PROTOCOL null", "_\r\n"},
       {"DEBUG PROTOCOL array", "*3\r\n:0\r\n:1\r\n:2\r\n"},
       {"DEBUG PROTOCOL set", "~3\r\n:0\r\n:1\r\n:2\r\n"},
       {"DEBUG PROTOCOL map", "%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n"},
       {"DEBUG PROTOCOL attrib", "|1\r\n" + Bulk("key-popularity") + "*2\r\n" + Bulk("key:123") +
                                     Integer(90) + Bulk("Some real reply following the attribute")},
       {"DEBUG PROTOCOL push", ">2\r\n" + Bulk("server-cpu-usage") + Integer(42) +
                                   Bulk("Some real reply following the push reply")},
       {"DEBUG PROTOCOL verbatim", "=29\r\ntxt:This is a verbatim\nstring\r\n"},
       {"DEBUG PROTOCOL true", "#t\r\n"},
       {"DEBUG PROTOCOL false", "#f\r\n"}});
}

TEST_CASE("DEBUG SET-ACTIVE-EXPIRE says whether the upkeep removes expired keys") {
  DebugServer server;
  TestClient client(server);
  CHECK(server.state().expires_actively);
  CHECK(client.Run("DEBUG SET-ACTIVE-EXPIRE 0") == kOk);
  CHECK_FALSE(server.state().expires_actively);
  CHECK(client.Run("DEBUG SET-ACTIVE-EXPIRE 1") == kOk);
  CHECK(server.state().expires_actively);
  CHECK(client.Run("DEBUG SET-ACTIVE-EXPIRE x") == Error(errors::kSyntax));
}

TEST_CASE("DEBUG ERROR and DEBUG STRINGMATCH-LEN answer what they are given to") {
  DebugServer server;
  TestClient client(server);
  CHECK(client.Run({"DEBUG", "ERROR", "MYERR some\r\ntext"}) == Error("MYERR some  text"));
  CHECK(client.Run("DEBUG STRINGMATCH-LEN a*c abc") == Integer(1));
  CHECK(client.Run("DEBUG STRINGMATCH-LEN a*c abd") == Integer(0));
  CHECK(client.Run("DEBUG HELP").find("SLEEP seconds") != std::string::npos);
}

}  // namespace larder
