// KEYS and SCAN: what they find, also while others change the keys between two slices.
#include "server/commands/scan.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"
#include "tests/server/reply_reader.h"
#include "tests/server/steps.h"

namespace larder {
namespace {

// The elements of an array of bulk strings, sorted.
std::vector<std::string> Sorted(const Reply& array) {
  CHECK(array.type == '*');
  std::vector<std::string> texts;
  for (const Reply& element : array.elements) {
    CHECK(element.type == '$');
    texts.push_back(element.text);
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

using Names = std::vector<std::string>;

Names Keys(TestClient& client, const std::string& pattern) {
  return Sorted(WholeReply(client.Run({"KEYS", pattern})));
}

struct ScanReply {
  std::string cursor;
  Names keys;
};

ScanReply Scan(TestClient& client, const std::string& rest_of_command) {
  const Reply reply = WholeReply(client.Run("SCAN " + rest_of_command));
  REQUIRE(reply.elements.size() == 2);
  CHECK(reply.elements[0].type == '$');
  return {reply.elements[0].text, Sorted(reply.elements[1])};
}

// A whole walk, calling `between` after each call.
Names ScanAll(
    TestClient& client, const std::string& options, const std::function<void()>& between = [] {}) {
  Names all;
  std::string cursor = "0";
  do {
    ScanReply reply = Scan(client, cursor + " " + options);
    all.insert(all.end(), reply.keys.begin(), reply.keys.end());
    cursor = reply.cursor;
    between();
  } while (cursor != "0");
  std::sort(all.begin(), all.end());
  return all;
}

size_t Duplicates(const Names& sorted) {
  Names unique = sorted;
  unique.erase(std::unique(unique.begin(), unique.end()), unique.end());
  return sorted.size() - unique.size();
}

// Another client that adds and removes keys in large strides, so that tables grow and shrink.
//
// Thread safety: none.
class Writer {
 public:
  static constexpr int kStride = 250;

  Writer(TestServer& server, int keys, uint32_t seed)
      : client_(server), keys_(keys), random_(seed) {
    AddKeys(client_, "volatile", 0, keys);
  }

  // Ten strides, which mostly delete for some calls, then mostly add for as many, and so on.
  void Write() {
    const uint32_t deleting = calls_++ / kPhase % 2 == 0 ? 9 : 1;
    for (int i = 0; i < 10; ++i) {
      const auto stride = static_cast<int>(random_() % static_cast<uint32_t>(keys_ / kStride));
      if (random_() % 10 < deleting) {
        Delete(stride * kStride);
      } else {
        AddKeys(client_, "volatile", stride * kStride, (stride + 1) * kStride);
      }
    }
  }

 private:
  static constexpr int kPhase = 6;

  void Delete(int from) {
    std::vector<std::string> args = {"DEL"};
    for (int i = from; i < from + kStride; ++i)
      args.push_back("volatile" + std::to_string(i));
    client_.Feed(Encode(args));
  }

  TestClient client_;
  const int keys_;
  std::mt19937 random_;
  int calls_ = 0;
};

}  // namespace

TEST_CASE("KEYS finds the keys that match") {
  struct Case {
    const char* pattern;
    Names found;
  };
  const Names all = {"a*b", "axb", "hallo", "hello", "hillo", "k:1", "k:10", "k:2", "num"};
  const Case cases[] = {
      {"*", all},
      {"**", all},
      {"k:*", {"k:1", "k:10", "k:2"}},
      {"k:1*", {"k:1", "k:10"}},
      {"k:1", {"k:1"}},
      {"k:3", {}},
      {"K:1", {}},
      {"h?llo", {"hallo", "hello", "hillo"}},
      {"h[ae]llo", {"hallo", "hello"}},
      {"h[^e]llo", {"hallo", "hillo"}},
      {"h[a-e]llo", {"hallo", "hello"}},
      {"a\\*b", {"a*b"}},
      {"a*b", {"a*b", "axb"}},
      {"*1*", {"k:1", "k:10"}},
      {"*llo", {"hallo", "hello", "hillo"}},
      {"", {}},
      {"?", {}},
      {"???", {"a*b", "axb", "k:1", "k:2", "num"}},
  };
  WithFewAndManyShards([&](TestServer&, TestClient& client) {
    for (const std::string& key : all)
      client.Run({"SET", key, "v"});
    client.Run("SELECT 1");
    client.Run("SET elsewhere v");
    client.Run("SELECT 0");
    for (const Case& c : cases) {
      CAPTURE(c.pattern);
      CHECK(Keys(client, c.pattern) == c.found);
      CHECK(ScanAll(client, "MATCH '" + std::string(c.pattern) + "'") == c.found);
    }
    CHECK(client.Run("KEYS") == Error(errors::WrongArity("keys")));
    CHECK(client.Run("KEYS a b") == Error(errors::WrongArity("keys")));
  });
}

TEST_CASE("KEYS and SCAN find the empty key, and keys of any bytes") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    const std::string binary("\0\r\n\xff", 4);
    client.Run({"SET", "", "v"});
    client.Run({"SET", binary, "v"});
    CHECK(Keys(client, "*") == Names{"", binary});
    CHECK(Keys(client, "") == Names{""});
    CHECK(Keys(client, binary) == Names{binary});
    CHECK(Keys(client, std::string("\0*", 2)) == Names{binary});
    CHECK(ScanAll(client, "") == Names{"", binary});
  });
}

TEST_CASE("KEYS and SCAN leave out what has expired") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    Play(server, client,
         {{"SET a v PX 10", kOk}, {"SET b v PX 11", kOk}, {"SET c v", kOk}, Wait(10)});
    CHECK(Keys(client, "*") == Names{"b", "c"});
    CHECK(Keys(client, "a") == Names{});
    CHECK(ScanAll(client, "") == Names{"b", "c"});
  });
}

TEST_CASE("KEYS of an empty database is an empty array") {
  Play({{"KEYS *", "*0\r\n"}, {"KEYS a", "*0\r\n"}, {"SCAN 0", "*2\r\n$1\r\n0\r\n*0\r\n"}});
}

TEST_CASE("KEYS over many keys gives other clients their turn and finds each key once") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    TestClient other(server);
    constexpr int kKeys = 40'000;
    for (int i = 0; i < kKeys; i += 1000)
      AddKeys(client, "key", i, i + 1000);
    for (const char* pattern : {"*", "key*", "*key*"}) {
      CAPTURE(pattern);
      client.Send(TestClient::Encode({"KEYS", pattern}));
      int turns = 0;
      while (client.busy()) {
        CHECK(client.TakeReplies().empty());
        CHECK(other.Run("GET key7") == Bulk("v"));
        ++turns;
        client.Resume();
      }
      CHECK(turns > 2);
      const Names found = Sorted(WholeReply(client.TakeReplies()));
      CHECK(found.size() == kKeys);
      CHECK(Duplicates(found) == 0);
    }
  });
}

TEST_CASE("KEYS finds what was there all the time exactly once while tables grow and shrink") {
  for (const uint32_t seed : {1u, 2u, 3u}) {
    CAPTURE(seed);
    WithFewAndManyShards([&](TestServer& server, TestClient& client) {
      constexpr int kPermanent = 3000;
      constexpr int kVolatile = 20'000;
      AddKeys(client, "permanent", 0, kPermanent);
      Writer writer(server, kVolatile, seed);
      const Names found =
          Sorted(WholeReply(RunInSteps(server, client, {"KEYS", "*"}, [&] { writer.Write(); })));
      CHECK(Duplicates(found) == 0);
      const auto is_permanent = [](const std::string& key) { return key.starts_with("permanent"); };
      CHECK(std::count_if(found.begin(), found.end(), is_permanent) == kPermanent);
      CHECK(found.size() <= kPermanent + kVolatile);
    });
  }
}

TEST_CASE("KEYS finds no key twice while databases are swapped and emptied under it") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    TestClient other(server);
    std::mt19937 random(7);
    for (int i = 0; i < 20'000; i += 1000)
      AddKeys(client, "key", i, i + 1000);
    other.Run("SELECT 1");
    for (int i = 0; i < 3000; i += 1000)
      AddKeys(other, "key", i, i + 1000);
    const auto meddle = [&] {
      const uint32_t what = random() % 40;
      if (what < 8) other.Run("SWAPDB 0 1");
      if (what == 9) other.Run("FLUSHDB");
      if (what == 10) AddKeys(other, "key", 0, 1000);
    };
    for (int round = 0; round < 5; ++round) {
      const Names found = Sorted(WholeReply(RunInSteps(server, client, {"KEYS", "*"}, meddle)));
      CHECK(Duplicates(found) == 0);
    }
  });
}

TEST_CASE("KEYS and SCAN keep their place among the replies of a pipeline") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    AddKeys(client, "key", 0, 20'000);
    const std::string replies = client.Feed(
        "SET a 1\r\nKEYS key*\r\nGET a\r\nSCAN 0 COUNT 100000 MATCH key*\r\nINCR a\r\nKEYS a\r\n");
    ReplyReader reader(replies);
    CHECK(reader.Next()->text == "OK");
    CHECK(reader.Next()->elements.size() == 20'000);
    CHECK(reader.Next()->text == "1");
    const std::optional<Reply> scanned = reader.Next();
    CHECK(scanned->elements[0].text == "0");
    CHECK(scanned->elements[1].elements.size() == 20'000);
    CHECK(reader.Next()->text == "2");
    CHECK(reader.rest() == "*1\r\n$1\r\na\r\n");
  });
}

TEST_CASE("KEYS and SCAN work within a transaction") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    AddKeys(client, "key", 0, 5000);
    Play(server, client,
         {{"MULTI", kOk},
          {"SET a 1", "+QUEUED\r\n"},
          {"KEYS key*", "+QUEUED\r\n"},
          {"SCAN 0 COUNT 100000", "+QUEUED\r\n"},
          {"SCAN x", "+QUEUED\r\n"},
          {"KEYS a", "+QUEUED\r\n"}});
    const Reply reply = WholeReply(client.Run("EXEC"));
    CHECK_FALSE(client.busy());
    REQUIRE(reply.elements.size() == 5);
    CHECK(reply.elements[1].elements.size() == 5000);
    CHECK(reply.elements[2].elements[1].elements.size() == 5001);
    CHECK(reply.elements[3].text == "ERR invalid cursor");
    CHECK(Sorted(reply.elements[4]) == Names{"a"});
  });
}

TEST_CASE("A client that goes away in the middle of KEYS or SCAN leaves nothing behind") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    for (int i = 0; i < 40'000; i += 1000)
      AddKeys(client, "key", i, i + 1000);
    for (const char* command : {"KEYS *", "SCAN 0 COUNT 100000"}) {
      TestClient leaving(server);
      leaving.Send(std::string(command) + "\r\nSET after 1\r\n");
      CHECK(leaving.busy());
      leaving.Resume();
    }
    CHECK(client.Run("GET after") == kNil);
    CHECK(client.Run("DBSIZE") == Integer(40'000));
  });
}

TEST_CASE("SCAN walks through all keys, each once while nothing changes") {
  for (const char* count : {"", "COUNT 1", "COUNT 7", "COUNT 1000", "COUNT 9223372036854775807"}) {
    CAPTURE(count);
    WithFewAndManyShards([&](TestServer&, TestClient& client) {
      AddKeys(client, "key", 0, 3000);
      const Names found = ScanAll(client, count);
      CHECK(found.size() == 3000);
      CHECK(Duplicates(found) == 0);
    });
  }
}

TEST_CASE("SCAN stops soon after COUNT entries") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    AddKeys(client, "key", 0, 5000);
    for (const size_t count : {10u, 100u, 1000u}) {
      const ScanReply reply = Scan(client, "0 COUNT " + std::to_string(count));
      CHECK(reply.keys.size() >= count);
      CHECK(reply.keys.size() < count + 40);
      CHECK(reply.cursor != "0");
    }
    CHECK(Scan(client, "0").keys.size() < 50);
    // What does not match counts, too.
    CHECK(Scan(client, "0 MATCH nothing*").cursor != "0");
  });
}

TEST_CASE("SCAN filters by type, and knows no keys of a type that does not exist") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    AddKeys(client, "key", 0, 300);
    PutList(server, "list");
    CHECK(ScanAll(client, "TYPE list") == Names{"list"});
    CHECK(ScanAll(client, "TYPE LIST") == Names{"list"});
    CHECK(ScanAll(client, "type string").size() == 300);
    CHECK(ScanAll(client, "type string match key1").size() == 1);
    CHECK(ScanAll(client, "TYPE set").empty());
    CHECK(ScanAll(client, "TYPE nonsense").empty());
    CHECK(Scan(client, "0 TYPE nonsense").cursor != "0");
  });
}

TEST_CASE("SCAN refuses what Redis refuses") {
  Play({{"SCAN", Error(errors::WrongArity("scan"))},
        {"SCAN x", Error("ERR invalid cursor")},
        {"SCAN ' 0'", Error("ERR invalid cursor")},
        {"SCAN +", Error("ERR invalid cursor")},
        {"SCAN -1", Error("ERR invalid cursor")},
        {"SCAN 1x", Error("ERR invalid cursor")},
        {"SCAN 18446744073709551616", Error("ERR invalid cursor")},
        {"SCAN x COUNT 0", Error("ERR invalid cursor")},
        {"SCAN 0 COUNT", Error("ERR syntax error")},
        {"SCAN 0 MATCH", Error("ERR syntax error")},
        {"SCAN 0 TYPE", Error("ERR syntax error")},
        {"SCAN 0 COUNT 0", Error("ERR syntax error")},
        {"SCAN 0 COUNT -5", Error("ERR syntax error")},
        {"SCAN 0 COUNT x", Error("ERR value is not an integer or out of range")},
        {"SCAN 0 COUNT 9223372036854775808", Error("ERR value is not an integer or out of range")},
        {"SCAN 0 LIMIT 5", Error("ERR syntax error")},
        {"SCAN 0 MATCH a COUNT 0", Error("ERR syntax error")},
        {"SCAN 0 NOVALUES", Error("ERR NOVALUES option can only be used in HSCAN")},
        {"SCAN 18446744073709551615", Array({Bulk("0"), "*0\r\n"})},
        {"SCAN ''", Array({Bulk("0"), "*0\r\n"})},
        {"SCAN +0 count 1 COUNT 2 match a MATCH *", Array({Bulk("0"), "*0\r\n"})}});
}

TEST_CASE("SCAN takes any number for a cursor and comes to an end") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    AddKeys(client, "key", 0, 2000);
    std::mt19937_64 random(3);
    for (int i = 0; i < 200; ++i) {
      std::string cursor = std::to_string(random() >> (random() % 64));
      int calls = 0;
      do {
        cursor = Scan(client, cursor + " COUNT 100").cursor;
      } while (cursor != "0" && ++calls < 1000);
      CHECK(calls < 1000);
    }
  });
}

TEST_CASE("SCAN finds what is there all the time while tables grow and shrink") {
  for (const uint32_t seed : {1u, 2u, 3u}) {
    CAPTURE(seed);
    WithFewAndManyShards([&](TestServer& server, TestClient& client) {
      constexpr int kPermanent = 500;
      AddKeys(client, "permanent", 0, kPermanent);
      Writer writer(server, 5000, seed);
      Names found = ScanAll(client, "MATCH permanent*", [&] { writer.Write(); });
      found.erase(std::unique(found.begin(), found.end()), found.end());
      CHECK(found.size() == kPermanent);
    });
  }
}

}  // namespace larder
