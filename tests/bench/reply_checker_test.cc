// Tests of the checking of replies, in every fragmentation.
#include "bench/load/reply_checker.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace larder::bench;

namespace {

// Three requests: GET of key 0, GET of key 1, and what the test adds.
struct Fixture {
  Fixture() : values(Sizes()) {
    workload.keys.kind = KeyDistribution::Kind::kSequential;
    workload.key_count = 4;
    workload.keys_per_request = 2;
  }
  static SizeDistribution Sizes() {
    SizeDistribution sizes;
    std::string error;
    REQUIRE(SizeDistribution::Parse("300", sizes, error));
    return sizes;
  }
  RequestTape Build(std::initializer_list<CommandKind> kinds) {
    RequestTape tape;
    workload.mix.clear();
    for (CommandKind kind : kinds)
      workload.mix.push_back({kind, 1});
    // A mix is drawn at random, so the wanted order is drawn for until it appears.
    for (uint64_t seed = 1;; ++seed) {
      TapeBuilder builder(workload, values, seed);
      for (size_t i = 0; i < kinds.size(); ++i)
        builder.AppendDrawn();
      tape = builder.Take();
      size_t i = 0;
      bool fits = std::all_of(kinds.begin(), kinds.end(),
                              [&](CommandKind kind) { return tape.slot(i++).kind == kind; });
      if (fits) return tape;
    }
  }
  std::string Bulk(uint64_t key) { return "$300\r\n" + std::string(values.ValueOf(key)) + "\r\n"; }
  // Feeds `replies` in pieces of `piece` bytes and returns what was counted.
  Tally Feed(const RequestTape& tape, const std::string& replies, size_t piece,
             uint32_t sample = 1) {
    ReplyChecker checker(tape, values, 0, sample);
    Tally tally;
    for (size_t from = 0; from < replies.size(); from += piece) {
      // A copy of its own, so that a sanitizer sees reads beyond the piece.
      std::string fragment = replies.substr(from, piece);
      checker.Feed(fragment.data(), fragment.size(), tally);
    }
    return tally;
  }

  Workload workload;
  ValueSource values;
};

constexpr size_t kPieces[] = {1'000'000, 100, 10, 5, 3, 2, 1};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "right replies are counted as hits in every fragmentation") {
  RequestTape tape = Build({CommandKind::kGet, CommandKind::kSet, CommandKind::kGet});
  std::string replies;
  for (int turn = 0; turn < 5; ++turn)
    replies += Bulk(0) + "+OK\r\n" + Bulk(2);
  for (size_t piece : kPieces) {
    CAPTURE(piece);
    Tally tally = Feed(tape, replies, piece);
    CHECK(tally.replies == 15);
    CHECK(tally.hits == 10);
    CHECK(tally.checked == 10);
    CHECK(tally.misses == 0);
    CHECK(tally.wrong == 0);
    CHECK(tally.first_problem == "");
    CHECK(tally.by_kind[static_cast<size_t>(CommandKind::kSet)] == 5);
    CHECK(tally.bytes_in == replies.size());
  }
}

TEST_CASE_FIXTURE(Fixture, "nulls are misses, in both protocol versions") {
  RequestTape tape = Build({CommandKind::kGet, CommandKind::kMget});
  for (size_t piece : kPieces) {
    Tally tally = Feed(tape, "$-1\r\n*2\r\n$-1\r\n" + Bulk(2) + "_\r\n*2\r\n_\r\n_\r\n", piece);
    CHECK(tally.replies == 4);
    CHECK(tally.misses == 5);
    CHECK(tally.hits == 1);
    CHECK(tally.first_problem == "");
  }
}

TEST_CASE_FIXTURE(Fixture, "an error is counted and told in its own words") {
  RequestTape tape = Build({CommandKind::kGet});
  for (size_t piece : kPieces) {
    Tally tally = Feed(tape, "-ERR one\r\n" + Bulk(0) + "-ERR two\r\n", piece);
    CHECK(tally.replies == 3);
    CHECK(tally.errors == 2);
    CHECK(tally.wrong == 0);
    CHECK(tally.hits == 1);
    CHECK(tally.first_problem == "ERR one");
  }
}

TEST_CASE_FIXTURE(Fixture,
                  "a wrong reply is noticed, and the ones behind it are still understood") {
  struct Case {
    CommandKind kind;
    std::string reply;
    std::string words;
  };
  std::string other_bytes = Bulk(0);
  other_bytes[200] ^= 1;
  const Case cases[] = {
      {CommandKind::kGet, "+OK\r\n", "get was answered with a reply that starts '+OK'"},
      {CommandKind::kGet, ":300\r\n", "get was answered with a reply that starts ':300'"},
      {CommandKind::kGet, "$3\r\nabc\r\n",
       "get was answered with a value of 3 bytes where 300 were written"},
      {CommandKind::kGet, "$0\r\n\r\n",
       "get was answered with a value of 0 bytes where 300 were written"},
      {CommandKind::kGet, other_bytes,
       "get was answered with a value with other bytes than were written"},
      {CommandKind::kGet, Bulk(1),
       "get was answered with a value with other bytes than were written"},
      {CommandKind::kSet, "+QUEUED\r\n", "set was answered with a reply that starts '+QUEUED'"},
      {CommandKind::kSet, "$-1\r\n", "set was answered with a reply that starts '$-1'"},
      {CommandKind::kIncr, "$1\r\n1\r\n", "incr was answered with a reply that starts '$1'"},
      {CommandKind::kIncr, ":x\r\n", "incr was answered with a reply that starts ':x'"},
      {CommandKind::kPing, "+OK\r\n", "ping was answered with a reply that starts '+OK'"},
      {CommandKind::kMget, "*1\r\n$-1\r\n", "mget was answered with a reply that starts '*1'"},
      {CommandKind::kMget, "*2\r\n$-1\r\n" + other_bytes,
       "mget was answered with a value with other bytes than were written"},
  };
  for (const Case& one : cases) {
    RequestTape tape = Build({one.kind, CommandKind::kGet});
    uint64_t next_key = tape.keys_of(tape.slot(1))->key;
    for (size_t piece : kPieces) {
      CAPTURE(one.reply);
      CAPTURE(piece);
      Tally tally = Feed(tape, one.reply + Bulk(next_key), piece);
      CHECK(tally.replies == 2);
      CHECK(tally.wrong == 1);
      CHECK(tally.errors == 0);
      CHECK(tally.first_problem == one.words);
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "only every n-th value is compared") {
  RequestTape tape = Build({CommandKind::kGet});
  std::string replies;
  for (int i = 0; i < 9; ++i)
    replies += Bulk(0);
  for (size_t piece : kPieces) {
    Tally tally = Feed(tape, replies, piece, 4);
    CHECK(tally.hits == 9);
    CHECK(tally.checked == 3);
  }
}

TEST_CASE_FIXTURE(Fixture, "a reply of any shape to an own command is one reply") {
  workload.commands = {{"ANY"}};
  RequestTape tape = Build({CommandKind::kCommand});
  const char* replies[] = {
      "*0\r\n",
      "*-1\r\n",
      "*3\r\n:1\r\n*2\r\n$1\r\na\r\n+b\r\n_\r\n",
      "%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n,1.5\r\n",
      "~2\r\n#t\r\n(123456789012345678901234567890\r\n",
      "=7\r\ntxt:abc\r\n",
      "|1\r\n+ttl\r\n:3600\r\n$2\r\nhi\r\n",
  };
  for (const char* reply : replies) {
    for (size_t piece : kPieces) {
      CAPTURE(reply);
      CAPTURE(piece);
      Tally tally = Feed(tape, std::string(reply) + reply, piece);
      CHECK(tally.replies == 2);
      CHECK(tally.hits + tally.misses == 0);
      CHECK(tally.first_problem == "");
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "bytes that are no replies break the connection off") {
  RequestTape tape = Build({CommandKind::kGet});
  std::string cut_short = Bulk(0);
  cut_short[cut_short.size() - 2] = 'x';
  for (const std::string& bytes :
       {std::string("hello\r\n"), std::string("$x\r\n"), std::string("$3\n"), std::string("\r\n"),
        std::string("?1\r\n"), std::string("\0\r\n", 3), cut_short}) {
    for (size_t piece : kPieces) {
      CAPTURE(bytes);
      CAPTURE(piece);
      ReplyChecker checker(tape, values, 0, 1);
      Tally tally;
      for (size_t from = 0; from < bytes.size() && !checker.broken(); from += piece) {
        std::string fragment = bytes.substr(from, piece);
        checker.Feed(fragment.data(), fragment.size(), tally);
      }
      CHECK(checker.broken());
      CHECK(tally.wrong == 1);
      CHECK(tally.first_problem.find("bytes that are not RESP") != std::string::npos);
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "what a warm-up counted is forgotten but not that it went wrong") {
  Tally tally;
  tally.replies = 5;
  tally.hits = 4;
  tally.errors = 1;
  tally.NoteProblem("ERR first");
  tally.NoteProblem("ERR second");
  tally.ForgetCounts();
  CHECK(tally.replies == 0);
  CHECK(tally.hits == 0);
  CHECK(tally.errors == 1);
  CHECK(tally.first_problem == "ERR first");
}
