// What CLIENT does to clients: KILL, REPLY, NO-EVICT, NO-TOUCH, UNBLOCK.
#include <doctest/doctest.h>

#include <string>

#include "server/client_memory.h"
#include "server/commands/client.h"
#include "server/commands/errors.h"
#include "tests/server/conversation.h"

namespace larder {
namespace {

std::string IdOf(TestClient& client) {
  return std::to_string(client.client().id);
}

}  // namespace

TEST_CASE("CLIENT KILL by the number marks that client, and nobody sees it any more") {
  TestServer server;
  TestClient client(server);
  TestClient other(server);
  CHECK(client.Run("CLIENT KILL ID " + IdOf(other)) == Integer(1));
  CHECK(other.client().killed);
  CHECK_FALSE(client.client().killed);
  CHECK(client.Run("CLIENT LIST").find("id=" + IdOf(other) + " ") == std::string::npos);
  CHECK(client.Run("CLIENT KILL ID " + IdOf(other)) == Integer(0));
}

TEST_CASE("A client that kills itself is closed after the reply, unless it skips itself") {
  for (const bool old_form : {false, true}) {
    CAPTURE(old_form);
    TestServer server;
    TestClient client(server);
    CHECK(client.Run("CLIENT KILL ID " + IdOf(client)) == Integer(0));
    CHECK_FALSE(client.session().closing());
    CHECK(client.Run(old_form ? "CLIENT KILL 127.0.0.1:50000" : "CLIENT KILL SKIPME NO") ==
          (old_form ? kOk : Integer(1)));
    CHECK(client.session().closing());
    CHECK_FALSE(client.client().killed);
  }
}

TEST_CASE("CLIENT KILL closes those that fit all filters") {
  struct Case {
    std::string filters;
    int64_t killed;  // of one other client, ten seconds old
  };
  const Case cases[] = {{"ADDR 127.0.0.1:50000", 1},
                        {"ADDR 127.0.0.1:50001", 0},
                        {"LADDR 127.0.0.1:6379", 1},
                        {"LADDR 127.0.0.1:6380", 0},
                        {"TYPE normal", 1},
                        {"type NORMAL", 1},
                        {"TYPE pubsub", 0},
                        {"TYPE replica", 0},
                        {"TYPE slave", 0},
                        {"TYPE master", 0},
                        {"USER default", 1},
                        {"MAXAGE 10", 1},
                        {"MAXAGE 11", 0},
                        {"SKIPME yes", 1},
                        {"SKIPME no", 2},
                        {"ADDR 127.0.0.1:50000 TYPE normal USER default", 1},
                        {"ADDR 127.0.0.1:50000 TYPE pubsub", 0},
                        {"ID 9999", 0}};
  for (const Case& each : cases) {
    CAPTURE(each.filters);
    TestServer server;
    TestClient client(server);
    TestClient other(server);
    server.clock().Advance(10'000);
    CHECK(client.Run("CLIENT KILL " + each.filters) == Integer(each.killed));
    CHECK(other.client().killed == (each.killed > 0));
  }
}

TEST_CASE("CLIENT KILL refuses what it does not understand") {
  TestServer server;
  TestClient client(server);
  TestClient other(server);
  Play(server, client,
       {{"CLIENT KILL 1.2.3.4:5", Error(errors::kNoSuchClient)},
        {"CLIENT KILL ID 10 wrong", Error(errors::kSyntax)},
        {"CLIENT KILL WRONG 10", Error(errors::kSyntax)},
        {"CLIENT KILL ID x", Error(errors::kClientIdTooSmall)},
        {"CLIENT KILL ID 0", Error(errors::kClientIdTooSmall)},
        {"CLIENT KILL ID -1", Error(errors::kClientIdTooSmall)},
        {"CLIENT KILL TYPE nobody", Error(errors::UnknownClientType("nobody"))},
        {"CLIENT KILL USER nobody", Error(errors::NoSuchUser("nobody"))},
        {"CLIENT KILL SKIPME perhaps", Error(errors::kSyntax)},
        {"CLIENT KILL MAXAGE x", Error(errors::kMaxAgeNotAnInteger)},
        {"CLIENT KILL MAXAGE 0", Error(errors::kMaxAgeTooSmall)},
        {"CLIENT KILL", Error(errors::WrongArity("client|kill"))}});
  CHECK_FALSE(other.client().killed);
}

TEST_CASE("CLIENT REPLY OFF silences everything until ON") {
  Play({{"CLIENT REPLY OFF", ""},
        {"PING", ""},
        {"NOSUCH", ""},
        {"SET k v", ""},
        {"MULTI", ""},
        {"GET k", ""},
        {"EXEC", ""},
        {"KEYS *", ""},
        {"CLIENT REPLY SKIP", ""},
        {"PING", ""},
        {"CLIENT REPLY ON", kOk},
        {"GET k", Bulk("v")}});
}

TEST_CASE("CLIENT REPLY SKIP silences the next command only") {
  Play({{"CLIENT REPLY SKIP", ""},
        {"SET k v", ""},
        {"GET k", Bulk("v")},
        {"CLIENT REPLY SKIP", ""},
        {"CLIENT REPLY SKIP", ""},
        {"PING", ""},
        {"PING", "+PONG\r\n"},
        {"CLIENT REPLY SKIP", ""},
        {"KEYS *", ""},
        {"PING", "+PONG\r\n"},
        {"CLIENT REPLY SKIP", ""},
        {"CLIENT REPLY ON", kOk},
        {"CLIENT REPLY OFF", ""},
        {"RESET", "+RESET\r\n"},
        {"PING", "+PONG\r\n"},
        {"CLIENT REPLY PERHAPS", Error(errors::kSyntax)}});
}

TEST_CASE("CLIENT REPLY counts commands within a batch") {
  TestServer server;
  TestClient client(server);
  CHECK(client.Feed("PING\r\nCLIENT REPLY SKIP\r\nECHO a\r\nECHO b\r\nCLIENT REPLY OFF\r\n"
                    "ECHO c\r\nDEL x\r\nCLIENT REPLY ON\r\nECHO d\r\n") ==
        "+PONG\r\n" + Bulk("b") + kOk + Bulk("d"));
}

TEST_CASE("A client with CLIENT NO-EVICT is not dropped for what others or it use") {
  TestServer server;
  TestClient client(server);
  TestClient other(server);
  CHECK(client.Run("CLIENT NO-EVICT ON") == kOk);
  CHECK(client.Run("CLIENT INFO").find(" flags=e ") != std::string::npos);
  CHECK(ClientsToDrop(server.state().clients, 1) == std::set<uint64_t>{other.client().id});
  CHECK(client.Run("CLIENT NO-EVICT OFF") == kOk);
  CHECK(ClientsToDrop(server.state().clients, 1).size() == 2);
  CHECK(client.Run("CLIENT NO-EVICT PERHAPS") == Error(errors::kSyntax));
}

TEST_CASE("What a client with CLIENT NO-TOUCH reads does not count as used, but for TOUCH") {
  for (const std::string policy : {"allkeys-lfu", "allkeys-lru"}) {
    CAPTURE(policy);
    TestServer server;
    TestClient client(server);
    TestClient watcher(server);
    const std::string ask = policy == "allkeys-lfu" ? "OBJECT FREQ k" : "OBJECT IDLETIME k";
    CHECK(client.Run("CONFIG SET maxmemory-policy " + policy) == kOk);
    CHECK(client.Run("CONFIG SET lfu-log-factor 0") == kOk);
    CHECK(client.Run("SET k v") == kOk);
    server.clock().Advance(10'000);
    server.state().memory.budget().set_seconds(
        static_cast<uint32_t>(server.clock().NowMs() / 1000));
    const std::string before = watcher.Run(ask);
    CHECK(client.Run("CLIENT NO-TOUCH ON") == kOk);
    CHECK(client.Run("CLIENT INFO").find(" flags=T ") != std::string::npos);
    for (const std::string read : {"GET k", "MGET k x", "STRLEN k", "GETRANGE k 0 1"})
      client.Run(read);
    Play(server, client, {{"MULTI", kOk}, {"GET k", "+QUEUED\r\n"}, {"EXEC", Array({Bulk("v")})}});
    CHECK(watcher.Run(ask) == before);
    CHECK(client.Run("TOUCH k") == Integer(1));
    CHECK(watcher.Run(ask) != before);
    const std::string touched = watcher.Run(ask);
    server.clock().Advance(5'000);
    server.state().memory.budget().set_seconds(
        static_cast<uint32_t>(server.clock().NowMs() / 1000));
    const std::string later = watcher.Run(ask);
    CHECK(client.Run("CLIENT NO-TOUCH OFF") == kOk);
    CHECK(client.Run("GET k") == Bulk("v"));
    CHECK(watcher.Run(ask) != later);
  }
}

TEST_CASE("S3-FIFO does not count what a client with CLIENT NO-TOUCH reads either") {
  TestServer server(1);
  TestClient client(server);
  client.Run("SET k v");
  const auto uses = [&] {
    return WithDatabaseOf(server, "k", [&](Database& database, const Key& key) {
      return database.Find(key, server.clock().NowMs())->uses();
    });
  };
  const unsigned before = uses();
  client.Run("CLIENT NO-TOUCH ON");
  client.Run("GET k");
  CHECK(uses() == before);
  client.Run("CLIENT NO-TOUCH OFF");
  client.Run("GET k");
  CHECK(uses() == before + 1);
}

TEST_CASE("CLIENT UNBLOCK finds no blocked client, and refuses other reasons") {
  Play({{"CLIENT UNBLOCK 1", Integer(0)},
        {"CLIENT UNBLOCK 99 TIMEOUT", Integer(0)},
        {"CLIENT UNBLOCK 1 error", Integer(0)},
        {"CLIENT UNBLOCK x", Error(errors::kNotAnInteger)},
        {"CLIENT UNBLOCK 1 PERHAPS", Error(errors::kBadUnblockReason)},
        {"CLIENT UNBLOCK 1 ERROR more", Error(errors::BadSubcommand("client", "UNBLOCK"))}});
}

TEST_CASE("No client has its keys tracked") {
  Play({{"CLIENT GETREDIR", Integer(-1)},
        {"CLIENT TRACKINGINFO", "*6\r\n" + Bulk("flags") + Array({Bulk("off")}) + Bulk("redirect") +
                                    Integer(-1) + Bulk("prefixes") + Array({})}});
}

TEST_CASE("RESET takes back what a client has asked for") {
  TestServer server;
  TestClient client(server);
  client.Run("CLIENT NO-EVICT ON");
  client.Run("CLIENT NO-TOUCH ON");
  client.Run("MONITOR");
  CHECK(client.Run("CLIENT INFO").find(" flags=OeT ") != std::string::npos);
  client.Run("RESET");
  CHECK(client.Run("CLIENT INFO").find(" flags=N ") != std::string::npos);
}

}  // namespace larder
