// Tests of reading files in the RDB format.
#include "storage/rdb_reader.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "storage/rdb_decoder.h"
#include "storage/rdb_encoder.h"
#include "tests/storage/rdb_files.h"

namespace larder {
namespace {

using namespace std::string_literals;

// All that was read of a file, a line for each thing.
struct Outcome {
  std::vector<std::string> keys;
  std::vector<std::string> aux;
  std::vector<std::string> skipped;
  std::string error;  // "at byte ..."; empty if there was none
};

Outcome Read(RdbInput& input, RdbReader::Options options) {
  Outcome outcome;
  RdbReader::Listener listener;
  listener.on_aux = [&](std::string_view name, std::string_view value) {
    outcome.aux.push_back(std::string(name) + '=' + std::string(value));
  };
  listener.on_skipped = [&](std::string_view what) { outcome.skipped.emplace_back(what); };
  RdbReader reader(input, options, listener);
  RdbDecoder decoder;
  while (true) {
    RdbRecord record;
    const RdbReader::Result result = reader.Next(record);
    if (result == RdbReader::Result::kEnd) return outcome;
    if (result == RdbReader::Result::kError) {
      outcome.error = input.error()->Text();
      return outcome;
    }
    DecodedString string;
    REQUIRE(decoder.Decode(record, string) == RdbDecoder::Result::kDecoded);
    const std::string_view value = string.blob ? string.blob->view() : string.bytes;
    std::string line = std::to_string(record.database) + ' ' + std::string(record.key) + '=';
    line += value.size() < 100 ? value : std::to_string(value.size()) + "*" + value[0];
    if (record.deadline_ms != kNoDeadline) line += " until " + std::to_string(record.deadline_ms);
    if (record.hint.kind == EvictionHint::Kind::kIdleSeconds) line += " idle ";
    if (record.hint.kind == EvictionHint::Kind::kFrequency) line += " used ";
    if (record.hint.kind != EvictionHint::Kind::kNone) line += std::to_string(record.hint.value);
    outcome.keys.push_back(line);
  }
}

// Reads a file in whole and in pieces, which makes no difference.
Outcome Read(const std::string& file, RdbReader::Options options = {}) {
  RdbInput whole(file);
  const Outcome outcome = Read(whole, options);
  for (const size_t piece : {1, 7, 100'000}) {
    if (piece == 1 && file.size() > 100'000) continue;
    PiecewiseSource source(file, piece);
    RdbInput input(source, file.size());
    const Outcome same = Read(input, options);
    CHECK(same.keys == outcome.keys);
    CHECK(same.aux == outcome.aux);
    CHECK(same.skipped == outcome.skipped);
    CHECK(same.error == outcome.error);
  }
  return outcome;
}

std::string ErrorOf(const std::string& content) {
  return Read(RdbFile(content)).error;
}

using Lines = std::vector<std::string>;

TEST_CASE("what the encoder writes is read again, of every size") {
  StringSink sink;
  RdbEncoder encoder(sink, {});
  encoder.WriteHeader();
  encoder.WriteAux("redis-ver", "7.0.15");
  encoder.WriteAux("ctime", "1700000000");
  Lines expected;
  const auto add = [&](EntryImage image) {
    encoder.WriteEntry(image);
    std::string line = std::to_string(image.database) + ' ' + std::string(image.key) + '=';
    line += image.value.size() < 100 ? image.value
                                     : std::to_string(image.value.size()) + "*" + image.value[0];
    if (image.deadline_ms != kNoDeadline) line += " until " + std::to_string(image.deadline_ms);
    expected.push_back(line);
  };
  std::string noise;
  for (uint64_t i = 0, random = 1; i < 3'000'000; ++i) {
    random = random * 6364136223846793005 + 1442695040888963407;
    noise.push_back(static_cast<char>(random >> 56));
  }
  for (const size_t database : {0, 15}) {
    encoder.SelectDatabase(database, 100, 0);
    for (const size_t size :
         {0, 1, 11, 20, 21, 63, 64, 99, 16383, 16384, 65536, 65537, 600'000, 3'000'000}) {
      for (const std::string& value : {std::string(size, 'r'), noise.substr(0, size)}) {
        if (size == 99 && value[0] != 'r') continue;
        const std::string key = "key:" + std::to_string(expected.size());
        EntryImage image;
        image.database = database;
        image.key = key;
        image.value = value;
        if (size > 60) image.deadline_ms = static_cast<int64_t>(size);
        if (size < 64 && value[0] != 'r') image.value = "text";
        add(image);
      }
    }
    EntryImage image;
    image.database = database;
    const std::string key(700'000, 'k');
    image.key = key;
    image.value = "-12";
    add(image);
    image.key = "-77";
    add(image);
  }
  encoder.WriteEnd();
  const Outcome outcome = Read(sink.bytes());
  CHECK(outcome.error == "");
  CHECK(outcome.aux == Lines{"redis-ver=7.0.15", "ctime=1700000000"});
  CHECK(outcome.keys == expected);
}

TEST_CASE("every version from 1 to 12 is read, those before 5 without a checksum") {
  for (const std::string version : {"0001", "0002", "0004", "0006", "0009", "0011", "0012"}) {
    CAPTURE(version);
    std::string file = RdbFile("\xfe\x00\x00\x01k\x01v"s, version);
    if (version < "0005") file.resize(file.size() - 8);
    const Outcome outcome = Read(file);
    CHECK(outcome.error == "");
    CHECK(outcome.keys == Lines{"0 k=v"});
  }
  CHECK(Read(RdbFile("", "0013")).error ==
        "at byte 0: the format's version is 13; versions from 1 to 12 can be read");
  CHECK(Read(RdbFile("", "0000")).error.starts_with("at byte 0: the format's version is 0"));
}

TEST_CASE("deadlines in seconds and milliseconds, and hints, belong to the next key alone") {
  const Outcome outcome =
      Read(RdbFile("\xfd\x10\x27\x00\x00\x00\x01"
                   "a\xc0\x01"
                   "\xfc\x01\x00\x00\x00\x00\x00\x00\x01\xf9\x07\x00\x01"
                   "b\xc1\x00\x01"
                   "\xf8\x41\x00\x00\x01"
                   "c\xc2\xff\xff\xff\xff"
                   "\x00\x01"
                   "d\x00"s));
  CHECK(outcome.keys == Lines{"0 a=1 until 10000000", "0 b=256 until 72057594037927937 used 7",
                              "0 c=-1 idle 256", "0 d="});
}

TEST_CASE("what is not about keys is passed over") {
  const Outcome outcome =
      Read(RdbFile("\xfa\x03lua\x09return 42"
                   "\xfa\x03"
                   "foo\xc0\x07"
                   "\xfe\x03\xfb\x42\x00\x80\x00\x00\x00\x05"
                   "\xf4\x01\x02\x03"
                   "\x00\x01k\x01v"s));
  CHECK(outcome.error == "");
  CHECK(outcome.aux == Lines{"foo=7"});
  CHECK(outcome.keys == Lines{"3 k=v"});
}

const std::string kDouble(8, '\x11');
const std::string kId(16, '\x22');
// The stream of version 3, with a group, a pending entry and a consumer.
const std::string kStream =
    "\x01\x10"s + kId + "\x03pak\x01\x05\x00\x05\x00\x00\x00\x01\x01\x03grp\x05\x00\x01\x01"s +
    kId + kDouble + "\x01\x01\x03"s + "con" + kDouble + kDouble + "\x01" + kId;

struct Unsupported {
  uint8_t type;
  std::string value;
  std::string name;
};
const Unsupported kUnsupported[] = {
    {rdb::kList, "\x02\x01x\xc0\x05"s, "list"},
    {rdb::kListZiplist, "\x03zip", "list"},
    {rdb::kListQuicklist, "\x02\x03zip\x03zip", "list"},
    {rdb::kListQuicklist2, "\x02\x01\x03zip\x02\x03pak", "list"},
    {rdb::kSet, "\x01\x01x", "set"},
    {rdb::kSetIntset, "\x03int", "set"},
    {rdb::kSetListpack, "\x03pak", "set"},
    {rdb::kSortedSet, "\x04\x01"s + "a\xff\x01" + "b\xfe\x01" + "c\xfd\x01" + "d\x03" + "1.5",
     "sorted set"},
    {rdb::kSortedSet2, "\x01\x01x" + kDouble, "sorted set"},
    {rdb::kSortedSetZiplist, "\x03zip", "sorted set"},
    {rdb::kSortedSetListpack, "\x03pak", "sorted set"},
    {rdb::kHash, "\x01\x01"s + "f\x01v", "hash"},
    {rdb::kHashZipmap, "\x03map", "hash"},
    {rdb::kHashZiplist, "\x03zip", "hash"},
    {rdb::kHashListpack, "\x03pak", "hash"},
    {rdb::kHashMetadataPreGa, "\x01\x05\x01"s + "f\x01v", "hash"},
    {rdb::kHashListpackExPreGa, "\x03pak", "hash"},
    {rdb::kHashMetadata, kDouble + "\x01\x05\x01" + "f\x01v", "hash"},
    {rdb::kHashListpackEx, kDouble + "\x03pak", "hash"},
    {rdb::kStreamListpacks,
     "\x01\x10"s + kId + "\x03pak\x01\x05\x00\x01\x03grp\x05\x00\x01"s + kId + kDouble +
         "\x01\x01\x03" + "con" + kDouble + "\x01" + kId,
     "stream"},
    {rdb::kStreamListpacks2, "\x00\x01\x05\x00\x05\x00\x00\x00\x01\x00"s, "stream"},
    {rdb::kStreamListpacks3, kStream, "stream"},
    {rdb::kModule2,
     "\x81\x00\x00\x00\x00\x00\x00\x04\x00\x01\x05\x02\x07\x03"s + "1234\x04" + kDouble +
         "\x05\x03str\x00"s,
     "module's value"},
};

TEST_CASE("a type that cannot be kept is refused by type and key, or passed over and counted") {
  for (const Unsupported& test : kUnsupported) {
    CAPTURE(int{test.type});
    const std::string file = RdbFile("\x00\x01"s + "a\x01" + "1" + static_cast<char>(test.type) +
                                     "\x04jobs" + test.value + "\x00\x01"s + "z\x01" + "2");
    const std::string what = "the " + test.name + " 'jobs'";
    const Outcome refused = Read(file);
    CHECK(refused.error == "at byte 14: " + what + " cannot be kept");
    CHECK(refused.keys == Lines{"0 a=1"});
    const Outcome skipped = Read(file, {.skip_unsupported = true});
    CHECK(skipped.error == "");
    CHECK(skipped.skipped == Lines{what});
    CHECK(skipped.keys == Lines{"0 a=1", "0 z=2"});
    // Cut anywhere, it is damaged, and nothing worse.
    const size_t end = 14 + 6 + test.value.size();
    for (size_t size = 14; size < end; ++size) {
      CAPTURE(size);
      const Outcome cut = Read(file.substr(0, size), {.skip_unsupported = true});
      CHECK(cut.error.starts_with("at byte "));
      CHECK(cut.skipped.empty());
    }
  }
}

TEST_CASE("functions and data of modules are refused or passed over, too") {
  const std::string module = "\xf7\x81\x00\x00\x00\x00\x00\x00\x04\x00\x02\x02\x05\x01x\x00"s;
  const std::string function = "\xf5\x05#!lua"s;
  const std::string early = "\xf6\x01"s + "f\x03lua\x01\x04" + "desc\x04" + "code";
  CHECK(ErrorOf(module) == "at byte 9: data of the module type 'AAAAAAAAB' cannot be kept");
  CHECK(ErrorOf(function) == "at byte 9: a library of functions cannot be kept");
  const Outcome outcome =
      Read(RdbFile(module + function + early + "\x00\x01k\x01v"s), {.skip_unsupported = true});
  CHECK(outcome.error == "");
  CHECK(outcome.skipped.size() == 3);
  CHECK(outcome.keys == Lines{"0 k=v"});
}

TEST_CASE("damage is told with its place and with what was expected") {
  CHECK(Read("").error ==
        "at byte 0: expected the header of a snapshot, such as REDIS0010, which takes 9 bytes; "
        "there are 0 more");
  CHECK(Read("NOTREDIS10").error ==
        "at byte 0: expected the header of a snapshot, such as REDIS0010, found 'NOTREDIS1'");
  CHECK(Read("REDIS0010").error ==
        "at byte 9: expected the type of a key, or the mark of the end, which takes 1 byte; there "
        "are 0 more");
  CHECK(Read("REDIS0010\xff\x00\x00"s).error ==
        "at byte 10: expected the checksum, which takes 8 bytes; there are 2 more");
  CHECK(ErrorOf("\x00\x01k\x80\xff\xff\xff\xff"s) ==
        "at byte 17: expected a value, which takes 4294967295 bytes; there are 9 more");
  CHECK(ErrorOf("\x00\x81\x7f\xff\xff\xff\xff\xff\xff\xff"s) ==
        "at byte 19: expected a key, which takes 9223372036854775807 bytes; there are 9 more");
  CHECK(ErrorOf("\x00\x01k\xa0"s) == "at byte 12: expected a value, found byte 0xa0");
  CHECK(ErrorOf("\x00\x01k\xc9"s) == "at byte 12: expected a value, found encoding 9");
  CHECK(ErrorOf("\x00\x01k\xc3\x02\x7f\xffxx"s) ==
        "at byte 12: 2 compressed bytes cannot be a string of 16383");
  CHECK(ErrorOf("\xfe\xc0\x00"s) ==
        "at byte 10: expected the number of a database, found the encoding of a string");
  CHECK(ErrorOf("\x5a\x01k"s) ==
        "at byte 9: expected the type of a key, or the mark of the end, found 90");
  CHECK(ErrorOf("\xf3"s) == "at byte 9: the mark 243 is not known");
  CHECK(ErrorOf("\xfe\x10"s) ==
        "at byte 10: database 16 is not there: the setting databases is 16");
  CHECK(ErrorOf("\x06\x01k"s) ==
        "at byte 9: the value of 'k' is a module's, in a form that nobody else can read");
}

TEST_CASE("a wrong checksum is damage, unless there is none or nobody wants it") {
  std::string file = RdbFile("\x00\x01k\x01v"s);
  file[13] = 'w';
  CHECK(Read(file).error.starts_with("at byte 15: expected the checksum "));
  CHECK(Read(file).keys == Lines{"0 k=w"});
  CHECK(Read(file, {.verify_checksum = false}).error == "");
  file.replace(file.size() - 8, 8, 8, '\0');
  CHECK(Read(file).error == "");
  // What follows the checksum is somebody else's.
  CHECK(Read(RdbFile("\x00\x01k\x01v"s) + "more").error == "");
}

TEST_CASE("a file that is cut anywhere, or has any byte changed, does no harm") {
  const std::string file = RdbFile(
      "\xfa\x03ver\x05"s + "7.0.1" + "\xfe\x00\xfb\x02\x01\xfc\x01\x02\x03\x04\x05\x06\x07\x08" +
      "\x00\x03key\x05value\xf9\x05\x00\xc0\x11\xc3\x04\x0a\x01xx\xe0\x00"s);
  for (size_t size = 0; size < file.size(); ++size)
    CHECK(Read(file.substr(0, size)).error.starts_with("at byte "));
  for (size_t at = 0; at < file.size(); ++at) {
    for (const unsigned flip : {0x01u, 0x40u, 0x80u, 0xffu}) {
      std::string changed = file;
      changed[at] = static_cast<char>(static_cast<uint8_t>(changed[at]) ^ flip);
      RdbInput input(changed);
      RdbReader reader(input, {.skip_unsupported = true, .verify_checksum = false}, {});
      RdbRecord record;
      RdbDecoder decoder;
      DecodedString string;
      RdbReader::Result result;
      while ((result = reader.Next(record)) == RdbReader::Result::kRecord)
        static_cast<void>(decoder.Decode(record, string));
      CHECK((result == RdbReader::Result::kEnd) == !input.error());
    }
  }
}

TEST_CASE("names in messages are printable and not too long") {
  CHECK(QuotedForMessage("a b\n\xff") == "'a b\\x0a\\xff'");
  CHECK(QuotedForMessage(std::string(1000, 'x')).size() < 200);
}

}  // namespace
}  // namespace larder
