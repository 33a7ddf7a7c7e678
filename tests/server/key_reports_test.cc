// LARDER.STATS, LARDER.HOTKEYS, and what INFO says of prefixes and hot keys.
#include "server/commands/key_reports.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"
#include "tests/server/reply_reader.h"

namespace larder {
namespace {

// The value of a name in a map, whatever a map is in the protocol's version.
const Reply& At(const Reply& map, const std::string& name) {
  for (size_t i = 0; i + 1 < map.elements.size(); i += 2) {
    if (map.elements[i].text == name) return map.elements[i + 1];
  }
  FAIL("no field ", name);
  return map;
}

std::string Text(const Reply& map, const std::string& name) {
  return At(map, name).text;
}

// "hits misses expired evicted" of each prefix, and of the others as "others".
std::map<std::string, std::string> Prefixes(TestClient& client, const std::string& options = "") {
  const auto events = [](const Reply& map) {
    return Text(map, "hits") + " " + Text(map, "misses") + " " + Text(map, "expired") + " " +
           Text(map, "evicted");
  };
  const Reply reply = WholeReply(client.Run("LARDER.STATS PREFIXES " + options));
  std::map<std::string, std::string> prefixes{{"others", events(At(reply, "others"))}};
  for (const Reply& row : At(reply, "prefixes").elements)
    prefixes[Text(row, "prefix")] = events(row);
  return prefixes;
}

// The hot keys, hottest first, with their requests per second.
std::vector<std::string> HotKeys(TestClient& client, const std::string& options = "") {
  std::vector<std::string> keys;
  const Reply reply = WholeReply(client.Run("LARDER.HOTKEYS " + options));
  for (const Reply& row : At(reply, "keys").elements)
    keys.push_back(Text(row, "key") + " " + Text(row, "requests_per_second"));
  return keys;
}

// A server that looks at every request.
class ExactServer : public TestServer {
 public:
  explicit ExactServer(int64_t shards = 16) : TestServer(Exact(shards)) {}

 private:
  static Settings Exact(int64_t shards) {
    Settings settings;
    settings.shards = shards;
    settings.key_stats_sampling = 1;
    return settings;
  }
};

using Figures = std::map<std::string, std::string>;
using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("LARDER.STATS PREFIXES tells hits, misses and expiries of each prefix") {
  for (const int64_t shards : {1, 16}) {
    CAPTURE(shards);
    ExactServer server(shards);
    TestClient client(server);
    client.Run("SET user:1 a");
    client.Run("SET user:2 b PX 10");
    client.Run("GET user:1");
    client.Run("MGET user:1 user:2 user:3 page/1");
    client.Run("EXISTS counter");
    server.clock().Advance(10);
    client.Run("GET user:2");  // counts as expired and as a miss
    CHECK(Prefixes(client) ==
          Figures{
              {"user:", "3 2 1 0"}, {"page/", "0 1 0 0"}, {"", "0 1 0 0"}, {"others", "0 0 0 0"}});
    CHECK(Prefixes(client, "COUNT 1") == Figures{{"user:", "3 2 1 0"}, {"others", "0 2 0 0"}});
  }
}

TEST_CASE("Evictions are counted for their prefix") {
  ExactServer server(1);
  TestClient client(server);
  for (int i = 0; i < 200; ++i)
    client.Run("SET old:" + std::to_string(i) + " " + std::string(1000, 'v'));
  const size_t used = server.state().KeyspaceMemory();
  client.Run("CONFIG SET maxmemory " + std::to_string(used));
  for (int i = 0; i < 100; ++i)
    client.Run("SET new:" + std::to_string(i) + " " + std::string(1000, 'v'));
  uint64_t evicted = 0;
  const Reply reply = WholeReply(client.Run("LARDER.STATS PREFIXES"));
  for (const Reply& row : At(reply, "prefixes").elements)
    evicted += std::stoull(Text(row, "evicted"));
  CHECK(evicted > 50);
  CHECK(WholeReply(client.Run("INFO stats")).text.find("evicted_keys:" + std::to_string(evicted)) !=
        std::string::npos);
}

TEST_CASE("The reply is made of maps in RESP3, and the ratio has two decimals") {
  ExactServer server;
  TestClient client(server);
  Play(server, client, {{"SET a:1 x", kOk}, {"MGET a:1 a:2 a:3", Array({Bulk("x"), kNil, kNil})}});
  client.Run("HELLO 3");
  CHECK(client.Run("LARDER.STATS PREFIXES") ==
        "%2\r\n$8\r\nprefixes\r\n*1\r\n"
        "%8\r\n$6\r\nprefix\r\n$2\r\na:\r\n$2\r\ndb\r\n:0\r\n$4\r\nhits\r\n:1\r\n"
        "$6\r\nmisses\r\n:2\r\n$9\r\nhit_ratio\r\n,0.33\r\n$7\r\nexpired\r\n:0\r\n"
        "$7\r\nevicted\r\n:0\r\n$5\r\nerror\r\n:0\r\n"
        "$6\r\nothers\r\n%5\r\n$4\r\nhits\r\n:0\r\n$6\r\nmisses\r\n:0\r\n$9\r\nhit_ratio\r\n,0\r\n"
        "$7\r\nexpired\r\n:0\r\n$7\r\nevicted\r\n:0\r\n");
  client.Run("LARDER.STATS RESET");
  client.Run("SET a:1 x");
  server.clock().Advance(4000);
  CHECK(client.Run("LARDER.HOTKEYS") ==
        "%2\r\n$19\r\nrequests_per_second\r\n,0.25\r\n$4\r\nkeys\r\n*1\r\n"
        "%6\r\n$3\r\nkey\r\n$3\r\na:1\r\n$8\r\nkey_size\r\n:3\r\n$2\r\ndb\r\n:0\r\n"
        "$19\r\nrequests_per_second\r\n,0.25\r\n$17\r\nwrites_per_second\r\n,0.25\r\n"
        "$16\r\nerror_per_second\r\n,0\r\n");
}

TEST_CASE("LARDER.HOTKEYS names the keys of all kinds of requests, hottest first") {
  ExactServer server;
  TestClient client(server);
  for (int i = 0; i < 40; ++i)
    client.Run("INCR counter");
  for (int i = 0; i < 30; ++i)
    client.Run("GET missing");
  for (int i = 0; i < 20; ++i)
    client.Run("MGET page one two");
  client.Run("MULTI");
  for (int i = 0; i < 35; ++i)
    client.Run("SETNX lock 1");
  client.Run("EXEC");
  server.clock().Advance(10'000);
  CHECK(HotKeys(client, "COUNT 3") == Names{"counter 4", "lock 3.5", "missing 3"});
  CHECK(HotKeys(client).size() == 6);
  CHECK(Text(WholeReply(client.Run("LARDER.HOTKEYS")), "requests_per_second") == "16.5");
}

TEST_CASE("Both statistics sample a busy server and come close") {
  TestServer server(1);
  TestClient client(server);
  std::string batch;
  for (int i = 0; i < 1000; ++i) {
    batch += i % 4 == 0 ? "GET hot:1\r\n" : "GET cold:" + std::to_string(i) + "\r\n";
  }
  for (int i = 0; i < 200; ++i)
    client.Feed(batch);
  server.clock().Advance(10'000);
  // 50,000 of 200,000 requests; see EventSampler for how far off an estimate may be.
  const Names keys = HotKeys(client, "COUNT 1");
  REQUIRE(keys.size() == 1);
  CHECK(keys[0].starts_with("hot:1 "));
  CHECK(std::stod(keys[0].substr(6)) == doctest::Approx(5000).epsilon(0.25));
  Figures prefixes = Prefixes(client);
  CHECK(std::stod(prefixes["hot:"].substr(2)) == doctest::Approx(50'000).epsilon(0.25));
  CHECK(std::stod(prefixes["cold:"].substr(2)) == doctest::Approx(150'000).epsilon(0.1));
}

TEST_CASE("LARDER.STATS RESET and CONFIG RESETSTAT begin anew") {
  for (const std::string reset : {"LARDER.STATS RESET", "CONFIG RESETSTAT"}) {
    CAPTURE(reset);
    ExactServer server;
    TestClient client(server);
    client.Run("GET a:1");
    CHECK(client.Run(reset) == kOk);
    CHECK(Prefixes(client) == Figures{{"others", "0 0 0 0"}});
    CHECK(HotKeys(client).empty());
    client.Run("GET a:2");
    CHECK(Prefixes(client) == Figures{{"a:", "0 1 0 0"}, {"others", "0 0 0 0"}});
    CHECK(HotKeys(client) == Names{"a:2 1"});
  }
}

TEST_CASE("The settings turn the statistics off and on, and change what a prefix is") {
  ExactServer server;
  TestClient client(server);
  client.Run("GET a:b:c");
  Play(server, client,
       {{"CONFIG SET prefix-stats-max 0", kOk},
        {"LARDER.STATS PREFIXES", Error(errors::kNoPrefixStatistics)},
        {"INFO prefixes",
         Bulk("# Prefixes\r\nprefix_others:hits=0,misses=0,expired=0,evicted=0\r\n")},
        {"CONFIG SET hotkeys-max 0", kOk},
        {"LARDER.HOTKEYS", Error(errors::kNoHotKeys)},
        {"INFO hotkeys", Bulk("# Hotkeys\r\n")},
        {"GET a:b:c", kNil},
        {"CONFIG SET prefix-stats-max 10 hotkeys-max 10 prefix-depth 2", kOk}});
  CHECK(Prefixes(client).size() == 1);
  CHECK(HotKeys(client).empty());
  client.Run("GET a:b:c");
  CHECK(Prefixes(client).contains("a:b:"));
  CHECK(HotKeys(client) == Names{"a:b:c 1"});
  client.Run({"CONFIG", "SET", "prefix-delimiters", "c b"});
  CHECK(Prefixes(client).size() == 1);
  client.Run("GET a:b:c");
  client.Run("GET a:b");
  CHECK(Prefixes(client) ==
        Figures{{"a:b:c", "0 1 0 0"}, {"a:b", "0 1 0 0"}, {"others", "0 0 0 0"}});
}

TEST_CASE("Options that make no sense are refused") {
  Play({{"LARDER.STATS PREFIXES COUNT", Error(errors::kSyntax)},
        {"LARDER.STATS PREFIXES 5", Error(errors::kSyntax)},
        {"LARDER.STATS PREFIXES COUNT 0", Error(errors::kSyntax)},
        {"LARDER.STATS PREFIXES COUNT x", Error(errors::kNotAnInteger)},
        {"LARDER.STATS PREFIXES COUNT 1 2", Error(errors::kSyntax)},
        {"LARDER.HOTKEYS COUNT -1", Error(errors::kSyntax)},
        {"LARDER.HOTKEYS LIMIT 1", Error(errors::kSyntax)},
        {"larder.hotkeys count 99999999999999999999", Error(errors::kNotAnInteger)}});
}

TEST_CASE("LARDER.STATS HELP lists the subcommands") {
  TestServer server;
  TestClient client(server);
  const std::string help = client.Run("LARDER.STATS HELP");
  CHECK(help.find("+LARDER.STATS <subcommand>") != std::string::npos);
  CHECK(help.find("+PREFIXES [COUNT count]\r\n") != std::string::npos);
  CHECK(help.find("+RESET\r\n") != std::string::npos);
}

TEST_CASE("INFO has both as sections of their own, with names that cannot break its lines") {
  ExactServer server;
  TestClient client(server);
  client.Run({"GET", "a b,c=d\\\r\n\xff:1"});
  server.clock().Advance(2000);
  CHECK(WholeReply(client.Run("INFO prefixes hotkeys")).text ==
        "# Prefixes\r\n"
        "prefix0:db=0,name=a\\x20b\\x2cc\\x3dd\\x5c\\x0d\\x0a\\xff:,"
        "hits=0,misses=1,expired=0,evicted=0,error=0\r\n"
        "prefix_others:hits=0,misses=0,expired=0,evicted=0\r\n"
        "\r\n"
        "# Hotkeys\r\n"
        "hotkey0:db=0,name=a\\x20b\\x2cc\\x3dd\\x5c\\x0d\\x0a\\xff:1,"
        "requests_per_second=0.50,writes_per_second=0.00,error_per_second=0.00\r\n");
  CHECK(WholeReply(client.Run("INFO")).text.find("# Hotkeys") == std::string::npos);
  CHECK(WholeReply(client.Run("INFO everything")).text.find("# Hotkeys") != std::string::npos);
}

TEST_CASE("Key names and prefixes are bulk strings of their bytes, keys of a bounded length") {
  ExactServer server;
  TestClient client(server);
  const std::string binary("\0\r\n\xff:", 5);
  client.Run({"GET", binary + std::string(100'000, 'x')});
  const Reply prefixes = WholeReply(client.Run("LARDER.STATS PREFIXES"));
  CHECK(Text(At(prefixes, "prefixes").elements.at(0), "prefix") == binary);
  const Reply keys = WholeReply(client.Run("LARDER.HOTKEYS"));
  const Reply& key = At(keys, "keys").elements.at(0);
  CHECK(Text(key, "key") == binary + std::string(KeyStatistics::kMostKeyBytes - 5, 'x'));
  CHECK(Text(key, "key_size") == "100005");
}

TEST_CASE("The statistics can be asked for within a transaction") {
  ExactServer server;
  TestClient client(server);
  client.Run("GET a:1");
  client.Run("MULTI");
  client.Run("GET a:1");
  client.Run("CONFIG SET hotkeys-max 3");
  client.Run("LARDER.STATS PREFIXES");
  const std::string replies = client.Run("EXEC");
  CHECK(replies.starts_with("*3\r\n" + kNil + kOk + "*4\r\n"));
}

}  // namespace larder
