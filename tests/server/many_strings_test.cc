// Tests of the commands that read or write the strings of several keys at once.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"

namespace larder {

TEST_CASE("MGET answers null for what is missing or no string") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    PutList(server, "list");
    Play(server, client,
         {
             {"SET a 1", kOk},
             {"SET b two", kOk},
             {"MGET a missing b list a", Array({Bulk("1"), kNil, Bulk("two"), kNil, Bulk("1")})},
             {"PEXPIRE a 5", Integer(1)},
             Wait(5),
             {"MGET a b", Array({kNil, Bulk("two")})},
             {"MGET list", Array({kNil})},
         });
  });
}

TEST_CASE("MSET sets all its keys, the last value of a repeated key counts") {
  Play({
      {"SET a old EX 10", kOk},
      {"MSET a 1 b two c '' a 3", kOk},
      {"MGET a b c", Array({Bulk("3"), Bulk("two"), Bulk("")})},
      {"TTL a", Integer(-1)},
  });
}

TEST_CASE("MSET replaces values that are no strings") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    PutList(server, "list");
    CHECK(client.Run("MSETNX new v list v") == Integer(0));
    CHECK(client.Run("MSET list v") == kOk);
    CHECK(client.Run("GET list") == Bulk("v"));
  });
}

TEST_CASE("MSETNX sets all of its keys or none") {
  Play({
      {"MSETNX a 1 b 2", Integer(1)},
      {"MSETNX b 3 c 4", Integer(0)},
      {"MSETNX c 4 b 3", Integer(0)},
      {"MGET a b c", Array({Bulk("1"), Bulk("2"), kNil})},
      {"MSETNX d 1 d 2", Integer(1)},
      {"GET d", Bulk("2")},
      {"PEXPIRE a 5", Integer(1)},
      Wait(5),
      {"MSETNX a 6 e 7", Integer(1)},
      {"MGET a e", Array({Bulk("6"), Bulk("7")})},
      {"TTL a", Integer(-1)},
  });
}

TEST_CASE("MSET and MSETNX need a value for each key") {
  Play({
      {"MSET a", Error(errors::WrongArity("mset"))},
      {"MSET a 1 b", Error(errors::WrongArity("mset"))},
      {"MSETNX a", Error(errors::WrongArity("msetnx"))},
      {"MSETNX a 1 b", Error(errors::WrongArity("msetnx"))},
      {"EXISTS a", Integer(0)},
  });
}

TEST_CASE("MSET and MGET take thousands of keys, and large values among them") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    const std::string large(50000, 'L');
    std::vector<std::string> set = {"MSET"};
    std::vector<std::string> get = {"MGET"};
    std::vector<std::string> values;
    for (int i = 0; i < 3000; ++i) {
      const std::string value = i % 500 == 0 ? large : std::to_string(i * i);
      set.push_back("key:" + std::to_string(i));
      set.push_back(value);
      get.push_back("key:" + std::to_string(i));
      values.push_back(value);
    }
    CHECK(client.Feed(ArrayOfBulks(set)) == kOk);
    const bool same = client.Feed(ArrayOfBulks(get)) == ArrayOfBulks(values);
    CHECK(same);
    CHECK(client.Run("DBSIZE") == Integer(3000));
  });
}

}  // namespace larder
