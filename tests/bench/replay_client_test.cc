// Tests of replaying a trace, against a server that a thread of the test plays.
#include "bench/replay/replay_client.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <thread>

using larder::bench::ReplayClient;
using larder::bench::ReplayPlan;
using larder::bench::ReplayResult;
using larder::bench::SizeDistribution;
using larder::bench::Socket;
using larder::bench::Trace;
using larder::bench::ValueSource;

namespace {

using Log = std::vector<std::string>;

// Stores what it is sent, but refuses keys that end in 9, and spoils what it answers for those that
// end in 8. Notes each command and its key.
class FakeServer {
 public:
  explicit FakeServer(int fd) : stream_(fdopen(fd, "r+")), thread_([this] { Serve(); }) {}
  ~FakeServer() { Finish(); }

  // The commands, once the client is gone.
  const Log& Finish() {
    if (thread_.joinable()) {
      thread_.join();
      fclose(stream_);
    }
    return log_;
  }

 private:
  std::string ReadLine() {
    std::string line;
    for (int c; (c = getc(stream_)) != EOF && c != '\n';)
      line += static_cast<char>(c);
    if (!line.empty()) line.pop_back();
    return line;
  }
  std::string ReadBulk() {
    std::string text(std::stoul(ReadLine().substr(1)), ' ');
    REQUIRE(fread(text.data(), 1, text.size(), stream_) == text.size());
    ReadLine();
    return text;
  }
  std::string ReplyTo(const std::string& command, const std::string& key) {
    if (command == "SET") {
      const std::string value = ReadBulk();
      if (key.back() == '9') return "-OOM no room\r\n";
      values_[key] = value;
      return "+OK\r\n";
    }
    const auto found = values_.find(key);
    if (found == values_.end()) return "$-1\r\n";
    std::string value = found->second;
    if (key.back() == '8') value.back() = '!';
    return "$" + std::to_string(value.size()) + "\r\n" + value + "\r\n";
  }
  void Serve() {
    while (!ReadLine().empty()) {
      const std::string command = ReadBulk();
      const std::string key = ReadBulk();
      log_.push_back(command + " " + key);
      const std::string reply = ReplyTo(command, key);
      // Between reading and writing a stream has to be repositioned or flushed; so not at all.
      REQUIRE(write(fileno(stream_), reply.data(), reply.size()) ==
              static_cast<ssize_t>(reply.size()));
    }
  }

  FILE* stream_;
  std::map<std::string, std::string> values_;
  Log log_;
  std::thread thread_;
};

struct Played {
  ReplayResult result;
  Log log;
};

Played Play(const Trace& trace, const ReplayPlan& plan) {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  FakeServer server(ends[1]);
  SizeDistribution sizes;
  std::string error;
  REQUIRE(SizeDistribution::Parse("1000", sizes, error));
  const ValueSource values(sizes);
  Played played;
  {
    ReplayClient client(Socket(ends[0]), plan, values);
    REQUIRE_MESSAGE(client.Run(trace, played.result, error), error);
  }
  played.log = server.Finish();
  return played;
}

}  // namespace

TEST_CASE("without a pipeline, a miss is set before the next request") {
  const Played played = Play({{1, 0}, {2, 0}, {1, 0}, {3, 0}}, {"k", 100, 1});
  CHECK(played.log == Log{"GET k1", "SET k1", "GET k2", "SET k2", "GET k1", "GET k3", "SET k3"});
  CHECK(played.result.requests == 4);
  CHECK(played.result.misses == 3);
  CHECK(played.result.miss_ratio() == 0.75);
  CHECK(played.result.refused + played.result.wrong == 0);
}

TEST_CASE("a window of the pipeline ends before an id that it has already") {
  const Played played = Play({{1, 0}, {2, 0}, {1, 0}, {3, 0}, {4, 0}, {5, 0}}, {"k", 100, 3});
  CHECK(played.log == Log{"GET k1", "GET k2", "SET k1", "SET k2", "GET k1", "GET k3", "GET k4",
                          "SET k3", "SET k4", "GET k5", "SET k5"});
  CHECK(played.result.misses == 5);
}

TEST_CASE("any pipeline misses as often as none, where nothing is evicted") {
  Trace trace;
  for (uint64_t i = 0; i < 500; ++i)
    trace.push_back({i * i % 60 * 10, 0});
  const uint64_t misses = Play(trace, {"k", 10, 1}).result.misses;
  for (const uint32_t depth : {2, 7, 1000}) {
    CHECK(Play(trace, {"k", 10, depth}).result.misses == misses);
  }
}

TEST_CASE("bytes are counted by the sizes of the trace, or by the default") {
  const Played played = Play({{1, 500}, {2, 0}, {1, 500}}, {"k", 100, 1});
  CHECK(played.result.bytes == 1100);
  CHECK(played.result.missed_bytes == 600);
}

TEST_CASE("refused SETs and wrong values are counted, and the first is told") {
  const Played played = Play({{9, 0}, {8, 0}, {8, 0}, {9, 0}}, {"k", 100, 1});
  CHECK(played.result.misses == 3);
  CHECK(played.result.refused == 2);
  CHECK(played.result.wrong == 1);
  CHECK(played.result.first_problem == "OOM no room");
}

TEST_CASE("a lost connection ends the replay") {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  SizeDistribution sizes;
  std::string error;
  REQUIRE(SizeDistribution::Parse("10", sizes, error));
  const ValueSource values(sizes);
  ReplayClient client(Socket(ends[0]), {}, values);
  shutdown(ends[1], SHUT_WR);
  ReplayResult result;
  CHECK_FALSE(client.Run({{1, 0}}, result, error));
  CHECK(error == "the connection was lost: the server closed it");
  close(ends[1]);
}
