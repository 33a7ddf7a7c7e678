// MULTI, EXEC and DISCARD.
#include "server/commands/transaction.h"

#include <doctest/doctest.h>

#include <string>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"

namespace larder {
namespace {

const std::string kQueued = "+QUEUED\r\n";

}  // namespace

TEST_CASE("EXEC carries out what was queued since MULTI") {
  Play({{"MULTI", kOk},
        {"SET a 1", kQueued},
        {"INCRBY a 4", kQueued},
        {"MGET a b", kQueued},
        {"EXEC", Array({kOk, Integer(5), Array({Bulk("5"), kNil})})},
        {"GET a", Bulk("5")}});
}

TEST_CASE("Nothing happens before EXEC, and nothing at all after DISCARD") {
  TestServer server;
  TestClient client(server);
  TestClient other(server);
  client.Run("MULTI");
  client.Run("SET a 1");
  CHECK(other.Run("GET a") == kNil);
  CHECK(client.Run("DISCARD") == kOk);
  CHECK(client.Run("GET a") == kNil);
  CHECK(client.Run("EXEC") == Error("ERR EXEC without MULTI"));
}

TEST_CASE("EXEC and DISCARD want a transaction, and MULTI wants none") {
  Play({{"EXEC", Error("ERR EXEC without MULTI")},
        {"DISCARD", Error("ERR DISCARD without MULTI")},
        {"MULTI", kOk},
        {"MULTI", Error("ERR MULTI calls can not be nested")},
        {"SET a 1", kQueued},
        {"EXEC", Array({kOk})}});
}

TEST_CASE("An empty transaction is an empty array") {
  Play({{"MULTI", kOk}, {"EXEC", Array({})}});
}

TEST_CASE("A command that cannot be queued makes EXEC refuse everything") {
  for (const std::string wrong : {"NOSUCH a", "GET", "CLIENT NOSUCH", "SHUTDOWN NOSAVE"}) {
    CAPTURE(wrong);
    TestServer server;
    TestClient client(server);
    client.Run("MULTI");
    CHECK(client.Run("SET a 1") == kQueued);
    CHECK(client.Run(wrong).starts_with("-ERR"));
    CHECK(client.Run("EXEC") ==
          Error("EXECABORT Transaction discarded because of previous errors."));
    CHECK(client.Run("GET a") == kNil);
    CHECK(client.Run("EXEC") == Error("ERR EXEC without MULTI"));
    CHECK_FALSE(server.shutdown_requested());
  }
}

TEST_CASE("An error while EXEC runs is one reply among the others") {
  Play({{"SET word abc", kOk},
        {"MULTI", kOk},
        {"INCR word", kQueued},
        {"SET a 1", kQueued},
        {"EXEC", Array({Error(errors::kNotAnInteger), kOk})},
        {"GET a", Bulk("1")}});
}

TEST_CASE("SELECT within a transaction holds for what follows it") {
  Play({{"MULTI", kOk},
        {"SET a zero", kQueued},
        {"SELECT 1", kQueued},
        {"SET a one", kQueued},
        {"EXEC", Array({kOk, kOk, kOk})},
        {"GET a", Bulk("one")},
        {"SELECT 0", kOk},
        {"GET a", Bulk("zero")}});
}

TEST_CASE("The protocol may change within a transaction") {
  TestServer server;
  TestClient client(server);
  client.Run("MULTI");
  client.Run("GET missing");
  client.Run("HELLO 3");
  client.Run("GET missing");
  const std::string reply = client.Run("EXEC");
  CHECK(reply.starts_with("*3\r\n$-1\r\n%7\r\n"));
  CHECK(reply.ends_with("\r\n_\r\n"));
}

TEST_CASE("Long commands run as a whole within a transaction") {
  Play({{"MSET a 1 b 2 c 3", kOk},
        {"MULTI", kOk},
        {"KEYS a", kQueued},
        {"FLUSHDB", kQueued},
        {"KEYS *", kQueued},
        {"DBSIZE", kQueued},
        {"EXEC", Array({Array({Bulk("a")}), kOk, Array({}), Integer(0)})}});
}

TEST_CASE("What a transaction queues stays as it was when the input moves on") {
  TestServer server;
  TestClient client(server);
  client.Run("MULTI");
  for (int i = 0; i < 100; ++i)
    client.Run(
        {"SET", "key" + std::to_string(i), std::string(1000, static_cast<char>('a' + i % 26))});
  client.Run("EXEC");
  CHECK(client.Run("GET key0") == Bulk(std::string(1000, 'a')));
  CHECK(client.Run("GET key99") == Bulk(std::string(1000, static_cast<char>('a' + 99 % 26))));
}

}  // namespace larder
