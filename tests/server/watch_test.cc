// WATCH and UNWATCH.
#include "server/watch_list.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "server/client_description.h"
#include "server/commands/errors.h"
#include "tests/server/conversation.h"

namespace larder {
namespace {

const std::string kQueued = "+QUEUED\r\n";
const std::string kNullArray = "*-1\r\n";
const std::string kPong = "+PONG\r\n";

// What EXEC answers to a client that watches `watched`, after `steps` of another client.
std::string ExecAfter(TestServer& server, const std::string& watched,
                      const std::vector<std::string>& before,
                      const std::vector<std::string>& steps) {
  TestClient client(server);
  TestClient other(server);
  for (const std::string& command : before)
    other.Run(command);
  client.Run("WATCH " + watched);
  for (const std::string& command : steps) {
    CHECK_FALSE(other.Run(command).starts_with("-"));
  }
  client.Run("MULTI");
  client.Run("PING");
  return client.Run("EXEC");
}

std::string ExecAfter(const std::string& watched, const std::vector<std::string>& before,
                      const std::vector<std::string>& steps) {
  std::string reply;
  for (const int64_t shards : {1, 16}) {
    TestServer server(shards);
    const std::string now = ExecAfter(server, watched, before, steps);
    if (shards != 1) CHECK(now == reply);
    reply = now;
  }
  return reply;
}

}  // namespace

TEST_CASE("EXEC runs if no watched key has changed, and answers null if one has") {
  Play({{"WATCH a b", kOk},
        {"GET a", kNil},
        {"SET c 1", kOk},
        {"MULTI", kOk},
        {"SET a 1", kQueued},
        {"EXEC", Array({kOk})},
        {"WATCH a b", kOk},
        {"SET b 1", kOk},
        {"MULTI", kOk},
        {"SET a 2", kQueued},
        {"EXEC", kNullArray},
        {"GET a", Bulk("1")},
        {"MULTI", kOk},
        {"SET a 3", kQueued},
        {"EXEC", Array({kOk})}});
}

TEST_CASE("Every command that changes a key is noticed by who watches it") {
  const std::vector<std::string> changes = {
      "SET a 1",           "SET a 2",         "SETEX a 10 x",
      "APPEND a x",        "SETRANGE a 1 x",  "INCR a",
      "INCRBYFLOAT a 1.5", "GETSET a x",      "GETDEL a",
      "GETEX a EX 10",     "GETEX a PERSIST", "DEL a",
      "UNLINK a",          "EXPIRE a 10",     "EXPIRE a -1",
      "PERSIST a",         "RENAME a b",      "RENAME b a",
      "COPY b a REPLACE",  "MOVE a 1",        "MSET c 1 a 2",
      "FLUSHDB",           "FLUSHALL",        "SWAPDB 0 1",
      "SETBIT a 7 0",      "SETBIT a 9 0",    "BITFIELD a SET u8 0 1",
      "BITOP NOT a b",     "BITOP OR a c"};
  for (const std::string& change : changes) {
    CAPTURE(change);
    CHECK(ExecAfter("a", {"SET a 1 EX 100", "SET b 2"}, {change}) == kNullArray);
  }
  // A value in a block of its own, which grows in place.
  for (const std::string change :
       {"APPEND a x", "SETRANGE a 1 x", "SETBIT a 7 1", "BITFIELD a SET u8 0 1"}) {
    CAPTURE(change);
    CHECK(ExecAfter("a", {"SETRANGE a 50000 x", "APPEND a x"}, {change}) == kNullArray);
  }
}

TEST_CASE("What changes nothing is not noticed") {
  const std::vector<std::string> steps = {
      "GET a",          "EXISTS a",
      "TOUCH a",        "TTL a",
      "GETEX a",        "SET a x NX",
      "SETNX a x",      "EXPIRE a 10 XX",
      "PERSIST a",      "SETRANGE a 0 \"\"",
      "COPY a b",       "RENAMENX b a",
      "MSETNX a 1 c 1", "DEL missing",
      "MOVE missing 1", "SWAPDB 1 2",
      "SELECT 1",       "SWAPDB 0 0",
      "SETBIT a 7 1",   "BITFIELD a SET u8 0 49 GET u8 0",
      "BITCOUNT a",     "BITFIELD a OVERFLOW FAIL INCRBY u8 0 255",
      "LCS a b",        "FLUSHDB ASYNC x"};
  for (const std::string& step : steps) {
    if (step.ends_with(" x") && step.starts_with("FLUSH")) continue;
    CAPTURE(step);
    CHECK(ExecAfter("a", {"SET a 1", "SET b 2"}, {step}) == Array({kPong}));
  }
}

TEST_CASE("A key that was missing changes only by being stored") {
  for (const std::string step : {"FLUSHDB", "FLUSHALL", "SWAPDB 0 1", "DEL a", "EXPIRE a 10"}) {
    CAPTURE(step);
    CHECK(ExecAfter("a", {"SET b 1"}, {step}) == Array({kPong}));
  }
  CHECK(ExecAfter("a", {}, {"SET a 1"}) == kNullArray);
  CHECK(ExecAfter("a", {}, {"SET a 1", "DEL a"}) == kNullArray);
}

TEST_CASE("SWAPDB is noticed if the key exists in either database, and watches keep their number") {
  CHECK(ExecAfter("a", {"SET a 1"}, {"SWAPDB 1 0"}) == kNullArray);
  CHECK(ExecAfter("a", {"SELECT 1", "SET a 1", "SELECT 0"}, {"SWAPDB 0 1"}) == kNullArray);
  CHECK(ExecAfter("a", {"SELECT 1", "SET b 1"}, {"SWAPDB 0 1", "SET a 1"}) == Array({kPong}));
  CHECK(ExecAfter("a", {"SELECT 1", "SET b 1"}, {"SWAPDB 0 1", "SELECT 0", "SET a 1"}) ==
        kNullArray);
}

TEST_CASE("A key of the same name in another database is another key") {
  CHECK(ExecAfter("a", {}, {"SELECT 1", "SET a 1"}) == Array({kPong}));
}

TEST_CASE("A watched key that expires before EXEC fails it, removed or not") {
  for (const bool removed : {false, true}) {
    CAPTURE(removed);
    WithFewAndManyShards([&](TestServer& server, TestClient& client) {
      TestClient other(server);
      Play(server, client, {{"SET a 1 PX 100", kOk}, {"WATCH a", kOk}, Wait(101)});
      if (removed) other.Run("GET a");
      Play(server, client, {{"MULTI", kOk}, {"PING", kQueued}, {"EXEC", kNullArray}});
    });
  }
}

TEST_CASE("Expiry in the background is noticed as well") {
  TestServer server(1);
  TestClient client(server);
  Play(server, client, {{"SET a 1 PX 100", kOk}, {"WATCH a", kOk}, Wait(2000)});
  {
    Shard& shard = server.state().keyspace.shard(0);
    const ShardGuard guard(shard);
    while (!shard.Expire(server.clock().NowMs(), 100)) {
    }
  }
  CHECK(client.client().watcher.changed());
  Play(server, client, {{"MULTI", kOk}, {"PING", kQueued}, {"EXEC", kNullArray}});
}

TEST_CASE("A key that had expired before WATCH counts as missing") {
  Play({{"SET a 1 PX 100", kOk},
        Wait(101),
        {"WATCH a", kOk},
        {"EXISTS a", Integer(0)},
        {"MULTI", kOk},
        {"PING", kQueued},
        {"EXEC", Array({kPong})}});
}

TEST_CASE("Eviction of a watched key is noticed") {
  TestServer server(1);
  TestClient client(server);
  Play(server, client, {{"SET a 1", kOk}, {"WATCH a", kOk}});
  CHECK(client.Run("CONFIG SET maxmemory-policy allkeys-random") == kOk);
  {
    Shard& shard = server.state().keyspace.shard(0);
    const ShardGuard guard(shard);
    while (shard.Evict(1 << 20).any) {
    }
  }
  Play(server, client, {{"MULTI", kOk}, {"PING", kQueued}, {"EXEC", kNullArray}});
}

TEST_CASE("UNWATCH, DISCARD, EXEC and RESET forget what was watched") {
  for (const std::string ends :
       {"UNWATCH", "MULTI|DISCARD", "MULTI|EXEC", "RESET", "MULTI|NOSUCH|EXEC"}) {
    CAPTURE(ends);
    TestServer server;
    TestClient client(server);
    CHECK(client.Run("WATCH a") == kOk);
    CHECK(client.client().watched_keys == 1);
    for (size_t at = 0; at != std::string::npos;) {
      const size_t bar = ends.find('|', at);
      client.Run(ends.substr(at, bar - at));
      at = bar == std::string::npos ? bar : bar + 1;
    }
    CHECK(client.client().watched_keys == 0);
    Play(server, client,
         {{"SET a 1", kOk}, {"MULTI", kOk}, {"PING", kQueued}, {"EXEC", Array({kPong})}});
  }
}

TEST_CASE("UNWATCH forgives a change") {
  Play({{"WATCH a", kOk},
        {"SET a 1", kOk},
        {"UNWATCH", kOk},
        {"MULTI", kOk},
        {"PING", kQueued},
        {"EXEC", Array({kPong})}});
}

TEST_CASE("UNWATCH within a transaction comes too late to save it, and does no harm") {
  Play({{"WATCH a", kOk},
        {"SET a 1", kOk},
        {"MULTI", kOk},
        {"UNWATCH", kQueued},
        {"EXEC", kNullArray},
        {"WATCH a", kOk},
        {"MULTI", kOk},
        {"UNWATCH", kQueued},
        {"EXEC", Array({kOk})}});
}

TEST_CASE("WATCH inside of a transaction is refused, and the transaction goes on") {
  Play({{"MULTI", kOk},
        {"WATCH a", Error(errors::kWatchInsideMulti)},
        {"PING", kQueued},
        {"EXEC", Array({kPong})}});
}

TEST_CASE("An error while queueing goes before a changed key") {
  Play({{"WATCH a", kOk},
        {"SET a 1", kOk},
        {"MULTI", kOk},
        {"NOSUCH", Error(errors::UnknownCommand(std::vector<std::string_view>{"NOSUCH"}))},
        {"EXEC", Error(errors::kExecAbort)}});
}

TEST_CASE("Several clients watch a key, and one that goes leaves the others' watches alone") {
  TestServer server;
  TestClient first(server);
  TestClient second(server);
  {
    TestClient third(server);
    for (TestClient* client : {&first, &second, &third})
      CHECK(client->Run("WATCH a b a") == kOk);
    CHECK(third.client().watched_keys == 2);
  }
  first.Run("UNWATCH");
  first.Run("SET a 1");
  CHECK_FALSE(first.client().watcher.changed());
  CHECK(second.client().watcher.changed());
  Play(server, second, {{"MULTI", kOk}, {"PING", kQueued}, {"EXEC", kNullArray}});
}

TEST_CASE("CLIENT LIST tells who watches, how much, and whom a change has reached") {
  TestServer server;
  TestClient client(server);
  client.Run("WATCH a bb");
  CHECK(client.Run("INFO clients").find("watching_clients:1\r\n") != std::string::npos);
  CHECK(client.Run("CLIENT INFO").find(" watch=2 ") != std::string::npos);
  CHECK(client.Run("CLIENT INFO").find(" multi-mem=0 ") == std::string::npos);
  client.Run("SET bb 1");
  CHECK(client.Run("CLIENT INFO").find(" flags=d ") != std::string::npos);
  client.Run("UNWATCH");
  CHECK(client.Run("CLIENT INFO").find(" watch=0 ") != std::string::npos);
  CHECK(client.Run("CLIENT INFO").find(" multi-mem=0 ") != std::string::npos);
}

}  // namespace larder
