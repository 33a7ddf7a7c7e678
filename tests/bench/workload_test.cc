// Tests of mixes, times to live and commands as users write them.
#include "bench/load/workload.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace larder::bench;

TEST_CASE("a mix names commands and their weights") {
  std::vector<MixPart> mix;
  std::string error;
  REQUIRE(ParseMix("get=10,set=1,ping", mix, error));
  REQUIRE(mix.size() == 3);
  CHECK(mix[0].kind == CommandKind::kGet);
  CHECK(mix[0].weight == 10);
  CHECK(mix[1].kind == CommandKind::kSet);
  CHECK(mix[2].kind == CommandKind::kPing);
  CHECK(mix[2].weight == 1);
}

TEST_CASE("a wrong mix is refused with the part that is wrong") {
  for (const char* bad : {"", "got=1", "get=", "get=0", "get=x", "get=1,", "get=-1", "GET=1"}) {
    CAPTURE(bad);
    std::vector<MixPart> mix;
    std::string error;
    CHECK_FALSE(ParseMix(bad, mix, error));
    CHECK(error.find("is not part of a mix") != std::string::npos);
  }
}

TEST_CASE("a time to live is a number or a range of seconds") {
  ExpireRange range;
  std::string error;
  REQUIRE(ParseExpire("60", range, error));
  CHECK(range.from == 60);
  CHECK(range.to == 60);
  REQUIRE(ParseExpire("60-600", range, error));
  CHECK(range.to == 600);
  for (const char* bad : {"", "0", "x", "60-", "60-10", "-60", "1.5"}) {
    CAPTURE(bad);
    CHECK_FALSE(ParseExpire(bad, range, error));
  }
}

TEST_CASE("a command is cut at spaces outside of quotes") {
  CommandTemplate command;
  std::string error;
  REQUIRE(ParseCommand("SET  __key__ \"two words\" \"\"", command, error));
  CHECK(command == CommandTemplate{"SET", "__key__", "two words", ""});
  CHECK_FALSE(ParseCommand("SET \"a", command, error));
  CHECK_FALSE(ParseCommand("   ", command, error));
}
