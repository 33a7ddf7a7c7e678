// Tests of LCS.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "server/commands/common_subsequence.h"
#include "server/commands/errors.h"
#include "tests/server/conversation.h"

namespace larder {
namespace {

struct Run {
  size_t a_first;
  size_t b_first;
  size_t size;
  bool operator==(const Run&) const = default;
};

// The textbook's way, with the whole table, and back through it as Redis goes.
std::vector<Run> RunsByTable(const std::string& a, const std::string& b, size_t* length) {
  std::vector<std::vector<size_t>> table(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      table[i][j] = a[i - 1] == b[j - 1] ? table[i - 1][j - 1] + 1
                                         : std::max(table[i - 1][j], table[i][j - 1]);
    }
  }
  *length = table[a.size()][b.size()];
  std::vector<Run> runs;
  bool in_run = false;
  for (size_t i = a.size(), j = b.size(); i > 0 && j > 0;) {
    if (a[i - 1] == b[j - 1]) {
      --i, --j;
      if (in_run) {
        runs.back() = {i, j, runs.back().size + 1};
      } else {
        runs.push_back({i, j, 1});
      }
      in_run = true;
    } else {
      in_run = false;
      table[i - 1][j] > table[i][j - 1] ? --i : --j;
    }
  }
  return runs;
}

std::string RandomText(std::mt19937& random, size_t size, int letters) {
  std::string text(size, '\0');
  for (char& c : text)
    c = static_cast<char>('a' + static_cast<int>(random() % static_cast<unsigned>(letters)));
  return text;
}

}  // namespace

TEST_CASE("the rows of bits give the same subsequence as the whole table") {
  std::mt19937 random(5);
  for (const size_t size : {0u, 1u, 5u, 63u, 64u, 65u, 130u, 400u}) {
    for (const int letters : {1, 2, 4, 26}) {
      CAPTURE(size);
      CAPTURE(letters);
      const std::string a = RandomText(random, size, letters);
      const std::string b = RandomText(random, size + random() % 70, letters);
      size_t length;
      const std::vector<Run> expected = RunsByTable(a, b, &length);
      CommonSubsequence common(a, b);
      REQUIRE(common.ComputeLength());
      CHECK(common.length() == length);
      REQUIRE(common.ComputeRuns());
      CHECK(common.length() == length);
      std::vector<Run> runs;
      common.ForEachRun([&](size_t a_first, size_t b_first, size_t run) {
        runs.push_back({a_first, b_first, run});
      });
      CHECK(runs == expected);
    }
  }
}

TEST_CASE("LCS answers the text, its length, or where it lies") {
  const std::string run1 =
      Array({Array({Integer(4), Integer(7)}), Array({Integer(5), Integer(8)})});
  const std::string run2 =
      Array({Array({Integer(2), Integer(3)}), Array({Integer(0), Integer(1)})});
  Play({
      {"MSET a ohmytext b mynewtext", kOk},
      {"LCS a b", Bulk("mytext")},
      {"LCS a b LEN", Integer(6)},
      {"LCS a b IDX", Array({Bulk("matches"), Array({run1, run2}), Bulk("len"), Integer(6)})},
      {"LCS a b idx minmatchlen 4",
       Array({Bulk("matches"), Array({run1}), Bulk("len"), Integer(6)})},
      {"LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN",
       Array({Bulk("matches"),
              Array({Array(
                  {Array({Integer(4), Integer(7)}), Array({Integer(5), Integer(8)}), Integer(4)})}),
              Bulk("len"), Integer(6)})},
      {"LCS a b IDX MINMATCHLEN -1",
       Array({Bulk("matches"), Array({run1, run2}), Bulk("len"), Integer(6)})},
      {"LCS a missing", Bulk("")},
      {"LCS a missing LEN", Integer(0)},
      {"LCS missing a IDX", Array({Bulk("matches"), Array({}), Bulk("len"), Integer(0)})},
      {"SET n 1234", kOk},
      {"SET m 24", kOk},
      {"LCS n m", Bulk("24")},
      {"LCS n n", Bulk("1234")},
  });
}

TEST_CASE("LCS refuses options that do not fit, and what is no string") {
  TestServer server;
  TestClient client(server);
  PutList(server, "list");
  Play(server, client,
       {{"MSET a abc b abd", kOk},
        {"LCS a b LEN IDX", Error(errors::kLcsLenAndIdx)},
        {"LCS a b NOPE", Error(errors::kSyntax)},
        {"LCS a b MINMATCHLEN", Error(errors::kSyntax)},
        {"LCS a b MINMATCHLEN x", Error(errors::kNotAnInteger)},
        {"LCS a list", Error(errors::kLcsNotStrings)},
        {"LCS list a NOPE", Error(errors::kLcsNotStrings)}});
}

TEST_CASE("LCS refuses what would take too much memory in Redis") {
  TestServer server;
  TestClient client(server);
  client.Run("CONFIG SET proto-max-bulk-len 1mb");
  const std::string text(511, 'x');
  client.Run({"SET", "a", text});
  client.Run({"SET", "b", text});
  CHECK(client.Run("LCS a b LEN") == Integer(511));
  client.Run({"SET", "b", text + "x"});
  CHECK(client.Run("LCS a b LEN") == Error(errors::kLcsMemory));
  CHECK(client.Run("LCS a b") == Error(errors::kLcsMemory));
}

}  // namespace larder
