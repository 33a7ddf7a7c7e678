// Tests of OBJECT, and of which commands are a use of a key.
#include <doctest/doctest.h>

#include <string>

#include "tests/server/harness.h"

namespace larder {

TEST_CASE("OBJECT ENCODING tells how a string is stored") {
  TestServer server;
  TestClient client(server);
  client.Run("SET number 12345");
  client.Run("SET short text");
  client.Run({"SET", "embedded", std::string(44, 'x')});
  client.Run({"SET", "raw", std::string(45, 'x')});
  client.Run({"SET", "blob", std::string(20'000, 'x')});
  CHECK(client.Run("OBJECT ENCODING number") == "$3\r\nint\r\n");
  CHECK(client.Run("OBJECT ENCODING short") == "$6\r\nembstr\r\n");
  CHECK(client.Run("OBJECT ENCODING embedded") == "$6\r\nembstr\r\n");
  CHECK(client.Run("OBJECT ENCODING raw") == "$3\r\nraw\r\n");
  CHECK(client.Run("OBJECT ENCODING blob") == "$3\r\nraw\r\n");
  CHECK(client.Run("OBJECT REFCOUNT raw") == ":1\r\n");
  for (const char* command : {"ENCODING", "FREQ", "IDLETIME", "REFCOUNT"}) {
    CHECK(client.Run({"OBJECT", command, "missing"}) == "$-1\r\n");
  }
}

TEST_CASE("OBJECT IDLETIME counts the seconds since a key was used, where they are tracked") {
  TestServer server;
  TestClient client(server);
  client.Run("CONFIG SET maxmemory-policy allkeys-lru");
  client.Run("SET key value");
  server.clock().Advance(10'000);
  CHECK(client.Run("OBJECT IDLETIME key") == ":10\r\n");
  // Looking at it is no use of it.
  for (const char* command : {"EXISTS key", "TTL key", "TYPE key", "OBJECT ENCODING key"}) {
    client.Run(command);
    CHECK(client.Run("OBJECT IDLETIME key") == ":10\r\n");
  }
  for (const char* command : {"GET key", "TOUCH key", "STRLEN key", "APPEND key x", "SET key y"}) {
    server.clock().Advance(7000);
    client.Run("SET another key");  // a write tells the time
    CHECK(client.Run("OBJECT IDLETIME key") != ":0\r\n");
    client.Run(command);
    CHECK(client.Run("OBJECT IDLETIME key") == ":0\r\n");
  }
  client.Run("CONFIG SET maxmemory-policy noeviction");
  CHECK(client.Run("OBJECT IDLETIME key") == ":0\r\n");
  client.Run("CONFIG SET maxmemory-policy allkeys-lfu");
  CHECK(client.Run("OBJECT IDLETIME key").starts_with("-ERR An LFU maxmemory policy is selected"));
  client.Run("CONFIG SET maxmemory-policy allkeys-s3fifo");
  CHECK(client.Run("OBJECT IDLETIME key").starts_with("-ERR An S3-FIFO maxmemory policy"));
}

TEST_CASE("OBJECT FREQ counts uses on a logarithmic scale, where they are tracked") {
  TestServer server;
  TestClient client(server);
  client.Run("SET key value");
  CHECK(client.Run("OBJECT FREQ key").starts_with("-ERR An LFU maxmemory policy is not selected"));
  client.Run("CONFIG SET maxmemory-policy allkeys-lfu lfu-log-factor 0");
  client.Run("SET new value");
  CHECK(client.Run("OBJECT FREQ new") == ":5\r\n");
  for (int i = 0; i < 10; ++i)
    client.Run("GET new");
  CHECK(client.Run("OBJECT FREQ new") == ":15\r\n");
  server.clock().Advance(5 * 60'000);
  client.Run("SET another key");  // a write tells the time
  CHECK(client.Run("OBJECT FREQ new") == ":10\r\n");
  client.Run("CONFIG SET lfu-decay-time 0");
  CHECK(client.Run("OBJECT FREQ new") == ":15\r\n");
}

TEST_CASE("OBJECT HELP lists the subcommands") {
  TestServer server;
  TestClient client(server);
  const std::string help = client.Run("OBJECT HELP");
  for (const char* word : {"ENCODING key", "FREQ key", "IDLETIME key", "REFCOUNT key", "HELP"}) {
    CHECK(help.find(word) != std::string::npos);
  }
  CHECK(client.Run("OBJECT NOTHING key").starts_with("-ERR unknown subcommand 'NOTHING'"));
}

}  // namespace larder
