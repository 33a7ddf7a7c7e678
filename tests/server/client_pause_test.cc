// CLIENT PAUSE and UNPAUSE.
#include "server/client_pause.h"

#include <doctest/doctest.h>

#include <string>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"

namespace larder {
namespace {

const std::string kQueued = "+QUEUED\r\n";
const std::string kPong = "+PONG\r\n";

}  // namespace

TEST_CASE("A pause of writes keeps them waiting until it is over, and lets reads pass") {
  TestServer server;
  TestClient admin(server);
  TestClient client(server);
  CHECK(admin.Run("CLIENT PAUSE 1000 WRITE") == kOk);
  CHECK(client.Run("GET k") == kNil);
  CHECK(client.Feed("PING\r\nSET k v\r\nGET k\r\n") == kPong);
  CHECK(client.waits());
  CHECK(client.Run("GET k") == "");  // the requests behind it wait, too
  client.GoOn();
  CHECK(client.TakeReplies() == "");
  server.clock().Advance(999);
  client.GoOn();
  CHECK(client.TakeReplies() == "");
  CHECK(admin.Run("GET k") == kNil);
  server.clock().Advance(1);
  client.GoOn();
  CHECK(client.TakeReplies() == kOk + Bulk("v") + Bulk("v"));
  CHECK_FALSE(client.waits());
}

TEST_CASE("A pause of all commands lets none pass, and CLIENT UNPAUSE none of its own") {
  TestServer server;
  TestClient admin(server);
  TestClient client(server);
  CHECK(admin.Run("CLIENT PAUSE 1000") == kOk);
  CHECK(client.Run("PING") == "");
  CHECK(admin.Run("CLIENT UNPAUSE") == "");
  server.clock().Advance(1000);
  client.GoOn();
  CHECK(client.TakeReplies() == kPong);
}

TEST_CASE("CLIENT UNPAUSE ends a pause early") {
  TestServer server;
  TestClient admin(server);
  TestClient client(server);
  admin.Run("CLIENT PAUSE 100000 WRITE");
  CHECK(client.Run("SET k v") == "");
  CHECK(admin.Run("CLIENT UNPAUSE") == kOk);
  client.GoOn();
  CHECK(client.TakeReplies() == kOk);
  CHECK(admin.Run("CLIENT UNPAUSE") == kOk);
}

TEST_CASE("A pause under way only gets longer and stricter") {
  TestServer server;
  TestClient admin(server);
  TestClient client(server);
  admin.Run("CLIENT PAUSE 1000 WRITE");
  admin.Run("CLIENT PAUSE 10 WRITE");
  server.clock().Advance(500);
  CHECK(client.Run("SET k v") == "");
  CHECK(admin.Run("CLIENT PAUSE 100 ALL") == kOk);
  CHECK(admin.Run("PING") == "");
  server.clock().Advance(499);
  admin.GoOn();
  CHECK(admin.TakeReplies() == "");
  server.clock().Advance(1);
  admin.GoOn();
  client.GoOn();
  CHECK(admin.TakeReplies() == kPong);
  CHECK(client.TakeReplies() == kOk);
  // What is over does not count.
  admin.Run("CLIENT PAUSE 100 WRITE");
  CHECK(client.Run("PING") == kPong);
}

TEST_CASE("Requests that are refused are answered during a pause") {
  TestServer server;
  TestClient client(server);
  client.Run("CLIENT PAUSE 1000 WRITE");
  CHECK(client.Run("SET k") == Error(errors::WrongArity("set")));
  CHECK(client.Run("NOSUCH").starts_with("-ERR unknown command"));
}

TEST_CASE("A transaction waits if it writes, and its commands as they are queued") {
  TestServer server;
  TestClient admin(server);
  TestClient writer(server);
  TestClient reader(server);
  TestClient late(server);
  Play(server, writer, {{"MULTI", kOk}, {"SET k v", kQueued}});
  admin.Run("CLIENT PAUSE 1000 WRITE");
  CHECK(writer.Run("EXEC") == "");
  Play(server, reader, {{"MULTI", kOk}, {"GET k", kQueued}, {"EXEC", Array({kNil})}});
  CHECK(late.Run("MULTI") == kOk);
  CHECK(late.Run("SET k w") == "");
  admin.Run("CLIENT UNPAUSE");
  writer.GoOn();
  CHECK(writer.TakeReplies() == Array({kOk}));
  late.GoOn();
  CHECK(late.TakeReplies() == kQueued);
}

TEST_CASE("A pause that a transaction begins starts behind it") {
  TestServer server;
  TestClient client(server);
  Play(server, client,
       {{"MULTI", kOk},
        {"CLIENT PAUSE 1000 WRITE", kQueued},
        {"SET k v", kQueued},
        {"EXEC", Array({kOk, kOk})},
        {"GET k", Bulk("v")},
        {"SET k w", ""}});
  CHECK(client.waits());
}

TEST_CASE("Nothing expires during a pause, though nobody sees what would have") {
  TestServer server(1);
  TestClient client(server);
  Shard& shard = server.state().keyspace.shard(0);
  Play(server, client,
       {{"SET a 1 PX 10", kOk},
        {"CLIENT PAUSE 1000 WRITE", kOk},
        Wait(100),
        {"GET a", kNil},
        {"EXISTS a", Integer(0)},
        {"DBSIZE", Integer(1)}});
  CHECK(shard.counters().expired == 0);
  Play(server, client, {{"CLIENT UNPAUSE", kOk}, {"GET a", kNil}, {"DBSIZE", Integer(0)}});
  CHECK(shard.counters().expired == 1);
}

TEST_CASE("Nothing is evicted during a pause, so that writes may exceed the limit") {
  TestServer server(1);
  TestClient client(server);
  for (const std::string name : {"a", "b", "c"})
    client.Run({"SET", name, std::string(10'000, 'x')});
  client.Run("CONFIG SET maxmemory-policy allkeys-random");
  client.Run("CLIENT PAUSE 1000 WRITE");
  client.Run("CONFIG SET maxmemory 1");
  const int64_t now_ms = server.clock().NowMs();
  CHECK_FALSE(server.state().memory.Shrink(0, now_ms));
  CHECK(client.Run("DBSIZE") == Integer(3));
  while (server.state().memory.Shrink(0, now_ms + 1000)) {
  }
  CHECK(client.Run("DBSIZE") == Integer(0));
}

TEST_CASE("A watched key that expires during a pause still fails EXEC") {
  Play({{"SET a 1 PX 10", kOk},
        {"WATCH a", kOk},
        {"CLIENT PAUSE 1000 WRITE", kOk},
        Wait(100),
        {"MULTI", kOk},
        {"PING", kQueued},
        {"EXEC", "*-1\r\n"},
        {"WATCH a", kOk},
        {"CLIENT UNPAUSE", kOk},
        {"GET a", kNil},
        {"MULTI", kOk},
        {"PING", kQueued},
        {"EXEC", Array({kPong})}});
}

TEST_CASE("A large value that was being received waits as it is") {
  TestServer server;
  TestClient client(server);
  const std::string value(100'000, 'x');
  client.Run("CLIENT PAUSE 1000 WRITE");
  CHECK(client.Run({"SET", "k", value}) == "");
  CHECK(client.waits());
  CHECK(client.session().memory() > value.size());
  server.clock().Advance(1000);
  client.GoOn();
  CHECK(client.TakeReplies() == kOk);
  CHECK(client.Run("STRLEN k") == Integer(100'000));
}

TEST_CASE("A long command waits, before it begins and in between") {
  TestServer server;
  TestClient admin(server);
  TestClient client(server);
  std::string del = "DEL";
  for (int i = 0; i < 5000; ++i) {
    const std::string name = " key:" + std::to_string(i);
    admin.Run("SET" + name + " v");
    del += name;
  }
  admin.Run("CLIENT PAUSE 1000 WRITE");
  CHECK(client.Run(del) == "");
  server.clock().Advance(1000);
  client.GoOn();
  CHECK(client.busy());
  CHECK(admin.Run("CLIENT PAUSE 1000 WRITE") == kOk);
  const std::string left = admin.Run("DBSIZE");
  client.Resume();
  CHECK(client.waits());
  CHECK(admin.Run("DBSIZE") == left);
  admin.Run("CLIENT UNPAUSE");
  while (client.busy())
    client.Resume();
  CHECK(client.TakeReplies() == Integer(5000));
  CHECK(admin.Run("DBSIZE") == Integer(0));
}

TEST_CASE("CLIENT LIST and INFO tell who waits") {
  TestServer server;
  TestClient admin(server);
  TestClient client(server);
  admin.Run("CLIENT PAUSE 1000 WRITE");
  client.Run("SET k v");
  CHECK(admin.Run("CLIENT LIST").find(" flags=b ") != std::string::npos);
  CHECK(admin.Run("INFO clients").find("blocked_clients:1\r\n") != std::string::npos);
  admin.Run("CLIENT UNPAUSE");
  client.GoOn();
  CHECK(admin.Run("CLIENT LIST").find(" flags=b ") == std::string::npos);
  CHECK(admin.Run("INFO clients").find("blocked_clients:0\r\n") != std::string::npos);
}

TEST_CASE("A client that does not want the reply does not get it after the pause either") {
  TestServer server;
  TestClient client(server);
  client.Run("CLIENT PAUSE 1000 WRITE");
  CHECK(client.Feed("CLIENT REPLY SKIP\r\nSET k v\r\nGET k\r\n") == "");
  CHECK(client.waits());
  server.clock().Advance(1000);
  client.GoOn();
  CHECK(client.TakeReplies() == Bulk("v"));
}

TEST_CASE("CLIENT PAUSE refuses what it does not understand") {
  Play({{"CLIENT PAUSE x", Error(errors::kTimeoutNotAnInteger)},
        {"CLIENT PAUSE -1", Error(errors::kTimeoutNegative)},
        {"CLIENT PAUSE 9223372036854775807", Error(errors::kTimeoutOutOfRange)},
        {"CLIENT PAUSE 10 SOME", Error(errors::kBadPauseMode)},
        {"CLIENT PAUSE 10 ALL more", Error(errors::BadSubcommand("client", "PAUSE"))},
        {"CLIENT PAUSE 0", kOk},
        {"PING", kPong}});
}

}  // namespace larder
