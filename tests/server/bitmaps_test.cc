// Tests of SETBIT, GETBIT, BITCOUNT, BITPOS and BITOP.
#include <doctest/doctest.h>

#include <string>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"

namespace larder {

TEST_CASE("SETBIT sets single bits, answers what they were, and fills gaps with zeros") {
  Play({
      {"SETBIT k 1 1", Integer(0)},
      {"GET k", Bulk("@")},
      {"SETBIT k 1 1", Integer(1)},
      {"SETBIT k 7 1", Integer(0)},
      {"GET k", Bulk("A")},
      {"SETBIT k 1 0", Integer(1)},
      {"SETBIT k 31 0", Integer(0)},
      {"GET k", Bulk(std::string_view("\1\0\0\0", 4))},
      {"GETBIT k 7", Integer(1)},
      {"GETBIT k 8", Integer(0)},
      {"GETBIT k 4000000000", Integer(0)},
      {"GETBIT missing 0", Integer(0)},
      {"EXISTS missing", Integer(0)},
      {"SETBIT missing 0 0", Integer(0)},
      {"STRLEN missing", Integer(1)},
  });
}

TEST_CASE("the bits of an integer are those of its digits") {
  Play({
      {"SET n 12", kOk},
      {"GETBIT n 3", Integer(1)},
      {"BITCOUNT n", Integer(6)},
      {"BITPOS n 1", Integer(2)},
      {"SETBIT n 7 0", Integer(1)},
      {"GET n", Bulk("02")},
      {"INCR n", Error(errors::kNotAnInteger)},
      {"SETBIT n 3 0", Integer(1)},
      {"SETBIT n 3 1", Integer(0)},
      {"SETBIT n 7 1", Integer(0)},
      {"INCR n", Integer(13)},
  });
}

TEST_CASE("SETBIT keeps the deadline, and counts only what changes") {
  WithFewAndManyShards([](TestServer& server, TestClient& client) {
    const auto changes = [&] {
      const std::string info = client.Run("INFO persistence");
      const std::string field = "rdb_changes_since_last_save:";
      const size_t at = info.find(field);
      return at == std::string::npos ? -1 : std::stoi(info.substr(at + field.size()));
    };
    Play(server, client, {{"SET k a PX 1000", kOk}});
    const int before = changes();
    Play(server, client,
         {{"SETBIT k 0 0", Integer(0)}, {"SETBIT k 6 1", Integer(0)}, {"PTTL k", Integer(1000)}});
    if (before >= 0) CHECK(changes() == before + 1);
  });
}

TEST_CASE("offsets and bits that are out of range are refused") {
  Play({
      {"SETBIT k -1 1", Error(errors::kBitOffset)},
      {"SETBIT k 4294967296 1", Error(errors::kBitOffset)},
      {"SETBIT k x 1", Error(errors::kBitOffset)},
      {"SETBIT k 0 2", Error(errors::kBitValue)},
      {"SETBIT k 0 -1", Error(errors::kBitValue)},
      {"SETBIT k 0 x", Error(errors::kBitValue)},
      {"GETBIT k 4294967296", Error(errors::kBitOffset)},
      {"BITPOS k 2", Error(errors::kBitArgument)},
      {"BITPOS k x", Error(errors::kNotAnInteger)},
      {"EXISTS k", Integer(0)},
  });
}

TEST_CASE("bits of what is no string are refused") {
  TestServer server;
  TestClient client(server);
  PutList(server, "list");
  const std::string wrong = Error(errors::kWrongType);
  Play(server, client,
       {{"SETBIT list 0 1", wrong},
        {"GETBIT list 0", wrong},
        {"BITCOUNT list", wrong},
        {"BITPOS list 1", wrong},
        {"BITOP AND to list", wrong},
        {"SET s x", kOk},
        {"BITOP OR to s list", wrong},
        {"EXISTS to", Integer(0)},
        // The destination may hold anything.
        {"BITOP NOT list s", Integer(1)},
        {"TYPE list", "+string\r\n"}});
}

TEST_CASE("the largest bitmap is made at once, set in place and counted") {
  TestServer server;
  TestClient client(server);
  client.Run("CONFIG SET maxmemory 0");
  Play(server, client,
       {{"SETBIT k 4294967295 1", Integer(0)},
        {"STRLEN k", Integer(536870912)},
        {"SETBIT k 4294967294 1", Integer(0)},
        {"SETBIT k 0 1", Integer(0)},
        {"GETBIT k 4294967295", Integer(1)},
        {"BITCOUNT k", Integer(3)},
        {"BITPOS k 1 1", Integer(4294967294)},
        {"BITCOUNT k 1 -2", Integer(0)}});
}

TEST_CASE("BITCOUNT counts all, or a range of bytes or bits") {
  Play({
      {"BITCOUNT k", Integer(0)},
      {"SET k foobar", kOk},
      {"BITCOUNT k", Integer(26)},
      {"BITCOUNT k 0 0", Integer(4)},
      {"BITCOUNT k 1 1 byte", Integer(6)},
      {"BITCOUNT k 5 30 BIT", Integer(17)},
      {"BITCOUNT k 0 -5", Integer(10)},
      {"BITCOUNT k -2 -3", Integer(0)},
      {"BITCOUNT k 100 200", Integer(0)},
      {"BITCOUNT k -100 100", Integer(26)},
      {"BITCOUNT k 9 9 BIT", Integer(1)},
      {"SET empty ''", kOk},
      {"BITCOUNT empty", Integer(0)},
      {"BITCOUNT empty 0 -1 BIT", Integer(0)},
  });
}

TEST_CASE("BITCOUNT and BITPOS refuse ranges that are none, unless the key is missing") {
  const std::string syntax = Error(errors::kSyntax);
  const std::string number = Error(errors::kNotAnInteger);
  Play({
      {"BITCOUNT k 0", Integer(0)},
      {"BITPOS k 1 x", Integer(-1)},
      {"BITPOS k 0 x", Integer(0)},
      {"SET k foobar", kOk},
      {"BITCOUNT k 0", syntax},
      {"BITCOUNT k 0 x", number},
      {"BITCOUNT k x 0", number},
      {"BITCOUNT k 0 1 BITS", syntax},
      {"BITCOUNT k 0 1 BIT 2", syntax},
      {"BITPOS k 1 x", number},
      {"BITPOS k 1 0 x", number},
      {"BITPOS k 1 0 x BITS", syntax},
      {"BITPOS k 1 0 1 BIT 2", syntax},
  });
}

TEST_CASE("BITPOS finds the first bit, and zeros behind the end if no end is given") {
  Play({
      {"BITPOS k 1", Integer(-1)},
      {"BITPOS k 0", Integer(0)},
      {"SETRANGE k 0 '\xff\xf0\x01'", Integer(3)},
      {"BITPOS k 0", Integer(12)},
      {"BITPOS k 1 2", Integer(23)},
      {"BITPOS k 1 16 22 BIT", Integer(-1)},
      {"BITPOS k 1 -1 -1 BIT", Integer(23)},
      {"BITPOS k 0 0 11 BIT", Integer(-1)},
      {"BITPOS k 0 3 12 BIT", Integer(12)},
      {"SETRANGE ones 0 '\xff\xff'", Integer(2)},
      {"BITPOS ones 0", Integer(16)},
      {"BITPOS ones 0 1", Integer(16)},
      {"BITPOS ones 0 0 -1", Integer(-1)},
      {"BITPOS ones 0 2", Integer(-1)},
      {"SET empty ''", kOk},
      {"BITPOS empty 0", Integer(-1)},
      {"BITPOS empty 0 0 -1", Integer(-1)},
  });
}

TEST_CASE("BITOP combines strings, of which the shorter ones count as filled with zeros") {
  Play({
      {"SET a '\xff\x0f\x33'", kOk},
      {"SET b '\x0f\xff'", kOk},
      {"BITOP AND to a b", Integer(3)},
      {"GET to", Bulk(std::string_view("\x0f\x0f\0", 3))},
      {"BITOP or to a b missing", Integer(3)},
      {"GET to", Bulk("\xff\xff\x33")},
      {"BITOP XOR to a b", Integer(3)},
      {"GET to", Bulk("\xf0\xf0\x33")},
      {"BITOP NOT to b", Integer(2)},
      {"GET to", Bulk(std::string_view("\xf0\0", 2))},
      {"BITOP AND a a b", Integer(3)},
      {"GET a", Bulk(std::string_view("\x0f\x0f\0", 3))},
      {"SET n 12", kOk},
      {"BITOP OR to n n", Integer(2)},
      {"INCR to", Integer(13)},
  });
}

TEST_CASE("BITOP ends the deadline of its destination, and removes it if nothing is left") {
  Play({
      {"SET to x PX 1000", kOk},
      {"SET a y", kOk},
      {"BITOP OR to a", Integer(1)},
      {"PTTL to", Integer(-1)},
      {"SET gone z PX 10", kOk},
      Wait(10),
      {"BITOP OR to gone missing", Integer(0)},
      {"EXISTS to", Integer(0)},
      {"BITOP NAND to a", Error(errors::kSyntax)},
      {"BITOP NOT to a a", Error(errors::kOneSourceForNot)},
  });
}

TEST_CASE("BITOP of large strings stores a large string") {
  WithFewAndManyShards([](TestServer&, TestClient& client) {
    for (const size_t size : {16383u, 16384u, 100000u}) {
      CAPTURE(size);
      client.Run({"SET", "a", std::string(size, '\x55')});
      client.Run({"SET", "b", std::string(size / 2, '\x0f')});
      CHECK(client.Run("BITOP XOR to a b") == Integer(static_cast<int64_t>(size)));
      const std::string expected =
          std::string(size / 2, '\x5a') + std::string(size - size / 2, '\x55');
      const bool same = client.Run("GET to") == Bulk(expected);
      CHECK(same);
      CHECK(client.Run("SETBIT to 0 1") == Integer(0));
      CHECK(client.Run("GETRANGE to 0 0") == Bulk("\xda"));
    }
  });
}

}  // namespace larder
