// INFO: its sections and their figures.
#include "server/commands/info.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "server/commands/info_writer.h"
#include "server/version.h"
#include "tests/server/conversation.h"
#include "tests/server/reply_reader.h"
#include "tests/server/steps.h"

namespace larder {
namespace {

std::string Info(TestClient& client, const std::string& sections = "") {
  const Reply reply = WholeReply(client.Run("INFO " + sections));
  REQUIRE(reply.type == '$');
  return reply.text;
}

// The value of a field; an empty string if it is not there.
std::string Field(const std::string& info, const std::string& name) {
  const size_t at = ("\n" + info).find("\n" + name + ":");
  if (at == std::string::npos) return "";
  const size_t begin = at + name.size() + 1;
  return info.substr(begin, info.find("\r\n", begin) - begin);
}

std::vector<std::string> Titles(const std::string& info) {
  std::vector<std::string> titles;
  for (size_t at = info.find("# "); at != std::string::npos; at = info.find("\n# ", at + 1)) {
    const size_t begin = info.find(' ', at) + 1;
    titles.push_back(info.substr(begin, info.find("\r\n", begin) - begin));
  }
  return titles;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("INFO has the usual sections, those that are named, or all") {
  TestServer server;
  TestClient client(server);
  const Names usual = {"Server", "Clients", "Memory",     "Persistence", "Stats",   "Replication",
                       "CPU",    "Modules", "Errorstats", "Cluster",     "Keyspace"};
  const Names with_statistics = {"Server",       "Clients", "Memory",  "Persistence",  "Stats",
                                 "Replication",  "CPU",     "Modules", "Commandstats", "Errorstats",
                                 "Latencystats", "Cluster", "Keyspace"};
  Names all = with_statistics;
  all.insert(all.end(), {"Prefixes", "Hotkeys"});
  CHECK(Titles(Info(client)) == usual);
  CHECK(Titles(Info(client, "default")) == usual);
  CHECK(Titles(Info(client, "all")) == all);
  CHECK(Titles(Info(client, "everything")) == all);
  CHECK(Titles(Info(client, "default commandstats latencystats")) == with_statistics);
  CHECK(Titles(Info(client, "SERVER")) == Names{"Server"});
  CHECK(Titles(Info(client, "keyspace cpu cpu")) == Names{"CPU", "Keyspace"});
  CHECK(Info(client, "nosuch") == "");
}

TEST_CASE("Sections are separated by an empty line, fields by line ends") {
  TestServer server;
  TestClient client(server);
  CHECK(Info(client, "replication cluster") ==
        "# Replication\r\nrole:master\r\nconnected_slaves:0\r\nmaster_repl_offset:0\r\n\r\n"
        "# Cluster\r\ncluster_enabled:0\r\n");
}

TEST_CASE("INFO is a verbatim string in RESP3") {
  TestServer server;
  TestClient client(server);
  client.Run("HELLO 3");
  CHECK(client.Run("INFO cluster").starts_with("=34\r\ntxt:# Cluster"));
}

TEST_CASE("INFO server says which server it is") {
  TestServer server;
  TestClient client(server);
  server.clock().Advance(90'000'000);
  const std::string info = Info(client, "server");
  CHECK(Field(info, "redis_version") == kRedisVersion);
  CHECK(Field(info, "larder_version") == kLarderVersion);
  CHECK(Field(info, "redis_mode") == "standalone");
  CHECK(Field(info, "run_id") == server.state().run_id);
  CHECK(Field(info, "run_id").size() == 40);
  CHECK(Field(info, "tcp_port") == "6379");
  CHECK(Field(info, "uptime_in_seconds") == "90000");
  CHECK(Field(info, "uptime_in_days") == "1");
  CHECK(Field(info, "server_time_usec") ==
        std::to_string((TestServer::kStartMs + 90'000'000) * 1000));
  CHECK(Field(info, "executable").starts_with("/"));
}

TEST_CASE("INFO clients counts the connections") {
  TestServer server;
  TestClient client(server);
  CHECK(Field(Info(client, "clients"), "connected_clients") == "1");
  {
    TestClient other(server);
    CHECK(Field(Info(client, "clients"), "connected_clients") == "2");
  }
  CHECK(Field(Info(client, "clients"), "connected_clients") == "1");
  CHECK(Field(Info(client, "clients"), "blocked_clients") == "0");
  CHECK(Field(Info(client, "clients"), "maxclients") == "10000");
}

TEST_CASE("INFO memory adds up, and the peak stays") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    const auto number = [&](const std::string& name) {
      return std::stoull(Field(Info(client, "memory"), name));
    };
    const uint64_t empty = number("used_memory");
    client.Run({"SET", "large", std::string(2'000'000, 'x')});
    const uint64_t full = number("used_memory");
    CHECK(full >= empty + 2'000'000);
    CHECK(full < empty + 2'200'000);
    CHECK(number("used_memory_dataset") + number("used_memory_overhead") == full);
    client.Run("DEL large");
    CHECK(number("used_memory") < empty + 100'000);
    CHECK(number("used_memory_peak") >= full);
    CHECK(number("used_memory_rss") > 0);
    CHECK(Field(Info(client, "memory"), "used_memory_peak_human").ends_with("M"));
    CHECK(Field(Info(client, "memory"), "maxmemory_policy") == "allkeys-s3fifo");
  });
}

TEST_CASE("redis-cli --stat finds loading before async_loading") {
  TestServer server;
  TestClient client(server);
  const std::string info = Info(client);
  CHECK(info.find("loading:0") < info.find("async_loading:0"));
  CHECK(info.find("bgsave_in_progress:0") != std::string::npos);
  CHECK(info.find("aof_rewrite_in_progress:0") != std::string::npos);
}

TEST_CASE("INFO latencystats has the percentiles that are set, of each command that was called") {
  TestServer server;
  TestClient client(server);
  client.Run("SET a b");
  client.Run("CLIENT ID");
  const auto info = [&] { return Info(client, "latencystats"); };
  const std::string set = Field(info(), "latency_percentiles_usec_set");
  CHECK(set.starts_with("p50="));
  CHECK(set.find(",p99=") != std::string::npos);
  CHECK(set.find(",p99.9=") != std::string::npos);
  CHECK(Field(info(), "latency_percentiles_usec_client|id").starts_with("p50="));
  CHECK(Field(info(), "latency_percentiles_usec_get") == "");
  client.Run({"CONFIG", "SET", "latency-tracking-info-percentiles", "0.0 50.0 100.0"});
  const std::string all = Field(info(), "latency_percentiles_usec_set");
  CHECK(all.starts_with("p0="));
  CHECK(all.find(",p100=") != std::string::npos);
  client.Run({"CONFIG", "SET", "latency-tracking-info-percentiles", ""});
  CHECK(info().find("latency_percentiles_usec_set:\r\n") != std::string::npos);
  client.Run("CONFIG SET latency-tracking no");
  CHECK(info() == "# Latencystats\r\n");
  client.Run("CONFIG SET latency-tracking yes");
  client.Run("CONFIG RESETSTAT");
  CHECK(info().find("percentiles_usec_set") == std::string::npos);
}

TEST_CASE("INFO stats counts commands, hits and misses") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    client.Run("SET k v PX 100");
    client.Run("GET k");
    client.Run("GET missing");
    client.Run("GET missing");
    server.clock().Advance(200);
    client.Run("GET k");
    const std::string info = Info(client, "stats");
    CHECK(Field(info, "total_commands_processed") == "5");
    CHECK(Field(info, "keyspace_hits") == "1");
    CHECK(Field(info, "keyspace_misses") == "3");
    CHECK(Field(info, "expired_keys") == "1");
    CHECK(Field(info, "evicted_keys") == "0");
    CHECK(Field(info, "instantaneous_ops_per_sec") == "0");
  });
}

TEST_CASE("INFO stats shows the rates that were sampled") {
  TestServer server;
  TestClient client(server);
  StatisticsTotals totals;
  server.state().rates.Sample(0, totals);
  totals.commands_processed = 500;
  totals.bytes_in = 1024 * 100;
  totals.bytes_out = 1024 * 250;
  server.state().rates.Sample(500'000, totals);
  const std::string info = Info(client, "stats");
  CHECK(Field(info, "instantaneous_ops_per_sec") == "1000");
  CHECK(Field(info, "instantaneous_input_kbps") == "200.00");
  CHECK(Field(info, "instantaneous_output_kbps") == "500.00");
}

TEST_CASE("INFO commandstats has a line for each command that was called or refused") {
  TestServer server;
  TestClient client(server);
  client.Run("SET k abc");
  client.Run("SET k abc");
  client.Run("INCR k");
  client.Run("GET");
  client.Run("CLIENT ID");
  const std::string info = Info(client, "commandstats");
  CHECK(Field(info, "cmdstat_set").starts_with("calls=2,usec="));
  CHECK(Field(info, "cmdstat_set").ends_with(",rejected_calls=0,failed_calls=0"));
  CHECK(Field(info, "cmdstat_incr").ends_with(",rejected_calls=0,failed_calls=1"));
  CHECK(Field(info, "cmdstat_get") ==
        "calls=0,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=0");
  CHECK(Field(info, "cmdstat_client|id").starts_with("calls=1,"));
  CHECK(Field(info, "cmdstat_del") == "");
}

TEST_CASE("What fails inside of EXEC is counted once, and not as a failure of EXEC") {
  TestServer server;
  TestClient client(server);
  client.Run("SET text abc");
  client.Run("MULTI");
  client.Run("INCR text");
  client.Run("EXEC");
  CHECK(Field(Info(client, "errorstats"), "errorstat_ERR") == "count=1");
  CHECK(Field(Info(client, "stats"), "total_error_replies") == "1");
  const std::string commands = Info(client, "commandstats");
  CHECK(Field(commands, "cmdstat_incr").find("failed_calls=1") != std::string::npos);
  CHECK(Field(commands, "cmdstat_exec").find("failed_calls=0") != std::string::npos);
}

TEST_CASE("INFO errorstats counts errors by their first word") {
  TestServer server;
  TestClient client(server);
  client.Run("SET k abc");
  client.Run("INCR k");
  client.Run("NOSUCH");
  PutList(server, "list");
  client.Run("GET list");
  const std::string info = Info(client, "errorstats");
  CHECK(Field(info, "errorstat_ERR") == "count=2");
  CHECK(Field(info, "errorstat_WRONGTYPE") == "count=1");
  CHECK(Field(Info(client, "stats"), "total_error_replies") == "3");
}

TEST_CASE("INFO keyspace has a line for each database with keys") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    CHECK(Info(client, "keyspace") == "# Keyspace\r\n");
    client.Run("MSET a 1 b 2 c 3");
    client.Run("SELECT 7");
    client.Run("SET d 4 PX 1000");
    client.Run("SET e 5 PX 3000");
    server.clock().Advance(500);
    CHECK(Info(client, "keyspace") ==
          "# Keyspace\r\ndb0:keys=3,expires=0,avg_ttl=0,subexpiry=0\r\n"
          "db7:keys=2,expires=2,avg_ttl=1500,subexpiry=0\r\n");
  });
}

TEST_CASE("INFO visits one shard after the other, and others work in between") {
  TestServer server(16);
  TestClient client(server);
  TestClient other(server);
  int steps = 0;
  const std::string reply = RunInSteps(server, client, {"INFO", "keyspace"}, [&] {
    ++steps;
    CHECK(other.Run("SET k v") == kOk);
  });
  CHECK(steps == 17);
  CHECK(reply.find("# Keyspace") != std::string::npos);
}

TEST_CASE("Bytes are shown as people read them") {
  CHECK(HumanBytes(0) == "0B");
  CHECK(HumanBytes(1023) == "1023B");
  CHECK(HumanBytes(1024) == "1.00K");
  CHECK(HumanBytes(1536 * 1024) == "1.50M");
  CHECK(HumanBytes(uint64_t{5} << 30) == "5.00G");
  CHECK(HumanBytes(uint64_t{3} << 40) == "3.00T");
  CHECK(HumanBytes(~uint64_t{0}) == "16.00E");
}

}  // namespace larder
