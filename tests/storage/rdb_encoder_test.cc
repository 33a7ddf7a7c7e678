// Tests of the encoder: bytes that Redis's documentation of the format, or Redis itself, gives.
#include "storage/rdb_encoder.h"

#include <doctest/doctest.h>
#include <lzf.h>

#include <limits>
#include <string>

#include "storage/crc64.h"

namespace larder {
namespace {

using namespace std::string_literals;

EntryImage Text(std::string_view key, std::string_view value) {
  EntryImage image;
  image.key = key;
  image.value = value;
  return image;
}

// What an entry adds to a file whose database was selected.
std::string Entry(const EntryImage& image, RdbOptions options = {}) {
  StringSink sink;
  RdbEncoder encoder(sink, options);
  encoder.SelectDatabase(image.database, 1, 0);
  const size_t before = encoder.bytes();
  encoder.WriteEntry(image);
  encoder.WriteEnd();
  return sink.bytes().substr(before, sink.bytes().size() - before - 9);
}

std::string Value(std::string_view value, RdbOptions options = {}) {
  return Entry(Text("k", value), options).substr(3);
}

std::string Integer(int64_t value) {
  EntryImage image = Text("k", {reinterpret_cast<const char*>(&value), sizeof value});
  image.encoding = Encoding::kInteger;
  return Entry(image).substr(3);
}

TEST_CASE("a file is header, aux fields, databases, end and checksum") {
  StringSink sink;
  RdbEncoder encoder(sink, {});
  encoder.WriteHeader();
  encoder.WriteAux("redis-bits", "64");
  encoder.SelectDatabase(2, 1, 0);
  EntryImage image = Text("key", "value");
  image.database = 2;
  encoder.WriteEntry(image);
  encoder.WriteEnd();
  const std::string body =
      "REDIS0010"
      "\xfa\x0aredis-bits\xc0\x40"
      "\xfe\x02\xfb\x01\x00"
      "\x00\x03key\x05value"
      "\xff"s;
  REQUIRE(sink.bytes().size() == body.size() + 8);
  CHECK(sink.bytes().substr(0, body.size()) == body);
  const uint64_t checksum = Crc64(0, body);
  CHECK(sink.bytes().substr(body.size()) ==
        std::string(reinterpret_cast<const char*>(&checksum), 8));
  CHECK(encoder.entries() == 1);
  CHECK(encoder.bytes() == sink.bytes().size());
}

TEST_CASE("without a checksum, its place holds zero") {
  StringSink sink;
  RdbEncoder encoder(sink, {.compress = true, .checksum = false});
  encoder.WriteHeader();
  encoder.WriteEnd();
  CHECK(sink.bytes() == "REDIS0010\xff\0\0\0\0\0\0\0\0"s);
}

TEST_CASE("an entry of another database selects it") {
  StringSink sink;
  RdbEncoder encoder(sink, {});
  EntryImage image = Text("a", "b");
  image.database = 100;
  encoder.WriteEntry(image);
  encoder.WriteEntry(image);
  image.database = 0;
  encoder.WriteEntry(image);
  encoder.WriteEnd();
  CHECK(
      sink.bytes().starts_with("\xfe\x40\x64\x00\x01"
                               "a\x01"
                               "b\x00\x01"
                               "a\x01"
                               "b\xfe\x00\x00\x01"
                               "a\x01"
                               "b"s));
}

TEST_CASE("deadline and eviction hint precede the type") {
  EntryImage image = Text("k", "v");
  image.deadline_ms = 0x0102030405060708;
  CHECK(Entry(image) == "\xfc\x08\x07\x06\x05\x04\x03\x02\x01\x00\x01k\x01v"s);
  image.hint = {EvictionHint::Kind::kIdleSeconds, 300};
  CHECK(Entry(image) == "\xfc\x08\x07\x06\x05\x04\x03\x02\x01\xf8\x41\x2c\x00\x01k\x01v"s);
  image.deadline_ms = kNoDeadline;
  image.hint = {EvictionHint::Kind::kFrequency, 255};
  CHECK(Entry(image) == "\xf9\xff\x00\x01k\x01v"s);
}

TEST_CASE("integers take the shortest form, whether they are stored as such or as text") {
  const struct {
    int64_t value;
    std::string encoded;
  } cases[] = {
      {0, "\xc0\x00"s},
      {-128, "\xc0\x80"s},
      {127, "\xc0\x7f"s},
      {128, "\xc1\x80\x00"s},
      {-32768, "\xc1\x00\x80"s},
      {32768, "\xc2\x00\x80\x00\x00"s},
      {std::numeric_limits<int32_t>::min(), "\xc2\x00\x00\x00\x80"s},
      {std::numeric_limits<int32_t>::max(), "\xc2\xff\xff\xff\x7f"s},
      {2147483648,
       "\x0a"
       "2147483648"s},
      {-2147483649, "\x0b-2147483649"s},
      {std::numeric_limits<int64_t>::min(), "\x14-9223372036854775808"s},
  };
  for (const auto& test : cases) {
    CAPTURE(test.value);
    CHECK(Integer(test.value) == test.encoded);
    CHECK(Value(std::to_string(test.value)) == test.encoded);
  }
  CHECK(Value("007") ==
        "\x03"
        "007");
  CHECK(Value("+7") == "\x02+7");
  CHECK(Entry(Text("12", "x")) == "\x00\xc0\x0c\x01x"s);
}

TEST_CASE("lengths take 6, 14 or 32 bits") {
  const RdbOptions raw{.compress = false, .checksum = true};
  CHECK(Value("", raw) == "\x00"s);
  CHECK(Value(std::string(63, 'x'), raw) == "\x3f" + std::string(63, 'x'));
  CHECK(Value(std::string(64, 'x'), raw) == "\x40\x40" + std::string(64, 'x'));
  CHECK(Value(std::string(16383, 'x'), raw) == "\x7f\xff" + std::string(16383, 'x'));
  CHECK(Value(std::string(16384, 'x'), raw) == "\x80\x00\x00\x40\x00"s + std::string(16384, 'x'));
}

TEST_CASE("a length beyond 32 bits takes 64") {
  StringSink sink;
  RdbEncoder encoder(sink, {});
  encoder.SelectDatabase(0, size_t{1} << 40, 0xffffffff);
  encoder.WriteEnd();
  CHECK(sink.bytes().starts_with(
      "\xfe\x00\xfb\x81\x00\x00\x01\x00\x00\x00\x00\x00\x80\xff\xff\xff\xff"s));
}

TEST_CASE("strings of more than 20 bytes are compressed where that makes them shorter") {
  for (const size_t size : {21, 1000, 70000, 5000000}) {
    const std::string repeated(size, 'a');
    const std::string encoded = Value(repeated);
    REQUIRE(encoded[0] == '\xc3');
    CHECK(encoded.size() < size);
    CHECK(Value(repeated, {.compress = false, .checksum = true}).size() > size);
  }
  CHECK(Value(std::string(20, 'a')) == "\x14" + std::string(20, 'a'));

  const std::string encoded = Value(std::string(60, 'a'));
  const auto compressed = static_cast<unsigned>(encoded[1]);
  CHECK(encoded[2] == 60);
  char text[60];
  REQUIRE(lzf_decompress(encoded.data() + 3, compressed, text, sizeof text) == 60);
  CHECK(std::string(text, 60) == std::string(60, 'a'));

  std::string noise;
  uint64_t random = 1;
  for (int i = 0; i < 40000; ++i) {
    random = random * 6364136223846793005 + 1442695040888963407;
    noise.push_back(static_cast<char>(random >> 56));
  }
  CHECK(Value(noise) == "\x80\x00\x00\x9c\x40"s + noise);
}

TEST_CASE("the checksum covers long values that are passed on without a copy") {
  StringSink sink;
  RdbEncoder encoder(sink, {.compress = false, .checksum = true});
  encoder.WriteHeader();
  const std::string large(300000, 'x');
  for (int i = 0; i < 5; ++i) {
    encoder.WriteEntry(Text("small", "value"));
    encoder.WriteEntry(Text("large", large));
  }
  encoder.WriteEnd();
  const std::string_view bytes = sink.bytes();
  REQUIRE(bytes.size() > 5 * large.size());
  const uint64_t checksum = Crc64(0, bytes.substr(0, bytes.size() - 8));
  CHECK(bytes.substr(bytes.size() - 8) ==
        std::string_view(reinterpret_cast<const char*>(&checksum), 8));
}

TEST_CASE("the payload of DUMP is what Redis answers") {
  // From DUMP of redis-server 7.0.15.
  CHECK(RdbEncoder::Dump(Text("any", "value"), true) ==
        "\x00\x05value\x0a\x00\x81\xf6\xc1\x38\xc1\xaa\x9b\x6e"s);
}

}  // namespace
}  // namespace larder
