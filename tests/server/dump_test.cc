// Tests of DUMP and RESTORE.
#include <doctest/doctest.h>

#include <cstring>
#include <string>

#include "storage/crc64.h"
#include "storage/rdb_format.h"
#include "tests/server/conversation.h"

namespace larder {
namespace {

using namespace std::string_literals;

// A payload with this content: type and value.
std::string Payload(std::string content, uint16_t version = rdb::kWrittenVersion) {
  content.append(reinterpret_cast<const char*>(&version), sizeof version);
  const uint64_t checksum = Crc64(0, content);
  return content.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
}

// What DUMP answers, without the frame of the reply.
std::string Dumped(TestClient& client, const std::string& key) {
  const std::string reply = client.Run({"DUMP", key});
  REQUIRE(reply[0] == '$');
  const size_t begin = reply.find("\r\n") + 2;
  return reply.substr(begin, reply.size() - begin - 2);
}

TEST_CASE("DUMP answers what Redis answers") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    client.Run("SET text value");
    client.Run("SET number 123456");
    CHECK(Dumped(client, "text") == "\x00\x05value\x0a\x00\x81\xf6\xc1\x38\xc1\xaa\x9b\x6e"s);
    CHECK(Dumped(client, "number") == Payload("\x00\xc2\x40\xe2\x01\x00"s));
    CHECK(client.Run("DUMP missing") == kNil);
  });
}

TEST_CASE("RESTORE brings every kind of string back") {
  const std::string values[] = {"",
                                "text",
                                "0",
                                "-1",
                                "32767",
                                "-2147483648",
                                "9223372036854775807",
                                "007",
                                std::string(63, 'x') + "y",
                                std::string(20000, 'z'),
                                std::string(100000, 'b') + "c",
                                "bytes\r\n\0\xff"s};
  for (const bool compression : {true, false}) {
    TestServer server;
    TestClient client(server);
    client.Run({"CONFIG", "SET", "rdbcompression", compression ? "yes" : "no"});
    for (const std::string& value : values) {
      CAPTURE(value.size());
      client.Run({"SET", "key", value});
      client.Run("PEXPIRE key 5000");
      const std::string payload = Dumped(client, "key");
      CHECK(client.Run({"RESTORE", "copy", "0", payload, "REPLACE"}) == kOk);
      CHECK(client.Run("GET copy") == Bulk(value));
      CHECK(client.Run("PTTL copy") == Integer(-1));
    }
  }
}

TEST_CASE("RESTORE minds the deadline, relative or absolute") {
  const std::string payload = Payload("\x00\x01v"s);
  WithFewAndManyShards([&](TestServer& server, TestClient& client) {
    const std::string now = std::to_string(server.clock().NowMs());
    const std::string later = std::to_string(server.clock().NowMs() + 700);
    CHECK(client.Run({"RESTORE", "relative", "500", payload}) == kOk);
    CHECK(client.Run("PTTL relative") == Integer(500));
    CHECK(client.Run({"RESTORE", "absolute", later, payload, "absttl"}) == kOk);
    CHECK(client.Run("PTTL absolute") == Integer(700));
    // What has expired already only removes what was there.
    CHECK(client.Run({"RESTORE", "new", now, payload, "ABSTTL"}) == kOk);
    CHECK(client.Run("EXISTS new") == Integer(0));
    CHECK(client.Run({"RESTORE", "relative", "1", payload, "ABSTTL", "REPLACE"}) == kOk);
    CHECK(client.Run("EXISTS relative") == Integer(0));
    CHECK(client.Run({"RESTORE", "far", "9223372036854775807", payload, "ABSTTL"}) == kOk);
    CHECK(client.Run("PEXPIRETIME far") == Integer(9223372036854775807));
    CHECK(client.Run({"RESTORE", "farther", "9223372036854775807", payload}) ==
          Error("ERR invalid expire time in 'restore' command"));
  });
}

TEST_CASE("RESTORE checks its arguments in Redis's order and words") {
  const std::string payload = Payload("\x00\x01v"s);
  TestServer server;
  TestClient client(server);
  client.Run("SET taken x");
  const std::string busy = Error("BUSYKEY Target key name already exists.");
  const std::string syntax = Error("ERR syntax error");
  const std::string not_integer = Error("ERR value is not an integer or out of range");
  CHECK(client.Run({"RESTORE", "taken", "-1", "garbage"}) == busy);
  CHECK(client.Run({"RESTORE", "taken", "-1", "garbage", "REPLACE"}) ==
        Error("ERR Invalid TTL value, must be >= 0"));
  CHECK(client.Run({"RESTORE", "taken", "x", "garbage", "REPLACE"}) == not_integer);
  CHECK(client.Run({"RESTORE", "taken", "0", "garbage", "REPLACE"}) ==
        Error("ERR DUMP payload version or checksum are wrong"));
  CHECK(client.Run({"RESTORE", "k", "0", payload, "FOO"}) == syntax);
  CHECK(client.Run({"RESTORE", "k", "0", payload, "FREQ"}) == syntax);
  CHECK(client.Run({"RESTORE", "k", "0", payload, "FREQ", "1", "IDLETIME", "1"}) == syntax);
  CHECK(client.Run({"RESTORE", "k", "0", payload, "IDLETIME", "1", "FREQ", "1"}) == syntax);
  CHECK(client.Run({"RESTORE", "k", "0", payload, "FREQ", "x"}) == not_integer);
  CHECK(client.Run({"RESTORE", "k", "0", payload, "FREQ", "256"}) ==
        Error("ERR Invalid FREQ value, must be >= 0 and <= 255"));
  CHECK(client.Run({"RESTORE", "k", "0", payload, "IDLETIME", "-1"}) ==
        Error("ERR Invalid IDLETIME value, must be >= 0"));
  CHECK(client.Run("EXISTS k") == Integer(0));
  CHECK(client.Run("GET taken") == Bulk("x"));
  CHECK(client.Run({"RESTORE", "taken", "0", payload, "replace"}) == kOk);
  CHECK(client.Run("GET taken") == Bulk("v"));
}

TEST_CASE("RESTORE recalls how a key was used, where the policy tells") {
  const std::string payload = Payload("\x00\x01v"s);
  TestServer server;
  TestClient client(server);
  client.Run("CONFIG SET maxmemory-policy allkeys-lru");
  CHECK(client.Run({"RESTORE", "idle", "0", payload, "IDLETIME", "1000"}) == kOk);
  CHECK(client.Run("OBJECT IDLETIME idle") == Integer(1000));
  CHECK(client.Run({"RESTORE", "often", "0", payload, "FREQ", "100"}) == kOk);
  CHECK(client.Run("OBJECT IDLETIME often") == Integer(0));
  client.Run("CONFIG SET maxmemory-policy allkeys-lfu");
  CHECK(client.Run({"RESTORE", "often", "0", payload, "FREQ", "100", "REPLACE"}) == kOk);
  CHECK(client.Run("OBJECT FREQ often") == Integer(100));
}

TEST_CASE("RESTORE refuses what is damaged") {
  TestServer server;
  TestClient client(server);
  const std::string bad = Error("ERR Bad data format");
  const std::string contents[] = {
      "",                                           // nothing at all
      "\x00"s,                                      // no value
      "\x00\x05valu"s,                              // ends too early
      "\x00\x80\xff\xff\xff\xff"s,                  // a length that lies
      "\x00\x81\xff\xff\xff\xff\xff\xff\xff\xff"s,  // and one beyond all memory
      "\x00\xc2\x01"s,                              // half an integer
      "\x00\xc4"s,                                  // an encoding that is not known
      "\x00\x82\x00"s,                              // a length that is not known
      "\x00\xc3\x01\x3fx"s,                         // compressed: too little for its size
      "\x00\xc3\x00\x00"s,                          // to nothing
      "\x00\xc3\x04\x0a\x1f\xff\xff\xff"s,          // to garbage
      "\x00\xc3\xc1\x00\x0a"s,                      // an encoding for a length
      "\xfd\x00"s,                                  // an opcode
      "\x63\x01v"s,                                 // no type
      "\x01\x02\x01"s
      "a"s,                                         // a list that ends too early
      "\x04\x81\xff\xff\xff\xff\xff\xff\xff\xff"s,  // a hash whose size lies
  };
  for (const std::string& content : contents) {
    CAPTURE(content);
    CHECK(client.Run({"RESTORE", "key", "0", Payload(content)}) == bad);
  }
  CHECK(client.Run("EXISTS key") == Integer(0));
}

TEST_CASE("RESTORE says which type it cannot keep") {
  TestServer server;
  TestClient client(server);
  const struct {
    std::string content;
    std::string type;
  } cases[] = {{"\x01\x01\x01x"s, "list"},
               {"\x02\x01\x01x"s, "set"},
               {"\x05\x01\x01x\0\0\0\0\0\0\0\0"s, "sorted set"},
               {"\x10\x07\x07\0\0\0\0\0\xff"s, "hash"}};
  for (const auto& test : cases) {
    CHECK(client.Run({"RESTORE", "key", "0", Payload(test.content)}) ==
          Error("ERR Bad data format: a " + test.type + " cannot be kept"));
  }
}

TEST_CASE("RESTORE reads the payloads of newer versions, but none that is unknown") {
  TestServer server;
  TestClient client(server);
  const std::string content = "\x00\x01v"s;
  for (const uint16_t version : {2, 6, 9, 10, 11, 12}) {
    CHECK(client.Run({"RESTORE", "key", "0", Payload(content, version), "REPLACE"}) == kOk);
  }
  const std::string wrong = Error("ERR DUMP payload version or checksum are wrong");
  CHECK(client.Run({"RESTORE", "key", "0", Payload(content, 13), "REPLACE"}) == wrong);
  std::string damaged = Payload(content);
  damaged[2] ^= 1;
  CHECK(client.Run({"RESTORE", "key", "0", damaged, "REPLACE"}) == wrong);
  CHECK(client.Run({"RESTORE", "key", "0", "short", "REPLACE"}) == wrong);
}

TEST_CASE("RESTORE is refused where what it expands to has no room") {
  Settings settings;
  settings.maxmemory = 4 * 1024 * 1024;
  settings.maxmemory_policy = EvictionPolicy::kNoEviction;
  TestServer server(settings);
  TestClient client(server);
  // Ten million zero bytes, as LZF writes them: a literal, then matches of 264 each.
  std::string compressed("\x00\x00"s);
  size_t size = 1;
  for (; size < 10'000'000; size += 264)
    compressed += "\xe0\xff\x00"s;
  const auto length = [](size_t value) {
    std::string text = "\x80";
    for (int shift = 24; shift >= 0; shift -= 8)
      text += static_cast<char>(value >> shift);
    return text;
  };
  const std::string content = "\x00\xc3"s + length(compressed.size()) + length(size) + compressed;
  CHECK(client.Run({"RESTORE", "key", "0", Payload(content)}) ==
        Error("OOM command not allowed when used memory > 'maxmemory'."));
  client.Run("CONFIG SET maxmemory 100mb");
  CHECK(client.Run({"RESTORE", "key", "0", Payload(content)}) == kOk);
  CHECK(client.Run("STRLEN key") == Integer(static_cast<int64_t>(size)));
}

}  // namespace
}  // namespace larder
