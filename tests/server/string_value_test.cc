// Tests of large strings: they are stored in the memory that they were received into, and sent from
// there.
#include "server/commands/string_value.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/server/conversation.h"

namespace larder {
namespace {

constexpr size_t kSize = 100'000;

std::string Large(char first) {
  std::string value(kSize, ' ');
  for (size_t i = 0; i < kSize; ++i)
    value[i] = static_cast<char>(first + i % 10);
  return value;
}

// Sends a request so that its first large argument, of kSize bytes, is received into its final
// memory, and returns where that is.
const char* SendInPieces(TestClient& client, const std::string& request) {
  const std::string header = "$" + std::to_string(kSize) + "\r\n";
  const size_t cut = request.find(header) + header.size() + 7;
  client.Send(std::string_view(request).substr(0, cut));
  const std::span<char> rest = client.session().large_argument_rest();
  REQUIRE(!rest.empty());
  const char* memory = rest.data() + rest.size() - kSize;
  client.Send(std::string_view(request).substr(cut));
  return memory;
}

const char* BytesOf(TestServer& server, std::string_view name) {
  return WithDatabaseOf(server, name, [&](Database& database, const Key& key) {
    const Entry* entry = database.Find(key, server.clock().NowMs());
    REQUIRE(entry != nullptr);
    return static_cast<const char*>(entry->blob()->data());
  });
}

}  // namespace

TEST_CASE("a large value is stored where it was received") {
  struct Case {
    std::vector<std::string> command;
    std::string reply;
  };
  const std::string value = Large('a');
  for (const Case& row : std::vector<Case>{
           {{"SET", "k", value}, kOk},
           {{"SET", "k", value, "EX", "10"}, kOk},
           {{"SET", "k", value, "GET"}, kNil},
           {{"SET", "k", value, "NX"}, kOk},
           {{"SETNX", "k", value}, Integer(1)},
           {{"SETEX", "k", "10", value}, kOk},
           {{"PSETEX", "k", "10", value}, kOk},
           {{"GETSET", "k", value}, kNil},
           {{"APPEND", "k", value}, Integer(kSize)},
           {{"MSET", "j", "small", "k", value}, kOk},
           {{"MSETNX", "k", value, "j", "small"}, Integer(1)},
       }) {
    CAPTURE(row.command[0]);
    WithFewAndManyShards([&](TestServer& server, TestClient& client) {
      const char* received = SendInPieces(client, ArrayOfBulks(row.command));
      CHECK(client.TakeReplies() == row.reply);
      CHECK(BytesOf(server, "k") == received);
      const bool same = client.Run("GET k") == Bulk(value);
      CHECK(same);
    });
  }
}

TEST_CASE("several large values of one command do not get mixed up") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    const std::string request = ArrayOfBulks({"MSET", "a", Large('a'), "n", "12", "b", Large('b'),
                                              "s", std::string(20'000, 's'), "a", Large('c')});
    for (size_t at = 0; at < request.size(); at += 33'333)
      client.Send(std::string_view(request).substr(at, 33'333));
    CHECK(client.TakeReplies() == kOk);
    const bool same = client.Run("MGET a b n s") ==
                      ArrayOfBulks({Large('c'), Large('b'), "12", std::string(20'000, 's')});
    CHECK(same);
  });
}

TEST_CASE("a large value that was not stored is not mistaken for the next one") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    const std::string other(20'000, 'o');
    CHECK(client.Run("SET k old") == kOk);
    SendInPieces(client,
                 ArrayOfBulks({"SET", "k", Large('a'), "NX"}) + ArrayOfBulks({"SET", "j", other}));
    CHECK(client.TakeReplies() == kNil + kOk);
    CHECK(client.Run("GET k") == Bulk("old"));
    const bool same = client.Run("GET j") == Bulk(other);
    CHECK(same);
  });
}

TEST_CASE("a reply that waits to be sent keeps the value as it was") {
  const std::string value = Large('a');
  for (const char* change :
       {"SETRANGE k 0 changed", "APPEND k more", "SETRANGE k 200000 far", "DEL k", "SET k new",
        "GETDEL k", "MSET k new", "EXPIRE k 10", "FLUSHALL"}) {
    CAPTURE(change);
    WithFewAndManyShards([&](TestServer&, TestClient& client) {
      CHECK(client.Run({"SET", "k", value}) == kOk);
      client.Send("GET k\r\nGETRANGE k 0 49999\r\n" + std::string(change) + "\r\n");
      const bool same =
          client.TakeReplies().starts_with(Bulk(value) + Bulk(value.substr(0, 50'000)));
      CHECK(same);
    });
  }
}

TEST_CASE("a large value goes into a transaction and comes out of it") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    CHECK(client.Run("MULTI") == kOk);
    SendInPieces(client, ArrayOfBulks({"SET", "k", Large('a')}));
    CHECK(client.TakeReplies() == "+QUEUED\r\n");
    CHECK(client.Run("GET k") == "+QUEUED\r\n");
    const bool same = client.Run("EXEC") == Array({kOk, Bulk(Large('a'))});
    CHECK(same);
  });
}

}  // namespace larder
