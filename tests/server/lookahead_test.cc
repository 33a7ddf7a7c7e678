// Tests of guessing what requests are about: whatever the input is, nothing may come of it.
#include "server/lookahead.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/server/conversation.h"

namespace larder {

TEST_CASE("A look ahead changes nothing, neither keys nor counters nor locks") {
  TestServer server;
  TestClient client(server);
  CHECK(client.Run("SET key value") == kOk);
  CHECK(client.Run("SET gone value PX 5") == kOk);
  server.clock().Advance(5);
  Lookahead lookahead(server.state().keyspace);
  lookahead.Add("*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n", 0);
  lookahead.Add("*2\r\n$3\r\nGET\r\n$4\r\ngone\r\n", 0);
  lookahead.Add("*2\r\n$3\r\nGET\r\n$7\r\nmissing\r\n", 0);
  lookahead.Add("*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n", 7);  // a database that does not exist yet
  lookahead.PrefetchEntries();
  for (size_t i = 0; i < Lookahead::kMost + 3; ++i)
    lookahead.PrefetchValue(i);
  Keyspace& keyspace = server.state().keyspace;
  size_t keys = 0;
  for (size_t i = 0; i < keyspace.shard_count(); ++i) {
    REQUIRE(keyspace.shard(i).lock().try_lock());
    CHECK(keyspace.shard(i).counters().hits + keyspace.shard(i).counters().misses == 0);
    if (keyspace.shard(i).database_if_present(0) != nullptr) {
      keys += keyspace.shard(i).database(0).size();
    }
    CHECK(keyspace.shard(i).database_if_present(7) == nullptr);
    keyspace.shard(i).lock().unlock();
  }
  CHECK(keys == 2);
  CHECK(client.Run("GET key") == Bulk("value"));
}

TEST_CASE("A look ahead is not confused by what it looked at before") {
  TestServer server;
  TestClient client(server);
  Lookahead lookahead(server.state().keyspace);
  const std::string strange[] = {
      "",
      "*",
      "*2\r\n$3\r\nGET\r\n$100\r\nabc",                // cut off
      "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$500000000\r\n",  // a large argument begins
      "*1\r\n:5\r\n",                                  // an error of the protocol
      "*1\r\n$4\r\nPING\r\n",                          // without a key
      "SET 'a b' \"unfinished\r\n",
      "\r\n\r\n",
      std::string(70'000, 'x'),
      "*1000000\r\n",
  };
  for (int round = 0; round < 3; ++round) {
    lookahead.Clear();
    for (const std::string& input : strange)
      lookahead.Add(input, 0);
    lookahead.Add("*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n", 0);
    lookahead.PrefetchEntries();
    lookahead.PrefetchValue(std::size(strange));
  }
  CHECK(client.Run("SET key value") == kOk);
}

}  // namespace larder
