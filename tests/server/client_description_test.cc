// The lines of CLIENT LIST.
#include "server/client_description.h"

#include <doctest/doctest.h>

#include <string>

#include "server/command_table.h"

namespace larder {
namespace {

bool Has(const Client& client, const std::string& field, int64_t now_us = 0) {
  return (" " + DescribeClient(client, now_us) + " ").find(" " + field + " ") != std::string::npos;
}

}  // namespace

TEST_CASE("Flags tell what a client is doing") {
  Client client(1, "127.0.0.1:5", "127.0.0.1:6379", 9, 0);
  CHECK(Has(client, "flags=N"));
  client.queued = 0;
  CHECK(Has(client, "flags=x"));
  client.Set(kClientClosing, true);
  CHECK(Has(client, "flags=xc"));
  Client local(2, "/run/larder.sock:0", "/run/larder.sock:0", 9, 0);
  CHECK(Has(local, "flags=U"));
  CHECK(Has(local, "addr=/run/larder.sock:0"));
}

TEST_CASE("Ages are whole seconds") {
  Client client(1, "a:1", "b:2", 9, 1'000'000);
  client.last_used_us = 4'000'000;
  CHECK(Has(client, "age=9", 10'900'000));
  CHECK(Has(client, "idle=6", 10'900'000));
}

TEST_CASE("The last command is named, once there was one") {
  Client client(1, "a:1", "b:2", 9, 0);
  CHECK(Has(client, "cmd=NULL"));
  client.last_command = static_cast<uint16_t>(CommandIndex(*FindCommand("mget")));
  CHECK(Has(client, "cmd=mget"));
}

TEST_CASE("Buffers and queued commands count as the client's memory") {
  Client client(1, "a:1", "b:2", 9, 0);
  const size_t idle = MemoryOf(client);
  client.input_bytes = 1;
  client.input_room = 20;
  client.output_bytes = 55;
  client.output_memory = 300;
  client.queued_memory = 4000;
  CHECK(MemoryOf(client) == idle + 4321);
  CHECK(Has(client, "qbuf=1"));
  CHECK(Has(client, "qbuf-free=20"));
  CHECK(Has(client, "multi-mem=4000"));
  CHECK(Has(client, "obl=55"));
  CHECK(Has(client, "omem=300"));
  CHECK(Has(client, "events=rw"));
  CHECK(Has(client, "tot-mem=" + std::to_string(idle + 4321)));
}

}  // namespace larder
