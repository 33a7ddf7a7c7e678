// MEMORY, and what INFO says of memory.
#include "server/commands/memory.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "server/commands/memory_report.h"
#include "tests/server/conversation.h"
#include "tests/server/reply_reader.h"
#include "tests/server/steps.h"

namespace larder {
namespace {

int64_t Usage(TestClient& client, const std::string& key) {
  const std::string bytes = client.Run("MEMORY USAGE " + key);
  REQUIRE(bytes.front() == ':');
  return std::stoll(bytes.substr(1));
}

// The numbers of MEMORY STATS, nested ones included, in their order.
std::vector<std::pair<std::string, double>> Stats(TestClient& client) {
  std::vector<std::pair<std::string, double>> stats;
  const std::string bytes = client.Run("MEMORY STATS");
  std::string name;
  for (size_t at = 0; at < bytes.size();) {
    const size_t end = bytes.find("\r\n", at);
    const std::string line = bytes.substr(at, end - at);
    at = end + 2;
    if (line.front() == ':') stats.emplace_back(name, std::stod(line.substr(1)));
    if (line.front() != '$') continue;
    const std::string text = bytes.substr(at, std::stoul(line.substr(1)));
    at += text.size() + 2;
    if (std::isdigit(static_cast<unsigned char>(text.front())) != 0) {
      stats.emplace_back(name, std::stod(text));
    } else {
      name = text;
    }
  }
  return stats;
}

double Find(const std::vector<std::pair<std::string, double>>& stats, const std::string& name) {
  for (const auto& [found, value] : stats) {
    if (found == name) return value;
  }
  FAIL("no figure ", name);
  return 0;
}

// Stores many keys, and deletes three in four of them at random places.
void Scatter(TestClient& client, int keys) {
  for (int i = 0; i < keys; ++i)
    client.Run({"SET", "key:" + std::to_string(i), std::string(200, 'x')});
  for (int i = 0; i < keys; ++i) {
    if (i * 2654435761u >> 30 != 0) client.Run({"DEL", "key:" + std::to_string(i)});
  }
}

}  // namespace

TEST_CASE("MEMORY USAGE tells what a key takes, its value included") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    client.Run({"SET", "small", std::string(100, 'x')});
    client.Run({"SET", "large", std::string(100000, 'x')});
    client.Run("SET number 12345");
    client.Run("SET timed 12345 EX 100");
    CHECK(Usage(client, "small") >= 105);
    CHECK(Usage(client, "small") < 135);
    CHECK(Usage(client, "large") >= 100000);
    CHECK(Usage(client, "large") < 100200);
    CHECK(Usage(client, "number") < 30);
    CHECK(Usage(client, "timed") > Usage(client, "number") + 8);
    CHECK(Usage(client, "timed") <= Usage(client, "number") + 16);
    CHECK(client.Run("MEMORY USAGE missing") == kNil);
    CHECK(client.Run("MEMORY USAGE small SAMPLES 0") == Integer(Usage(client, "small")));
    CHECK(client.Run("MEMORY USAGE small samples 5 SAMPLES 7") == Integer(Usage(client, "small")));
    // Looking at a key is no use of it that counts.
    CHECK(client.Run("INFO stats").find("keyspace_hits:0\r\n") != std::string::npos);
  });
}

TEST_CASE("MEMORY USAGE refuses options that it does not know") {
  TestServer server;
  TestClient client(server);
  CHECK(client.Run("MEMORY USAGE key SAMPLES") == Error("ERR syntax error"));
  CHECK(client.Run("MEMORY USAGE key TIMES 3") == Error("ERR syntax error"));
  CHECK(client.Run("MEMORY USAGE key SAMPLES -1") == Error("ERR syntax error"));
  CHECK(client.Run("MEMORY USAGE key SAMPLES many") ==
        Error("ERR value is not an integer or out of range"));
  CHECK(client.Run("MEMORY NOSUCH") == Error("ERR unknown subcommand 'NOSUCH'. Try MEMORY HELP."));
}

TEST_CASE("MEMORY STATS adds up, with the names that Redis has") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    for (int i = 0; i < 5000; ++i)
      client.Run({"SET", "key:" + std::to_string(i), std::string(200, 'x'), "EX", "100"});
    const auto stats = Stats(client);
    const std::vector<std::string> names = {"peak.allocated",
                                            "total.allocated",
                                            "startup.allocated",
                                            "replication.backlog",
                                            "clients.slaves",
                                            "clients.normal",
                                            "cluster.links",
                                            "aof.buffer",
                                            "lua.caches",
                                            "functions.caches",
                                            "overhead.hashtable.main",
                                            "overhead.hashtable.expires",
                                            "overhead.hashtable.slot-to-keys",
                                            "overhead.total",
                                            "keys.count",
                                            "keys.bytes-per-key",
                                            "dataset.bytes",
                                            "dataset.percentage",
                                            "peak.percentage",
                                            "allocator.allocated",
                                            "allocator.active",
                                            "allocator.resident",
                                            "allocator-fragmentation.ratio",
                                            "allocator-fragmentation.bytes",
                                            "allocator-rss.ratio",
                                            "allocator-rss.bytes",
                                            "rss-overhead.ratio",
                                            "rss-overhead.bytes",
                                            "fragmentation",
                                            "fragmentation.bytes"};
    REQUIRE(stats.size() == names.size());
    for (size_t i = 0; i < names.size(); ++i)
      CHECK(stats[i].first == names[i]);
    CHECK(Find(stats, "keys.count") == 5000);
    CHECK(Find(stats, "total.allocated") ==
          Find(stats, "overhead.total") + Find(stats, "dataset.bytes"));
    CHECK(Find(stats, "dataset.bytes") > 5000 * 200);
    CHECK(Find(stats, "dataset.bytes") < 5000 * 270);
    CHECK(Find(stats, "total.allocated") <= Find(stats, "peak.allocated"));
    CHECK(Find(stats, "allocator.allocated") <= Find(stats, "allocator.active"));
    CHECK(Find(stats, "allocator.active") <= Find(stats, "allocator.resident"));
    CHECK(Find(stats, "allocator.active") - Find(stats, "allocator.allocated") ==
          Find(stats, "allocator-fragmentation.bytes"));
  });
}

TEST_CASE("MEMORY STATS is a map in RESP3") {
  TestServer server;
  TestClient client(server);
  client.Run("HELLO 3");
  CHECK(client.Run("MEMORY STATS").starts_with("%"));
  CHECK(client.Run("MEMORY DOCTOR").starts_with("="));
}

TEST_CASE("MEMORY PURGE moves entries together, gives the rest back and keeps every key") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    Scatter(client, 20000);
    const auto before = Stats(client);
    CHECK(client.Run("MEMORY PURGE") == kOk);
    const auto after = Stats(client);
    CHECK(Find(after, "keys.count") == Find(before, "keys.count"));
    CHECK(Find(after, "allocator-fragmentation.bytes") <
          Find(before, "allocator-fragmentation.bytes") / 2);
    CHECK(Find(after, "allocator-rss.bytes") == 0);
    for (int i = 0; i < 20000; ++i) {
      const std::string reply = client.Run({"GET", "key:" + std::to_string(i)});
      REQUIRE(reply == (i * 2654435761u >> 30 != 0 ? kNil : Bulk(std::string(200, 'x'))));
    }
  });
}

TEST_CASE("MEMORY PURGE goes in steps, between which others are served") {
  TestServer server(1);
  TestClient client(server);
  TestClient other(server);
  Scatter(client, 50000);
  client.Send(TestClient::Encode({"MEMORY", "PURGE"}));
  int resumed = 0;
  for (; client.busy(); ++resumed) {
    CHECK(other.Run("SET other x") == kOk);
    client.Resume();
  }
  CHECK(resumed > 3);
  CHECK(client.TakeReplies() == kOk);
}

TEST_CASE("MEMORY DOCTOR says what is unusual") {
  TestServer server(1);
  TestClient client(server);
  CHECK(WholeReply(client.Run("MEMORY DOCTOR")).text.find("too little data") != std::string::npos);

  struct Case {
    const char* what;
    void (*change)(MemoryFigures&);
    const char* words;
  };
  const Case cases[] = {
      {"nothing", [](MemoryFigures&) {}, "No problem"},
      {"peak", [](MemoryFigures& m) { m.peak = m.used * 2; }, "At its peak"},
      {"resident", [](MemoryFigures& m) { m.resident = m.used * 2; }, "much more memory"},
      {"slack", [](MemoryFigures& m) { m.active = m.held = m.allocated * 5 / 4; }, "room between"},
      {"free pages", [](MemoryFigures& m) { m.held = m.active * 5 / 4; }, "kept for reuse"},
      {"clients", [](MemoryFigures& m) { m.clients = 1 << 20; }, "Clients have 1.00M"},
  };
  const KeyspaceFigures empty(1);
  for (const Case& test : cases) {
    CAPTURE(test.what);
    MemoryFigures memory(server.state(), empty, 0);
    memory.used = memory.peak = memory.allocated = memory.active = memory.held = memory.resident =
        100 << 20;
    test.change(memory);
    CHECK(DiagnoseMemory(memory, 1).find(test.words) != std::string::npos);
  }
}

TEST_CASE("MEMORY MALLOC-STATS lists the sizes of blocks that are in use") {
  TestServer server(1);
  TestClient client(server);
  for (int i = 0; i < 100; ++i)
    client.Run({"SET", "key:" + std::to_string(1000 + i), std::string(200, 'x')});
  const std::string text = WholeReply(client.Run("MEMORY MALLOC-STATS")).text;
  CHECK(text.find("room in slabs") != std::string::npos);
  CHECK(text.find("         100 ") != std::string::npos);  // that many blocks of one size
}

TEST_CASE("MEMORY HELP lists the subcommands") {
  TestServer server;
  TestClient client(server);
  const std::string help = client.Run("MEMORY HELP");
  for (const char* name : {"DOCTOR", "MALLOC-STATS", "PURGE", "STATS", "USAGE key"}) {
    CHECK(help.find(name) != std::string::npos);
  }
}

TEST_CASE("INFO's fragmentation is what MEMORY STATS says") {
  TestServer server;
  TestClient client(server);
  Scatter(client, 20000);
  const std::string info = client.Run("INFO memory");
  const auto stats = Stats(client);
  const auto field = [&info](const std::string& name) {
    const size_t at = info.find("\n" + name + ":");
    REQUIRE(at != std::string::npos);
    return std::stod(info.substr(at + name.size() + 2));
  };
  CHECK(field("allocator_frag_bytes") == Find(stats, "allocator-fragmentation.bytes"));
  CHECK(field("allocator_rss_bytes") == Find(stats, "allocator-rss.bytes"));
  CHECK(field("allocator_active") == Find(stats, "allocator.active"));
  CHECK(field("allocator_frag_ratio") > 1.5);
  CHECK(field("used_memory_startup") == Find(stats, "startup.allocated"));
  CHECK(field("active_defrag_running") == 0);
  CHECK(field("lazyfree_pending_objects") == 0);
}

TEST_CASE("INFO counts the entries of flushed databases until they are freed") {
  TestServer server(1);
  TestClient client(server);
  for (int i = 0; i < 1000; ++i)
    client.Run("SET key:" + std::to_string(i) + " x");
  client.Run("FLUSHALL");
  CHECK(client.Run("INFO memory").find("lazyfree_pending_objects:1000\r\n") != std::string::npos);
}

}  // namespace larder
