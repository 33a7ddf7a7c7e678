// CLIENT TRACKING: who is told of which keys, when and how.
#include "server/tracking.h"

#include <doctest/doctest.h>

#include <string>

#include "server/commands/errors.h"
#include "server/invalidation_writer.h"
#include "tests/server/conversation.h"

namespace larder {
namespace {

std::string Push(const std::string& what, const std::string& about) {
  return ">2\r\n" + Bulk(what) + about;
}
std::string Invalid(std::initializer_list<std::string> keys) {
  std::string all = "*" + std::to_string(keys.size()) + "\r\n";
  for (const std::string& key : keys)
    all += Bulk(key);
  return Push("invalidate", all);
}
const std::string kAllInvalid = Push("invalidate", "_\r\n");
const std::string kNull = "_\r\n";

// A client that speaks RESP3.
struct Tracker : TestClient {
  explicit Tracker(TestServer& server) : TestClient(server) { Run("HELLO 3"); }

  // What it is told between its requests, as a connection would be told by its thread.
  std::string Told() {
    ReplyBuffer output;
    session().WriteInvalidations(output);
    return output.ToString();
  }
};

struct Pair {
  explicit Pair(int64_t shards = 16) : server(shards), writer(server), tracker(server) {}
  TestServer server;
  TestClient writer;
  Tracker tracker;
};

std::string InfoField(TestClient& client, const std::string& name) {
  const std::string info = client.Run("INFO everything");
  const size_t at = info.find("\r\n" + name + ":");
  if (at == std::string::npos) return "(missing)";
  const size_t begin = at + name.size() + 3;
  return info.substr(begin, info.find('\r', begin) - begin);
}

}  // namespace

TEST_CASE("who has read a key is told once that it has changed") {
  for (const int64_t shards : {1, 16}) {
    Pair p(shards);
    p.writer.Run("MSET a 1 b 2 c 3");
    CHECK(p.tracker.Run("CLIENT TRACKING ON") == kOk);
    CHECK(p.tracker.Run("GET a") == Bulk("1"));
    CHECK(p.tracker.Run("MGET b missing") == "*2\r\n" + Bulk("2") + kNull);
    CHECK(p.tracker.Told() == "");
    p.writer.Run("SET a 2");
    p.writer.Run("SET c 4");  // nobody has read it
    CHECK(p.tracker.Told() == Invalid({"a"}));
    p.writer.Run("SET a 3");  // nor this since
    p.writer.Run("SET missing 1");
    p.writer.Run("DEL b");
    CHECK(p.tracker.Told() == Invalid({"missing"}) + Invalid({"b"}));
    CHECK(p.tracker.Run("CLIENT TRACKING OFF") == kOk);
    p.tracker.Run("GET a");
    p.writer.Run("SET a 4");
    CHECK(p.tracker.Told() == "");
  }
}

TEST_CASE("every way in which a key changes is told") {
  const char* const kWays[] = {"APPEND k x",   "SETRANGE k 0 x",       "INCR n",
                               "EXPIRE k 100", "RENAME k other",       "RENAME other k",
                               "GETDEL k",     "COPY other k REPLACE", "SETBIT k 100000 1",
                               "UNLINK k",     "GETEX k EX 5",         "MOVE k 3"};
  for (const std::string way : kWays) {
    CAPTURE(way);
    Pair p;
    p.writer.Run("MSET k value n 5 other else");
    p.tracker.Run("CLIENT TRACKING ON");
    p.tracker.Run("MGET k n");
    p.writer.Run(way);
    CHECK(p.tracker.Told() == Invalid({way == "INCR n" ? "n" : "k"}));
  }
}

TEST_CASE("what a client changes itself it is told behind the reply, unless it wants NOLOOP") {
  Pair p;
  p.tracker.Run("CLIENT TRACKING ON");
  p.tracker.Run("GET key");
  CHECK(p.tracker.Run("SET key 1") == kOk + Invalid({"key"}));
  CHECK(p.tracker.Feed("GET key\r\nSET key 2\r\nPING\r\n") ==
        Bulk("1") + kOk + Invalid({"key"}) + "+PONG\r\n");
  CHECK(p.tracker.Run("CLIENT TRACKING ON NOLOOP") == kOk);
  p.tracker.Run("GET key");
  CHECK(p.tracker.Run("SET key 3") == kOk);
  p.tracker.Run("GET key");
  p.writer.Run("SET key 4");
  CHECK(p.tracker.Run("PING") == "+PONG\r\n" + Invalid({"key"}));
}

TEST_CASE("within a transaction, everything is told behind its end") {
  Pair p;
  p.tracker.Run("CLIENT TRACKING ON");
  p.tracker.Run("MULTI");
  p.tracker.Run("GET a");
  p.tracker.Run("SET a 1");
  p.tracker.Run("GET b");
  CHECK(p.tracker.Run("EXEC") == "*3\r\n" + kNull + kOk + kNull + Invalid({"a"}));
  p.writer.Run("SET b 1");
  CHECK(p.tracker.Told() == Invalid({"b"}));
}

TEST_CASE("keys that expire are told, whether somebody asks for them or not") {
  Pair p(1);
  p.writer.Run("SET a 1 PX 10");
  p.writer.Run("SET b 1 PX 10");
  p.tracker.Run("CLIENT TRACKING ON");
  p.tracker.Run("MGET a b");
  p.server.clock().Advance(20);
  p.writer.Run("GET a");
  CHECK(p.tracker.Told() == Invalid({"a"}));
  {
    p.server.clock().Advance(2000);
    const ShardGuard guard(p.server.state().keyspace.shard(0));
    while (!p.server.state().keyspace.shard(0).Expire(p.server.clock().NowMs(), 100)) {
    }
  }
  CHECK(p.tracker.Told() == Invalid({"b"}));
}

TEST_CASE("keys that are evicted are told") {
  Settings settings;
  settings.shards = 1;
  settings.maxmemory_policy = EvictionPolicy::kAllKeysLru;
  TestServer server(settings);
  TestClient writer(server);
  Tracker tracker(server);
  writer.Run("SET key " + std::string(10000, 'x'));
  tracker.Run("CLIENT TRACKING ON");
  tracker.Run("STRLEN key");
  writer.Run("CONFIG SET maxmemory 1");
  writer.Run("SET other 1");
  {
    Shard& shard = server.state().keyspace.shard(0);
    const ShardGuard guard(shard);
    while (shard.Evict(1).any) {
    }
  }
  CHECK(tracker.Told() == Invalid({"key"}));
}

TEST_CASE("emptying or swapping databases makes all keys invalid") {
  for (const std::string command : {"FLUSHALL", "FLUSHDB", "SWAPDB 0 1"}) {
    CAPTURE(command);
    Pair p;
    p.tracker.Run("CLIENT TRACKING ON");
    p.tracker.Run("GET key");
    p.writer.Run(command);
    CHECK(p.tracker.Told() == kAllInvalid);
    p.writer.Run("SET key 1");
    CHECK(p.tracker.Told() == "");
    CHECK(p.tracker.Run(command) == kOk + kAllInvalid);
  }
}

TEST_CASE("OPTIN and OPTOUT go by what CLIENT CACHING says of the next request") {
  Pair p;
  CHECK(p.tracker.Run("CLIENT CACHING YES") == Error(errors::kCachingNeedsTracking));
  p.tracker.Run("CLIENT TRACKING ON OPTIN");
  CHECK(p.tracker.Run("CLIENT CACHING NO") == Error(errors::kCachingNoNeedsOptout));
  p.tracker.Run("GET a");
  CHECK(p.tracker.Run("CLIENT CACHING YES") == kOk);
  p.tracker.Run("GET b");
  p.tracker.Run("GET c");
  p.writer.Run("MSET a 1 b 1 c 1");
  CHECK(p.tracker.Told() == Invalid({"b"}));
  // For a transaction, of all that it reads.
  p.tracker.Run("CLIENT CACHING YES");
  p.tracker.Feed("MULTI\r\nGET a\r\nGET b\r\nEXEC\r\nGET c\r\n");
  p.writer.Run("MSET a 1 b 1 c 1");
  CHECK(p.tracker.Told() == Invalid({"a"}) + Invalid({"b"}));
  CHECK(p.tracker.Run("CLIENT TRACKING ON OPTOUT") == Error(errors::kOptinSwitched));
  p.tracker.Run("CLIENT TRACKING OFF");
  p.tracker.Run("CLIENT TRACKING ON OPTOUT");
  CHECK(p.tracker.Run("CLIENT CACHING YES") == Error(errors::kCachingYesNeedsOptin));
  p.tracker.Feed("CLIENT CACHING NO\r\nGET a\r\nGET b\r\n");
  p.writer.Run("MSET a 1 b 1");
  CHECK(p.tracker.Told() == Invalid({"b"}));
  CHECK(p.tracker.Run("CLIENT CACHING maybe") == Error(errors::kSyntax));
}

TEST_CASE("BCAST tells of all keys with the prefixes, read or not") {
  Pair p;
  CHECK(p.tracker.Run("CLIENT TRACKING ON BCAST PREFIX user: PREFIX page:") == kOk);
  p.writer.Run("MULTI");
  p.writer.Run("SET user:1 a");
  p.writer.Run("SET other b");
  p.writer.Run("INCR page:7");
  p.writer.Run("SET user:1 b");
  p.writer.Run("EXEC");
  CHECK(p.tracker.Told() == Invalid({"user:1", "page:7"}));
  CHECK(p.tracker.Run("CLIENT TRACKING ON BCAST PREFIX us") ==
        Error("ERR Prefix 'us' overlaps with an existing prefix 'user:'. Prefixes for a single "
              "client must not overlap."));
  CHECK(p.tracker.Run("CLIENT TRACKING ON BCAST PREFIX a PREFIX ab") ==
        Error("ERR Prefix 'a' overlaps with another provided prefix 'ab'. Prefixes for a single "
              "client must not overlap."));
  CHECK(p.tracker.Run("CLIENT TRACKING ON BCAST PREFIX new NOLOOP") == kOk);
  CHECK(p.tracker.Run("SET new:1 1") == kOk);
  p.writer.Run("MSET new:1 2 page:1 3");
  CHECK(p.tracker.Told() == Invalid({"new:1", "page:1"}));
  CHECK(InfoField(p.writer, "tracking_total_prefixes") == "3");
  CHECK(p.tracker.Run("CLIENT TRACKING ON") == Error(errors::kBcastSwitched));
  CHECK(p.tracker.Run("RESET") == "+RESET\r\n");
  CHECK(InfoField(p.writer, "tracking_total_prefixes") == "0");
  p.tracker.Run("HELLO 3");
  CHECK(p.tracker.Run("CLIENT TRACKING ON BCAST") == kOk);  // all keys
  p.writer.Run("SET anything 1");
  CHECK(p.tracker.Told() == Invalid({"anything"}));
}

TEST_CASE("REDIRECT tells another client, or that it has gone") {
  Pair p;
  TestClient old(p.server);
  const std::string old_id = old.Run("CLIENT ID").substr(1);
  CHECK(p.writer.Run("CLIENT TRACKING ON REDIRECT " + old_id) ==
        Error(errors::kRedirectionSpeaksResp2));
  CHECK(p.writer.Run("CLIENT TRACKING ON REDIRECT 999") == Error(errors::kNoRedirection));
  const std::string id = p.tracker.Run("CLIENT ID").substr(1);
  CHECK(p.writer.Run("CLIENT TRACKING ON REDIRECT " + id) == kOk);
  CHECK(p.writer.Run("CLIENT GETREDIR") == ":" + id);
  p.writer.Run("GET key");
  old.Run("SET key 1");
  CHECK(p.tracker.Told() == Invalid({"key"}));
  {
    Tracker leaving(p.server);
    p.tracker.Run("CLIENT TRACKING ON REDIRECT " + leaving.Run("CLIENT ID").substr(1));
  }
  p.tracker.Run("GET key");
  old.Run("SET key 2");
  const std::string told = p.tracker.Told();
  CHECK(told.starts_with(Push("tracking-redir-broken", ":")));
  CHECK(p.tracker.Run("CLIENT TRACKINGINFO").find("broken_redirect") != std::string::npos);
  CHECK(p.tracker.Run("CLIENT INFO").find(" flags=tR ") != std::string::npos);
}

TEST_CASE("CLIENT TRACKING refuses what does not fit together") {
  Pair p;
  const std::string id = p.tracker.Run("CLIENT ID").substr(1, 1);
  Play(p.server, p.writer,
       {{"CLIENT TRACKING maybe", Error(errors::kSyntax)},
        {"CLIENT TRACKING ON WHAT", Error(errors::kSyntax)},
        {"CLIENT TRACKING ON REDIRECT", Error(errors::kSyntax)},
        {"CLIENT TRACKING ON REDIRECT x", Error(errors::kNotAnInteger)},
        {"CLIENT TRACKING ON REDIRECT " + id + " REDIRECT " + id, Error(errors::kOneRedirection)},
        {"CLIENT TRACKING ON PREFIX a", Error(errors::kPrefixNeedsBcast)},
        {"CLIENT TRACKING ON BCAST OPTIN", Error(errors::kBcastWithOptions)},
        {"CLIENT TRACKING ON OPTIN OPTOUT", Error(errors::kOptinWithOptout)},
        {"CLIENT TRACKINGINFO", "*6\r\n" + Bulk("flags") + Array({Bulk("off")}) + Bulk("redirect") +
                                    Integer(-1) + Bulk("prefixes") + Array({})},
        {"CLIENT TRACKING OFF", kOk},
        {"CLIENT TRACKING on optin noloop", kOk},
        {"CLIENT CACHING yes", kOk},
        {"CLIENT TRACKINGINFO",
         "*6\r\n" + Bulk("flags") +
             Array({Bulk("on"), Bulk("optin"), Bulk("caching-yes"), Bulk("noloop")}) +
             Bulk("redirect") + Integer(0) + Bulk("prefixes") + Array({})},
        {"CLIENT GETREDIR", Integer(0)},
        {"CLIENT TRACKING OFF", kOk},
        {"CLIENT TRACKING ON BCAST PREFIX b PREFIX a", kOk},
        {"CLIENT TRACKINGINFO", "*6\r\n" + Bulk("flags") + Array({Bulk("on"), Bulk("bcast")}) +
                                    Bulk("redirect") + Integer(0) + Bulk("prefixes") +
                                    Array({Bulk("a"), Bulk("b")})}});
  CHECK(p.writer.Run("CLIENT LIST").find(" flags=tB ") != std::string::npos);
  CHECK(p.writer.Run("CLIENT LIST").find(" redir=0 ") != std::string::npos);
}

TEST_CASE("a client of RESP2 is told nothing, until it speaks RESP3") {
  Pair p;
  TestClient client(p.server);
  client.Run("CLIENT TRACKING ON");
  client.Run("GET key");
  p.writer.Run("SET key 1");
  CHECK(client.Run("PING") == "+PONG\r\n");
  client.Run("HELLO 3");
  client.Run("GET key");
  p.writer.Run("SET key 2");
  CHECK(client.Run("PING") == "+PONG\r\n" + Invalid({"key"}));
}

TEST_CASE("messages come even where no replies are wanted") {
  Pair p;
  p.tracker.Run("CLIENT TRACKING ON");
  p.tracker.Run("CLIENT REPLY OFF");
  p.tracker.Run("GET key");
  CHECK(p.tracker.Run("SET key 1") == Invalid({"key"}));
}

TEST_CASE("beyond tracking-table-max-keys, others are given up and told") {
  Pair p;
  p.writer.Run("CONFIG SET tracking-table-max-keys 10");
  p.tracker.Run("CLIENT TRACKING ON");
  std::string told;
  for (int i = 0; i < 100; ++i) {
    told += p.tracker.Run("GET key:" + std::to_string(i)).substr(kNull.size());
    // At most one for each shard that had nothing else to give up.
    CHECK(std::stoi(InfoField(p.writer, "tracking_total_keys")) <= 10);
  }
  CHECK(told.find("invalidate") != std::string::npos);
  CHECK(InfoField(p.writer, "tracking_total_items") == InfoField(p.writer, "tracking_total_keys"));
  p.writer.Run("CONFIG SET tracking-table-max-keys 1");
  for (size_t shard = 0; shard < 16; ++shard) {
    const ShardGuard guard(p.server.state().keyspace.shard(shard));
    while (p.server.state().tracking.Maintain(shard)) {
    }
  }
  CHECK(InfoField(p.writer, "tracking_total_keys") == "1");
}

TEST_CASE("when nobody tracks any more, nothing is left of it") {
  Pair p;
  const std::string before = InfoField(p.writer, "used_memory_overhead");
  {
    Tracker leaving(p.server);
    leaving.Run("CLIENT TRACKING ON");
    for (int i = 0; i < 1000; ++i)
      leaving.Run("GET key:" + std::to_string(i));
    CHECK(InfoField(p.writer, "tracking_clients") == "1");
    CHECK(InfoField(p.writer, "tracking_total_keys") == "1000");
    CHECK(p.server.state().attention.any());
  }
  CHECK(InfoField(p.writer, "tracking_clients") == "0");
  CHECK(!p.server.state().attention.any());
  for (size_t shard = 0; shard < 16; ++shard) {
    const ShardGuard guard(p.server.state().keyspace.shard(shard));
    while (p.server.state().tracking.Maintain(shard)) {
    }
  }
  CHECK(InfoField(p.writer, "tracking_total_keys") == "0");
  CHECK(InfoField(p.writer, "used_memory_overhead") == before);
}

TEST_CASE("a long read is remembered, and what changes before its end is told once more") {
  Pair p;
  p.tracker.Run("CLIENT TRACKING ON NOLOOP");
  std::string command = "EXISTS";
  for (int i = 0; i < 600; ++i)
    command += " key:" + std::to_string(i);
  p.tracker.Send(command + "\r\n");
  REQUIRE(p.tracker.busy());
  while (InfoField(p.writer, "tracking_total_keys") != "600")
    p.tracker.Resume();
  p.writer.Run("SET key:599 new");
  std::string reply = p.tracker.Feed("");
  CHECK(!p.tracker.busy());
  // Once for the change, once since the reply may be older; both stand behind the reply.
  CHECK(reply.ends_with(Invalid({"key:599"}) + Invalid({"key:599"})));
  p.writer.Run("SET key:0 new");
  CHECK(p.tracker.Told() == Invalid({"key:0"}));
}

}  // namespace larder
