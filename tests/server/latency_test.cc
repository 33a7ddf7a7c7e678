// LATENCY: the histograms of commands, and the pauses that the monitor keeps.
#include "server/commands/latency.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/server/conversation.h"
#include "tests/server/reply_reader.h"
#include "tests/server/steps.h"

namespace larder {
namespace {

constexpr uint64_t kMillisecond = 1'000'000;  // in ns

// The names in a map.
std::vector<std::string> Names(const Reply& map) {
  std::vector<std::string> names;
  for (size_t i = 0; i < map.elements.size(); i += 2)
    names.push_back(map.elements[i].text);
  return names;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("LATENCY HISTOGRAM counts the calls of each command") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    client.Run("SET a b");
    client.Run("SET c d");
    client.Run("GET a");
    client.Run("CLIENT ID");
    client.Run("SET too few arguments");
    const Reply all = WholeReply(client.Run("LATENCY HISTOGRAM"));
    CHECK(Names(all) == Texts{"client|id", "get", "set"});
    const Reply& set = all.elements[5];
    CHECK(set.elements[0].text == "calls");
    CHECK(set.elements[1].text == "3");
    CHECK(set.elements[2].text == "histogram_usec");
    const std::vector<Reply>& limits = set.elements[3].elements;
    REQUIRE(limits.size() >= 2);
    CHECK(limits.back().text == "3");
  });
}

TEST_CASE("LATENCY HISTOGRAM answers the commands that are asked for, and those of a container") {
  TestServer server;
  TestClient client(server);
  client.Run("SET a b");
  client.Run("CLIENT ID");
  client.Run("CLIENT GETNAME");
  const auto names = [&](const char* command) { return Names(WholeReply(client.Run(command))); };
  CHECK(names("LATENCY HISTOGRAM nosuch set GET") == Texts{"set"});
  CHECK(names("LATENCY HISTOGRAM CLIENT") == Texts{"client|getname", "client|id"});
  CHECK(names("LATENCY HISTOGRAM client|id") == Texts{"client|id"});
  client.Run("CONFIG RESETSTAT");
  CHECK(names("LATENCY HISTOGRAM set client") == Texts{});
  client.Run("CONFIG SET latency-tracking no");
  client.Run("SET a b");
  CHECK(names("LATENCY HISTOGRAM set") == Texts{});
}

TEST_CASE("LATENCY HISTOGRAM has limits that double, up to the longest call") {
  TestServer server;
  TestClient client(server);
  ThreadStatistics& thread = server.state().statistics.AddThread();
  const TickCounter& ticks = server.state().statistics.tick_counter();
  ThreadStatistics::PerCommand& get = thread.per_command[CommandIndex(*FindCommand("get"))];
  for (const uint64_t ns : {1'100, 3'500, 30'500, 30'500, 5'000'000})
    thread.DurationsOf(get).Add(ticks.AtMostTicks(ns));
  const Reply all = WholeReply(client.Run("LATENCY HISTOGRAM get"));
  Texts texts;
  for (const Reply& number : all.elements[1].elements[3].elements)
    texts.push_back(number.text);
  CHECK(texts == Texts{"1", "1", "4", "2", "33", "4", "8454", "5"});
}

TEST_CASE("LATENCY keeps the longest pause of each second, from the threshold on") {
  TestServer server;
  TestClient client(server);
  LatencyMonitor& monitor = server.state().latency;
  const std::string now = std::to_string(TestServer::kStartMs / 1000);
  monitor.Observe(LatencyEvent::kCommand, 500 * kMillisecond);
  CHECK(client.Run("LATENCY LATEST") == Array({}));
  client.Run("CONFIG SET latency-monitor-threshold 100");
  monitor.Observe(LatencyEvent::kCommand, 99 * kMillisecond);
  CHECK(client.Run("LATENCY HISTORY command") == Array({}));
  monitor.Observe(LatencyEvent::kCommand, 200 * kMillisecond);
  monitor.Observe(LatencyEvent::kCommand, 300 * kMillisecond);
  monitor.Observe(LatencyEvent::kCommand, 100 * kMillisecond);
  server.clock().Advance(1000);
  monitor.Observe(LatencyEvent::kCommand, 150 * kMillisecond);
  monitor.Observe(LatencyEvent::kExpireCycle, 101 * kMillisecond);
  const int64_t first = TestServer::kStartMs / 1000;
  CHECK(client.Run("LATENCY HISTORY command") ==
        Array({Array({Integer(first), Integer(300)}), Array({Integer(first + 1), Integer(150)})}));
  CHECK(client.Run("LATENCY LATEST") ==
        Array({Array({Bulk("command"), Integer(first + 1), Integer(150), Integer(300)}),
               Array({Bulk("expire-cycle"), Integer(first + 1), Integer(101), Integer(101)})}));
  CHECK(client.Run("LATENCY HISTORY nosuch") == Array({}));
  CHECK(client.Run("LATENCY RESET nosuch fork") == Integer(0));
  CHECK(client.Run("LATENCY RESET command command") == Integer(1));
  CHECK(client.Run("LATENCY RESET") == Integer(1));
  CHECK(client.Run("LATENCY LATEST") == Array({}));
  client.Run("CONFIG SET latency-monitor-threshold 0");
  monitor.Observe(LatencyEvent::kCommand, 5000 * kMillisecond);
  CHECK(client.Run("LATENCY LATEST") == Array({}));
}

TEST_CASE("LATENCY HISTORY goes back 160 seconds that had a pause") {
  TestServer server;
  TestClient client(server);
  client.Run("CONFIG SET latency-monitor-threshold 1");
  for (int i = 0; i < 200; ++i) {
    server.state().latency.Observe(LatencyEvent::kCommandSlice, (1000 - i) * kMillisecond);
    server.clock().Advance(1000);
  }
  const Reply history = WholeReply(client.Run("LATENCY HISTORY command-slice"));
  REQUIRE(history.elements.size() == 160);
  CHECK(history.elements[0].elements[1].text == "960");
  CHECK(WholeReply(client.Run("LATENCY LATEST")).elements[0].elements[3].text == "1000");
}

TEST_CASE("A slow call is a pause by its command's kind") {
  TestServer server;
  TestClient client(server);
  client.Run("CONFIG SET latency-monitor-threshold 1");
  CallRecorder recorder(server.state(), server.state().statistics.AddThread());
  recorder.Apply(*server.settings().Current());
  const uint64_t ticks = server.state().statistics.tick_counter().AtMostTicks(7 * kMillisecond);
  const std::string_view args[] = {"x"};
  recorder.Record(*FindCommand("get"), args, client.client(), ticks);
  recorder.Record(*FindCommand("set"), args, client.client(), ticks);
  recorder.RecordSliced(*FindCommand("keys"), args, client.client(), 100 * ticks);
  recorder.RecordSlice(2 * ticks);
  Texts latest;
  for (const Reply& event : WholeReply(client.Run("LATENCY LATEST")).elements)
    latest.push_back(event.elements[0].text + " " + event.elements[2].text);
  CHECK(latest.size() == 3);
  CHECK(latest[0].starts_with("command "));
  CHECK(latest[1].starts_with("fast-command "));
  CHECK(latest[2].starts_with("command-slice "));
}

TEST_CASE("LATENCY GRAPH draws the pauses, with how long ago they were") {
  TestServer server;
  TestClient client(server);
  CHECK(client.Run("LATENCY GRAPH command") ==
        Error("ERR No samples available for event 'command'"));
  client.Run("CONFIG SET latency-monitor-threshold 1");
  for (const int ms : {10, 21, 32, 43}) {
    server.state().latency.Observe(LatencyEvent::kCommand, ms * kMillisecond);
    server.clock().Advance(4000);
  }
  CHECK(WholeReply(client.Run("LATENCY GRAPH command")).text ==
        "command - high 43 ms, low 10 ms (all time high 43 ms)\n" + std::string(80, '-') +
            "\n   #\n  o#\n _##\n_###\n\n1184\n62ss\nss  \n");
}

TEST_CASE("LATENCY DOCTOR says what happened and what may help") {
  TestServer server;
  TestClient client(server);
  const auto report = [&] { return WholeReply(client.Run("LATENCY DOCTOR")).text; };
  CHECK(report().starts_with("Nothing is watched: latency-monitor-threshold is 0."));
  client.Run("CONFIG SET latency-monitor-threshold 5 slowlog-log-slower-than 10000");
  CHECK(report().starts_with("Nothing took 5 milliseconds or more"));
  server.state().latency.Observe(LatencyEvent::kCommand, 10 * kMillisecond);
  server.clock().Advance(10'000);
  server.state().latency.Observe(LatencyEvent::kCommand, 20 * kMillisecond);
  server.clock().Advance(10'000);
  const std::string text = report();
  CHECK(text.find("1. command: 2 latency spikes (average 15ms, mean deviation 5ms, period 10.00 "
                  "sec). Worst all time event 20ms.\n") != std::string::npos);
  CHECK(text.find("CONFIG SET slowlog-log-slower-than 5000") != std::string::npos);
  for (const char* event : {"fast-command", "command-slice", "expire-cycle", "eviction-cycle",
                            "active-defrag-cycle", "snapshot-slice"}) {
    server.state().latency.Observe(*FindLatencyEvent(event), 10 * kMillisecond);
    CHECK(report().find(std::string(". ") + event + ": 1 latency spikes") != std::string::npos);
  }
}

TEST_CASE("LATENCY HELP lists the subcommands") {
  TestServer server;
  TestClient client(server);
  CHECK(client.Run("LATENCY HELP").find("HISTOGRAM [command [command ...]]") != std::string::npos);
}

}  // namespace larder
