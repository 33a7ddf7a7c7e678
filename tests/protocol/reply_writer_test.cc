// Every kind of reply in both versions of the protocol.
#include "protocol/reply_writer.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

using larder::ReplyBuffer;
using larder::ReplyWriter;
using larder::RespVersion;
using larder::SharedBytes;

namespace {

struct Case {
  const char* what;
  void (*write)(ReplyWriter& writer);
  std::string_view resp2;
  std::string_view resp3;
};

std::string Written(void (*write)(ReplyWriter& writer), RespVersion version) {
  ReplyBuffer buffer;
  ReplyWriter writer(buffer, version);
  write(writer);
  return buffer.ToString();
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void WriteNested(ReplyWriter& writer) {
  const size_t outer = writer.BeginArray();
  const size_t map = writer.BeginMap();
  writer.Bulk("k");
  const size_t set = writer.BeginSet();
  writer.EndSet(set, 0);
  writer.EndMap(map, 1);
  writer.Integer(7);
  writer.EndArray(outer, 2);
}

using namespace std::string_view_literals;

const Case kCases[] = {
    {"OK", [](ReplyWriter& w) { w.Ok(); }, "+OK\r\n", "+OK\r\n"},
    {"a simple string", [](ReplyWriter& w) { w.SimpleString("QUEUED"); }, "+QUEUED\r\n",
     "+QUEUED\r\n"},
    {"an error", [](ReplyWriter& w) { w.Error("ERR no such key"); }, "-ERR no such key\r\n",
     "-ERR no such key\r\n"},
    {"an error with line ends", [](ReplyWriter& w) { w.Error("ERR a\r\nb\nc"); }, "-ERR a  b c\r\n",
     "-ERR a  b c\r\n"},
    {"zero", [](ReplyWriter& w) { w.Integer(0); }, ":0\r\n", ":0\r\n"},
    {"the smallest integer", [](ReplyWriter& w) { w.Integer(INT64_MIN); },
     ":-9223372036854775808\r\n", ":-9223372036854775808\r\n"},
    {"the largest integer", [](ReplyWriter& w) { w.Integer(INT64_MAX); },
     ":9223372036854775807\r\n", ":9223372036854775807\r\n"},
    {"a bulk string", [](ReplyWriter& w) { w.Bulk("a\r\n\0b"sv); }, "$5\r\na\r\n\0b\r\n"sv,
     "$5\r\na\r\n\0b\r\n"sv},
    {"an empty bulk string", [](ReplyWriter& w) { w.Bulk(""); }, "$0\r\n\r\n", "$0\r\n\r\n"},
    {"an integer as a bulk string", [](ReplyWriter& w) { w.BulkInteger(-120); }, "$4\r\n-120\r\n",
     "$4\r\n-120\r\n"},
    {"null", [](ReplyWriter& w) { w.Null(); }, "$-1\r\n", "_\r\n"},
    {"a null array", [](ReplyWriter& w) { w.NullArray(); }, "*-1\r\n", "_\r\n"},
    {"true", [](ReplyWriter& w) { w.Boolean(true); }, ":1\r\n", "#t\r\n"},
    {"false", [](ReplyWriter& w) { w.Boolean(false); }, ":0\r\n", "#f\r\n"},
    {"a double", [](ReplyWriter& w) { w.Double(3.25); }, "$4\r\n3.25\r\n", ",3.25\r\n"},
    {"a whole double", [](ReplyWriter& w) { w.Double(-10); }, "$3\r\n-10\r\n", ",-10\r\n"},
    {"infinity", [](ReplyWriter& w) { w.Double(kInfinity); }, "$3\r\ninf\r\n", ",inf\r\n"},
    {"minus infinity", [](ReplyWriter& w) { w.Double(-kInfinity); }, "$4\r\n-inf\r\n", ",-inf\r\n"},
    {"not a number", [](ReplyWriter& w) { w.Double(std::nan("")); }, "$3\r\nnan\r\n", ",nan\r\n"},
    {"a big number", [](ReplyWriter& w) { w.BigNumber("-12345678901234567890"); },
     "$21\r\n-12345678901234567890\r\n", "(-12345678901234567890\r\n"},
    {"verbatim text", [](ReplyWriter& w) { w.Verbatim("txt", "# Server\r\n"); },
     "$10\r\n# Server\r\n\r\n", "=14\r\ntxt:# Server\r\n\r\n"},
    {"an array", [](ReplyWriter& w) { w.Array(3); }, "*3\r\n", "*3\r\n"},
    {"a map", [](ReplyWriter& w) { w.Map(2); }, "*4\r\n", "%2\r\n"},
    {"a set", [](ReplyWriter& w) { w.Set(5); }, "*5\r\n", "~5\r\n"},
    {"a push", [](ReplyWriter& w) { w.Push(3); }, "*3\r\n", ">3\r\n"},
    {"an array of late length", [](ReplyWriter& w) { w.EndArray(w.BeginArray(), 1000000); },
     "*1000000\r\n", "*1000000\r\n"},
    {"a map of late length", [](ReplyWriter& w) { w.EndMap(w.BeginMap(), 8); }, "*16\r\n",
     "%8\r\n"},
    {"a set of late length", [](ReplyWriter& w) { w.EndSet(w.BeginSet(), 8); }, "*8\r\n", "~8\r\n"},
    {"nested aggregates of late length", WriteNested, "*2\r\n*2\r\n$1\r\nk\r\n*0\r\n:7\r\n",
     "*2\r\n%1\r\n$1\r\nk\r\n~0\r\n:7\r\n"},
};

}  // namespace

TEST_CASE("Replies have the form of the client's protocol version") {
  for (const Case& c : kCases) {
    CAPTURE(c.what);
    CHECK(Written(c.write, RespVersion::kResp2) == c.resp2);
    CHECK(Written(c.write, RespVersion::kResp3) == c.resp3);
  }
}

TEST_CASE("Bulk strings of every size around the block size are whole") {
  for (const size_t size : {9, 10, 99, 100, 999, 1000, 1023, 1024, 1025, 9999, 10000, 16300, 16384,
                            16400, 100000, 3000000}) {
    CAPTURE(size);
    ReplyBuffer buffer;
    ReplyWriter writer(buffer, RespVersion::kResp2);
    const std::string value(size, 'v');
    std::string expected;
    for (int i = 0; i < 20; ++i) {
      writer.Bulk(value);
      expected += "$" + std::to_string(size) + "\r\n" + value + "\r\n";
    }
    CHECK((buffer.ToString() == expected));
  }
}

TEST_CASE("A shared bulk string is not copied") {
  std::string value(100000, 's');
  int released = 0;
  ReplyBuffer buffer;
  ReplyWriter writer(buffer, RespVersion::kResp3);
  writer.Ok();
  writer.SharedBulk({value, &released, [](void* owner) { ++*static_cast<int*>(owner); }});
  writer.Integer(1);
  CHECK((buffer.ToString() == "+OK\r\n$100000\r\n" + value + "\r\n:1\r\n"));
  CHECK(buffer.memory() < ReplyBuffer::kFirstBlockSize + 4096);
  CHECK(released == 0);
  buffer.Consume(buffer.size());
  CHECK(released == 1);
}

TEST_CASE("The version may change between replies") {
  ReplyBuffer buffer;
  ReplyWriter writer(buffer, RespVersion::kResp2);
  writer.Null();
  writer.set_version(RespVersion::kResp3);
  writer.Null();
  CHECK(writer.version() == RespVersion::kResp3);
  CHECK(&writer.buffer() == &buffer);
  CHECK(buffer.ToString() == "$-1\r\n_\r\n");
}

TEST_CASE("Errors are counted") {
  ReplyBuffer buffer;
  ReplyWriter writer(buffer, RespVersion::kResp2);
  writer.Ok();
  CHECK(writer.errors() == 0);
  writer.Error("ERR one");
  writer.Error("ERR two");
  CHECK(writer.errors() == 2);
}
