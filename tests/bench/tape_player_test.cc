// Tests of playing a tape over a socket whose other end the test holds.
#include "bench/load/tape_player.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <string>

#include "bench/load/server_address.h"

using namespace larder::bench;

namespace {

struct Fixture {
  Fixture() : values(Sizes()) {
    int fds[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    ours = Socket(fds[0]);
    theirs = Socket(fds[1]);
    workload.mix = {{CommandKind::kSet, 1}};
    workload.keys.kind = KeyDistribution::Kind::kSequential;
    TapeBuilder builder(workload, values, 1);
    for (int i = 0; i < 10; ++i)
      builder.AppendDrawn();
    tape = builder.Take();
  }
  static SizeDistribution Sizes() {
    SizeDistribution sizes;
    std::string error;
    REQUIRE(SizeDistribution::Parse("100000", sizes, error));
    return sizes;
  }
  // Reads what has arrived at the server's end.
  std::string Arrived() {
    std::string bytes(4 << 20, '\0');
    size_t got = 0;
    for (ssize_t n;
         (n = recv(theirs.fd(), bytes.data() + got, bytes.size() - got, MSG_DONTWAIT)) > 0;)
      got += n;
    bytes.resize(got);
    return bytes;
  }
  void Answer(const std::string& bytes) {
    REQUIRE(send(theirs.fd(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  }
  std::string Slots(size_t from, size_t to) {
    return {tape.bytes() + tape.slot(from).begin, tape.bytes() + tape.EndOf(to - 1)};
  }

  Socket ours;
  Socket theirs;
  Workload workload;
  ValueSource values;
  RequestTape tape;
  Tally tally;
  char buffer[1000];
  bool drained = false;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "only what was allowed is sent") {
  TapePlayer player(ours.fd(), tape, values, 0, 1);
  player.Flush(tally);
  CHECK(Arrived() == "");
  player.Allow(1);
  player.Flush(tally);
  CHECK(Arrived() == Slots(0, 1));
  CHECK(player.outstanding() == 1);
}

TEST_CASE_FIXTURE(Fixture, "requests that do not fit the socket follow when it has room") {
  TapePlayer player(ours.fd(), tape, values, 0, 1);
  player.Allow(10);
  std::string arrived;
  int flushes = 0;
  for (; !player.all_sent(); ++flushes) {
    player.Flush(tally);
    arrived += Arrived();
  }
  CHECK(flushes > 1);
  CHECK(arrived == Slots(0, 10));
  CHECK(tally.bytes_out == tape.byte_count());
}

TEST_CASE_FIXTURE(Fixture, "the tape is played in circles from where the player starts") {
  TapePlayer player(ours.fd(), tape, values, 9, 1);
  std::string arrived;
  for (int i = 0; i < 3; ++i) {
    player.Allow(1);
    player.Flush(tally);
    arrived += Arrived();
  }
  CHECK(arrived == Slots(9, 10) + Slots(0, 2));
}

TEST_CASE_FIXTURE(Fixture, "replies are counted against what is outstanding") {
  TapePlayer player(ours.fd(), tape, values, 0, 1);
  player.Allow(1);
  player.Flush(tally);
  CHECK(player.Receive(buffer, sizeof(buffer), drained, tally) == 0);
  CHECK(drained);
  Answer("+OK\r\n");
  CHECK(player.Receive(buffer, sizeof(buffer), drained, tally) == 1);
  CHECK(player.outstanding() == 0);
  CHECK_FALSE(player.lost());
}

TEST_CASE_FIXTURE(Fixture, "a reply that nobody asked for loses the connection") {
  TapePlayer player(ours.fd(), tape, values, 0, 1);
  player.Allow(1);
  player.Flush(tally);
  Answer("+OK\r\n+OK\r\n");
  CHECK(player.Receive(buffer, sizeof(buffer), drained, tally) == 1);
  CHECK(player.lost());
  CHECK(tally.lost == 1);
  CHECK(tally.first_problem == "connection lost: more replies than requests");
}

TEST_CASE_FIXTURE(Fixture, "a server that closes the connection loses it") {
  TapePlayer player(ours.fd(), tape, values, 0, 1);
  theirs.Close();
  player.Receive(buffer, sizeof(buffer), drained, tally);
  CHECK(player.lost());
  CHECK(tally.first_problem == "connection lost: the server closed the connection");
}

TEST_CASE_FIXTURE(Fixture, "a greeting that is answered with an error is told so") {
  RequestTape greeting;
  greeting.AppendCommand({"AUTH", "secret"});
  Answer("-WRONGPASS no\r\n");
  CHECK(PlayOnce(ours.fd(), greeting, values, 1000, tally));
  CHECK(Arrived() == "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n");
  CHECK(tally.errors == 1);
  CHECK(tally.first_problem == "WRONGPASS no");
}
