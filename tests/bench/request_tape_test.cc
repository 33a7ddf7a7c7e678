// Tests of the bytes and expectations on tapes.
#include "bench/load/request_tape.h"

#include <doctest/doctest.h>

#include <string>

using namespace larder::bench;

namespace {

// A workload whose keys come in order, with values of 4 bytes.
struct Fixture {
  Fixture() : values(Sizes()) {
    workload.keys.kind = KeyDistribution::Kind::kSequential;
    workload.key_prefix = "k";
    workload.key_digits = 2;
    workload.key_count = 100;
    workload.keys_per_request = 2;
  }
  static SizeDistribution Sizes() {
    SizeDistribution sizes;
    std::string error;
    REQUIRE(SizeDistribution::Parse("4", sizes, error));
    return sizes;
  }
  std::string Value(uint64_t key) { return std::string(values.ValueOf(key)); }
  RequestTape Build(CommandKind kind, int requests = 1) {
    workload.mix = {{kind, 1}};
    TapeBuilder builder(workload, values, 1);
    for (int i = 0; i < requests; ++i)
      builder.AppendDrawn();
    return builder.Take();
  }
  static std::string Bytes(const RequestTape& tape) { return {tape.bytes(), tape.byte_count()}; }

  Workload workload;
  ValueSource values;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "each command is written as clients write it and expects its reply") {
  struct Case {
    CommandKind kind;
    std::string bytes;
    Expect expect;
    int keys;
  };
  const Case cases[] = {
      {CommandKind::kGet, "*2\r\n$3\r\nGET\r\n$3\r\nk00\r\n", Expect::kValue, 1},
      {CommandKind::kSet, "*3\r\n$3\r\nSET\r\n$3\r\nk00\r\n$4\r\n" + Value(0) + "\r\n", Expect::kOk,
       0},
      {CommandKind::kMget, "*3\r\n$4\r\nMGET\r\n$3\r\nk00\r\n$3\r\nk01\r\n", Expect::kValues, 2},
      {CommandKind::kMset,
       "*5\r\n$4\r\nMSET\r\n$3\r\nk00\r\n$4\r\n" + Value(0) + "\r\n$3\r\nk01\r\n$4\r\n" + Value(1) +
           "\r\n",
       Expect::kOk, 0},
      {CommandKind::kIncr, "*2\r\n$4\r\nINCR\r\n$10\r\nkcounter:0\r\n", Expect::kInteger, 0},
      {CommandKind::kDel, "*3\r\n$3\r\nDEL\r\n$3\r\nk00\r\n$3\r\nk01\r\n", Expect::kInteger, 0},
      {CommandKind::kExists, "*3\r\n$6\r\nEXISTS\r\n$3\r\nk00\r\n$3\r\nk01\r\n", Expect::kInteger,
       0},
      {CommandKind::kPing, "*1\r\n$4\r\nPING\r\n", Expect::kPong, 0},
  };
  for (const Case& one : cases) {
    CAPTURE(NameOf(one.kind));
    RequestTape tape = Build(one.kind);
    CHECK(Bytes(tape) == one.bytes);
    CHECK(tape.slot(0).expect == one.expect);
    CHECK(tape.slot(0).key_count == one.keys);
    CHECK(tape.slot(0).kind == one.kind);
    CHECK(tape.EndOf(0) == one.bytes.size());
  }
}

TEST_CASE_FIXTURE(Fixture, "a value that expires is set with a time within the range") {
  workload.expire = {60, 62};
  bool seen[3] = {};
  RequestTape tape = Build(CommandKind::kSet, 100);
  for (size_t i = 0; i < tape.size(); ++i) {
    std::string bytes(tape.bytes() + tape.slot(i).begin, tape.bytes() + tape.EndOf(i));
    size_t at = bytes.find("$2\r\nEX\r\n$2\r\n6");
    REQUIRE(at != std::string::npos);
    char last = bytes[at + 13];
    REQUIRE(last >= '0');
    REQUIRE(last <= '2');
    seen[last - '0'] = true;
  }
  CHECK((seen[0] && seen[1] && seen[2]));
}

TEST_CASE_FIXTURE(Fixture, "placeholders of a command become a key and its value") {
  workload.commands = {{"SET", "__key__", "__value__", "x__key__y"}};
  RequestTape tape = Build(CommandKind::kCommand);
  CHECK(Bytes(tape) == "*4\r\n$3\r\nSET\r\n$3\r\nk00\r\n$4\r\n" + Value(0) + "\r\n$5\r\nxk01y\r\n");
  CHECK(tape.slot(0).expect == Expect::kAny);
}

TEST_CASE_FIXTURE(Fixture, "the slots of a tape lie one behind the other") {
  RequestTape tape = Build(CommandKind::kGet, 10);
  REQUIRE(tape.size() == 10);
  CHECK(tape.slot(0).begin == 0);
  for (size_t i = 0; i + 1 < tape.size(); ++i)
    CHECK(tape.EndOf(i) == tape.slot(i + 1).begin);
  CHECK(tape.EndOf(9) == tape.byte_count());
  CHECK(tape.keys_of(tape.slot(7))->key == 7);
  CHECK(tape.keys_of(tape.slot(7))->length == 4);
}

TEST_CASE_FIXTURE(Fixture, "unchecked values may have any length") {
  workload.check_values = false;
  RequestTape tape = Build(CommandKind::kGet);
  CHECK(tape.keys_of(tape.slot(0))->length == kUnknownLength);
}

TEST_CASE_FIXTURE(Fixture, "a mix has its commands in proportion to their weights") {
  workload.mix = {{CommandKind::kGet, 10}, {CommandKind::kSet, 1}};
  RequestTape tape = BuildLoadTape(workload, values, 64 << 20, 1);
  CHECK(tape.size() == 65'536);
  int sets = 0;
  for (size_t i = 0; i < tape.size(); ++i)
    sets += tape.slot(i).kind == CommandKind::kSet;
  CHECK(sets == doctest::Approx(65'536.0 / 11).epsilon(0.05));
}

TEST_CASE_FIXTURE(Fixture, "a tape ends when it is as large as was allowed") {
  workload.mix = {{CommandKind::kGet, 1}};
  RequestTape tape = BuildLoadTape(workload, values, 1000, 1);
  CHECK(tape.byte_count() >= 1000);
  CHECK(tape.byte_count() < 1100);
}
