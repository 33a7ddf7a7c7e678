// Conversations with a server in process: lines of commands, each with the reply that is expected.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/server/harness.h"
#include "tests/server/reply_reader.h"

namespace larder {

// Replies in RESP2.
inline const std::string kOk = "+OK\r\n";
inline const std::string kNil = "$-1\r\n";
inline std::string Integer(int64_t value) {
  return ":" + std::to_string(value) + "\r\n";
}
inline std::string Bulk(std::string_view bytes) {
  return "$" + std::to_string(bytes.size()) + "\r\n" + std::string(bytes) + "\r\n";
}
inline std::string Error(std::string_view message) {
  return "-" + std::string(message) + "\r\n";
}
inline std::string Array(std::initializer_list<std::string> replies) {
  std::string all = "*" + std::to_string(replies.size()) + "\r\n";
  for (const std::string& reply : replies)
    all += reply;
  return all;
}

// An array of bulk strings, for commands with very many arguments.
inline std::string ArrayOfBulks(const std::vector<std::string>& strings) {
  std::string all = "*" + std::to_string(strings.size()) + "\r\n";
  for (const std::string& string : strings)
    all += Bulk(string);
  return all;
}

// The one reply that these bytes are.
inline Reply WholeReply(std::string_view bytes) {
  ReplyReader reader(bytes);
  const std::optional<Reply> reply = reader.Next();
  REQUIRE(reply.has_value());
  REQUIRE(reader.rest() == "");
  return *reply;
}

// A line of a conversation; or, with `wait_ms`, that time passes.
struct Line {
  std::string command;
  std::string reply;
  int64_t wait_ms = 0;
};
inline Line Wait(int64_t ms) {
  return {"", "", ms};
}

// Calls `test` with a new server of one shard, and with one of many.
inline void WithFewAndManyShards(const std::function<void(TestServer&, TestClient&)>& test) {
  for (const size_t shards : {1, 16}) {
    CAPTURE(shards);
    TestServer server(shards);
    TestClient client(server);
    test(server, client);
  }
}

inline void Play(TestServer& server, TestClient& client, std::initializer_list<Line> lines) {
  for (const Line& line : lines) {
    CAPTURE(line.command);
    if (line.wait_ms != 0) {
      server.clock().Advance(line.wait_ms);
    } else {
      CHECK(client.Run(line.command) == line.reply);
    }
  }
}

// Has the conversation with a new server of one shard, and with one of many.
inline void Play(std::initializer_list<Line> lines) {
  WithFewAndManyShards(
      [&](TestServer& server, TestClient& client) { Play(server, client, lines); });
}

// Runs `work` on database 0 of the shard that holds `name`, with its lock held.
template <class Work>
auto WithDatabaseOf(TestServer& server, std::string_view name, Work&& work) {
  Keyspace& keyspace = server.state().keyspace;
  const Key key{name, HashKey(name)};
  Shard& shard = keyspace.shard(keyspace.ShardOf(key.hash));
  ShardGuard guard(shard);
  return work(shard.database(0), key);
}

// Stores a value under `name` that is not a string, for WRONGTYPE.
inline void PutList(TestServer& server, std::string_view name) {
  WithDatabaseOf(server, name, [](Database& database, const Key& key) {
    Value value;
    value.type = ValueType::kList;
    value.bytes = "list";
    REQUIRE(database.Put(key, std::move(value)) == StoreStatus::kStored);
  });
}

inline Encoding EncodingOf(TestServer& server, std::string_view name) {
  return WithDatabaseOf(server, name, [&](Database& database, const Key& key) {
    const Entry* entry = database.Find(key, server.clock().NowMs());
    REQUIRE(entry != nullptr);
    return entry->encoding();
  });
}

}  // namespace larder
