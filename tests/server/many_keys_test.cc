// DEL, UNLINK, EXISTS and TOUCH of very many keys, and what other clients see meanwhile.
#include "server/commands/many_keys.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/server/conversation.h"
#include "tests/server/reply_reader.h"
#include "tests/server/steps.h"

namespace larder {
namespace {

std::string Name(int i) {
  return "key" + std::to_string(i);
}

// A command with the names of `count` keys.
std::vector<std::string> OfKeys(const std::string& command, int count) {
  std::vector<std::string> args = {command};
  for (int i = 0; i < count; ++i)
    args.push_back(Name(i));
  return args;
}

}  // namespace

TEST_CASE("Commands of any number of keys count each key as they do for few") {
  for (const int keys : {511, 512, 513, 1000, 16'384, 16'385, 40'000}) {
    CAPTURE(keys);
    WithFewAndManyShards([&](TestServer&, TestClient& client) {
      const int present = keys / 2;
      AddKeys(client, "key", 0, present);
      client.Run("SET bystander v");
      std::vector<std::string> args = OfKeys("EXISTS", keys);
      args.push_back(Name(0));
      args.push_back(Name(present - 1));
      CHECK(client.Feed(Encode(args)) == Integer(present + 2));
      args[0] = "touch";
      CHECK(client.Feed(Encode(args)) == Integer(present + 2));
      args[0] = "DEL";
      CHECK(client.Feed(Encode(args)) == Integer(present));
      CHECK(client.Feed(Encode(args)) == Integer(0));
      CHECK(client.Run("DBSIZE") == Integer(1));
      AddKeys(client, "key", 0, present);
      args[0] = "unlink";
      CHECK(client.Feed(Encode(args)) == Integer(present));
      CHECK(client.Run("DBSIZE") == Integer(1));
    });
  }
}

TEST_CASE("Keys that have expired count for nothing") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    AddKeys(client, "key", 0, 2000);
    for (int i = 0; i < 500; ++i)
      client.Run({"PEXPIRE", Name(i), "10"});
    server.clock().Advance(10);
    CHECK(client.Feed(Encode(OfKeys("EXISTS", 2000))) == Integer(1500));
    CHECK(client.Feed(Encode(OfKeys("DEL", 2000))) == Integer(1500));
  });
}

TEST_CASE("DEL of 100,000 keys lets others write in between") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    constexpr int kKeys = 50'000;
    AddKeys(client, "key", 0, kKeys);
    TestClient other(server);
    other.Run("SET counter 0");
    std::vector<std::string> args = OfKeys("DEL", kKeys);
    args.insert(args.end(), args.begin() + 1, args.begin() + 1 + kKeys);  // each key twice
    client.Send(Encode(args));
    int turns = 0;
    while (client.busy()) {
      CHECK(client.TakeReplies().empty());
      ++turns;
      CHECK(other.Run("INCR counter") == Integer(turns));
      CHECK(other.Run({"SET", "other" + std::to_string(turns), "v"}) == kOk);
      client.Resume();
    }
    CHECK(turns > 10);
    CHECK(client.TakeReplies() == Integer(kKeys));
    CHECK(client.Run("DBSIZE") == Integer(turns + 1));
  });
}

TEST_CASE("DEL counts what it removed, whatever others add and remove meanwhile") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    constexpr int kKeys = 30'000;
    AddKeys(client, "key", 0, kKeys);
    TestClient other(server);
    std::mt19937 random(5);
    int64_t removed_by_other = 0;
    int64_t added_by_other = 0;
    const std::vector<std::string> names = OfKeys("DEL", kKeys);
    const std::vector<std::string_view> args(names.begin(), names.end());
    const std::string reply = RunInSteps(server, client, args, [&] {
      for (int i = 0; i < 20; ++i) {
        const std::string key = Name(static_cast<int>(random() % kKeys));
        if (random() % 2 == 0) {
          removed_by_other += other.Run({"DEL", key}) == Integer(1);
        } else {
          added_by_other += other.Run({"SETNX", key, "new"}) == Integer(1);
        }
      }
    });
    const Reply left = *ReplyReader(client.Run("DBSIZE")).Next();
    CHECK(reply == Integer(kKeys + added_by_other - removed_by_other - std::stoi(left.text)));
  });
}

TEST_CASE("The order of replies holds around sliced commands") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    AddKeys(client, "key", 0, 3000);
    const std::string many = Encode(OfKeys("DEL", 3000));
    std::vector<std::string> exists = OfKeys("EXISTS", 3000);
    const std::string bytes = "SET a 1\r\n" + many + "GET a\r\n" + Encode(exists) + "INCR a\r\n" +
                              many + many + "PING\r\n";
    const std::string expected = kOk + Integer(3000) + Bulk("1") + Integer(0) + Integer(2) +
                                 Integer(0) + Integer(0) + "+PONG\r\n";
    CHECK(client.Feed(bytes) == expected);

    AddKeys(client, "key", 0, 3000);
    std::string replies;
    for (size_t at = 0; at < bytes.size(); at += 1000)
      replies += client.Feed(bytes.substr(at, 1000));
    CHECK(replies == expected);
  });
}

TEST_CASE("Sliced commands within a transaction are carried out with the rest of it") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    TestClient other(server);
    AddKeys(client, "key", 0, 3000);
    CHECK(client.Run("MULTI") == kOk);
    CHECK(client.Feed(Encode(OfKeys("EXISTS", 3000))) == "+QUEUED\r\n");
    CHECK(client.Feed(Encode(OfKeys("DEL", 2000))) == "+QUEUED\r\n");
    CHECK(client.Feed(Encode(OfKeys("TOUCH", 3000))) == "+QUEUED\r\n");
    CHECK(other.Run("DBSIZE") == Integer(3000));
    client.Send("EXEC\r\n");
    CHECK_FALSE(client.busy());
    CHECK(client.TakeReplies() == Array({Integer(3000), Integer(2000), Integer(1000)}));
  });
}

TEST_CASE("A client that goes away in the middle of DEL leaves a working server behind") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    AddKeys(client, "key", 0, 50'000);
    {
      TestClient leaving(server);
      leaving.Send(Encode(OfKeys("DEL", 50'000)));
      CHECK(leaving.busy());
      leaving.Resume();
    }
    const Reply left = *ReplyReader(client.Run("DBSIZE")).Next();
    CHECK(std::stoi(left.text) > 0);
    CHECK(client.Feed(Encode(OfKeys("EXISTS", 50'000))) == Integer(std::stoi(left.text)));
    CHECK(client.Feed(Encode(OfKeys("DEL", 50'000))) == Integer(std::stoi(left.text)));
  });
}

TEST_CASE("Deleted keys count as changes, found ones do not") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    AddKeys(client, "key", 0, 2000);
    const uint64_t before = server.state().statistics.Totals().changes;
    client.Feed(Encode(OfKeys("EXISTS", 3000)));
    CHECK(server.state().statistics.Totals().changes == before);
    client.Feed(Encode(OfKeys("DEL", 3000)));
    CHECK(server.state().statistics.Totals().changes == before + 2000);
  });
}

TEST_CASE("Keys of very different sizes are found, and long ones do not make a step long") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    std::vector<std::string> args = {"DEL"};
    for (int i = 0; i < 600; ++i) {
      std::string key = std::to_string(i) + std::string(static_cast<size_t>(i % 7) * 3000, 'k');
      client.Run({"SET", key, "v"});
      args.push_back(std::move(key));
    }
    CHECK(client.Feed(Encode(args)) == Integer(600));
    CHECK(client.Run("DBSIZE") == Integer(0));
  });
}

}  // namespace larder
