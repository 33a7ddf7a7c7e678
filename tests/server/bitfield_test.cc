// Tests of BITFIELD and BITFIELD_RO.
#include <doctest/doctest.h>

#include <string>

#include "server/commands/errors.h"
#include "tests/server/conversation.h"

namespace larder {

TEST_CASE("BITFIELD carries its operations out one after the other, with a reply for each") {
  Play({
      {"BITFIELD k", Array({})},
      {"BITFIELD k GET u8 0", Array({Integer(0)})},
      {"EXISTS k", Integer(0)},
      {"BITFIELD k SET u8 0 255 GET u4 4 INCRBY i8 #1 -3 GET i8 #1",
       Array({Integer(0), Integer(15), Integer(-3), Integer(-3)})},
      {"GET k", Bulk("\xff\xfd")},
      {"BITFIELD k SET i4 2 -8", Array({Integer(-1)})},
      {"BITFIELD k get U8 0", Error(errors::kBitfieldType)},
      {"BITFIELD k get u8 0", Array({Integer(0b11100011)})},
      {"BITFIELD_RO k GET i63 60", Array({Integer(0)})},
      {"BITFIELD_RO k GET i8 8 GET u8 8", Array({Integer(-3), Integer(253)})},
  });
}

TEST_CASE("the last field may end where the string ends, whatever its width") {
  Play({
      {"BITFIELD k SET i64 3 -9223372036854775808", Array({Integer(0)})},
      {"STRLEN k", Integer(9)},
      {"BITFIELD k GET i64 3", Array({Integer(INT64_MIN)})},
      {"BITFIELD one SET u63 1 9223372036854775807 GET u63 1",
       Array({Integer(0), Integer(INT64_MAX)})},
      {"STRLEN one", Integer(8)},
      {"BITFIELD one SET i1 0 -1 GET i1 0 GET u1 0", Array({Integer(0), Integer(-1), Integer(1)})},
  });
}

TEST_CASE("what overflows wraps, saturates or fails, as the operations before say") {
  Play({
      {"BITFIELD k SET u8 0 250 INCRBY u8 0 10", Array({Integer(0), Integer(4)})},
      {"BITFIELD k OVERFLOW SAT INCRBY u8 0 300 INCRBY u8 0 -300",
       Array({Integer(255), Integer(0)})},
      {"BITFIELD k OVERFLOW FAIL INCRBY u8 0 -1 INCRBY u8 0 1", Array({kNil, Integer(1)})},
      {"BITFIELD k OVERFLOW SAT SET i8 0 200 OVERFLOW WRAP INCRBY i8 0 1",
       Array({Integer(1), Integer(-128)})},
      {"BITFIELD k OVERFLOW SAT SET u8 0 -1 GET u8 0", Array({Integer(128), Integer(255)})},
      {"BITFIELD k SET i64 0 9223372036854775807 INCRBY i64 0 1",
       Array({Integer(static_cast<int64_t>(0xff00000000000000)), Integer(INT64_MIN)})},
      {"BITFIELD k OVERFLOW SAT INCRBY i64 0 -1", Array({Integer(INT64_MIN)})},
      {"BITFIELD k OVERFLOW FAIL INCRBY i64 0 -1", Array({kNil})},
      {"BITFIELD k OVERFLOW sat OVERFLOW wrap INCRBY i64 0 -1", Array({Integer(INT64_MAX)})},
  });
}

TEST_CASE("a failed operation leaves its field, but the string has grown for it") {
  Play({
      {"BITFIELD k OVERFLOW FAIL SET u8 #9 256", Array({kNil})},
      {"STRLEN k", Integer(10)},
      {"BITFIELD k GET u8 #9", Array({Integer(0)})},
  });
}

TEST_CASE("nothing is carried out if an operation is wrong") {
  const std::string syntax = Error(errors::kSyntax);
  const std::string offset = Error(errors::kBitOffset);
  const std::string type = Error(errors::kBitfieldType);
  Play({
      {"BITFIELD k SET u8 0 1 GET", syntax},
      {"BITFIELD k SET u8 0 1 GET u8", syntax},
      {"BITFIELD k SET u8 0 1 SET u8 0", syntax},
      {"BITFIELD k SET u8 0 1 INCRBY u8 0", syntax},
      {"BITFIELD k SET u8 0 1 OVERFLOW", syntax},
      {"BITFIELD k SET u8 0 1 NOPE", syntax},
      {"BITFIELD k SET u8 0 1 OVERFLOW NOPE", Error(errors::kBitfieldOverflow)},
      {"BITFIELD k SET u8 0 1 GET u64 0", type},
      {"BITFIELD k SET u8 0 1 GET i65 0", type},
      {"BITFIELD k SET u8 0 1 GET i0 0", type},
      {"BITFIELD k SET u8 0 1 GET 8 0", type},
      {"BITFIELD k SET u8 0 1 GET u8 -1", offset},
      {"BITFIELD k SET u8 0 1 GET u8 #", offset},
      {"BITFIELD k SET u8 0 1 GET u8 #536870912", offset},
      {"BITFIELD k SET u8 0 1 GET i64 #9223372036854775807", offset},
      {"BITFIELD k SET u8 0 1 GET u8 4294967296", offset},
      {"BITFIELD k SET u8 0 x", Error(errors::kNotAnInteger)},
      {"BITFIELD_RO k SET u8 0 1", Error(errors::kBitfieldReadOnly)},
      {"BITFIELD_RO k GET u8 0 INCRBY u8 0 1", Error(errors::kBitfieldReadOnly)},
      {"EXISTS k", Integer(0)},
  });
}

TEST_CASE("BITFIELD refuses what is no string, and keeps the deadline") {
  TestServer server;
  TestClient client(server);
  PutList(server, "list");
  Play(server, client,
       {{"BITFIELD list GET u8 0", Error(errors::kWrongType)},
        {"BITFIELD list SET u8 0 1", Error(errors::kWrongType)},
        {"BITFIELD_RO list GET u8 0", Error(errors::kWrongType)},
        {"SET n 12 PX 1000", kOk},
        {"BITFIELD n SET u8 0 50", Array({Integer('1')})},
        {"GET n", Bulk("22")},
        {"PTTL n", Integer(1000)}});
}

}  // namespace larder
