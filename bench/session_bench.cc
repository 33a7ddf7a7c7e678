// How many nanoseconds does a whole command take without a socket: parsing, dispatch, lookup and
// reply, alone and in pipelines?
//
// Candidates: PING, GET that hits and misses, SET with and without a time to live, INCR, MGET of
// 100 keys, EXISTS and DEL with SET, each alone, 16 and 100 at a time, with 100 k keys of 256
// bytes, and GET with 4 M keys of 64 bytes, where memory latency rules. What the socket adds is the
// difference between these and `make bench`.
//
// Run: ninja session_bench && taskset -c 1 ./bench/session_bench [seconds per line]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench/in_process_server.h"
#include "bench/load/key_chooser.h"
#include "bench/measure.h"

namespace larder::bench {
namespace {

constexpr size_t kPrepared = 1 << 16;

std::string Encode(const std::vector<std::string>& arguments) {
  std::string out = "*" + std::to_string(arguments.size()) + "\r\n";
  for (const std::string& argument : arguments) {
    out += "$" + std::to_string(argument.size()) + "\r\n" + argument + "\r\n";
  }
  return out;
}

std::string KeyOf(uint64_t number) {
  char key[48];
  std::snprintf(key, sizeof(key), "flask_cache_%08zu", static_cast<size_t>(number));
  return key;
}

// One kind of request, made from a random key and a value.
struct Command {
  const char* name;
  std::vector<std::string> (*make)(Random& random, uint64_t keys, const std::string& value);
  size_t shortest_reply;
};

std::vector<std::string> MakeMget(Random& random, uint64_t keys, const std::string&) {
  std::vector<std::string> arguments = {"MGET"};
  for (int i = 0; i < 100; ++i)
    arguments.push_back(KeyOf(random.Below(keys)));
  return arguments;
}

using Arguments = std::vector<std::string>;
const Command kGet = {"GET",
                      [](Random& random, uint64_t keys, const std::string&) -> Arguments {
                        return {"GET", KeyOf(random.Below(keys))};
                      },
                      64};
const Command kCommands[] = {
    {"PING", [](Random&, uint64_t, const std::string&) -> Arguments { return {"PING"}; }, 7},
    kGet,
    {"GET, miss",
     [](Random& random, uint64_t keys, const std::string&) -> Arguments {
       return {"GET", "missing_" + KeyOf(random.Below(keys))};
     },
     5},
    {"EXISTS",
     [](Random& random, uint64_t keys, const std::string&) -> Arguments {
       return {"EXISTS", KeyOf(random.Below(keys))};
     },
     4},
    {"SET",
     [](Random& random, uint64_t keys, const std::string& value) -> Arguments {
       return {"SET", KeyOf(random.Below(keys)), value};
     },
     5},
    {"SET EX",
     [](Random& random, uint64_t keys, const std::string& value) -> Arguments {
       return {"SET", KeyOf(random.Below(keys)), value, "EX",
               std::to_string(60 + random.Below(600))};
     },
     5},
    {"INCR",
     [](Random& random, uint64_t keys, const std::string&) -> Arguments {
       return {"INCR", "counter_" + KeyOf(random.Below(keys))};
     },
     4},
    {"MGET 100", MakeMget, 6600},
};

// Requests in pieces of `pipeline`, prepared before the time counts.
std::vector<std::string> Prepare(const Command& command, uint64_t keys, const std::string& value,
                                 size_t pipeline) {
  Random random(1);
  const size_t count = command.make == MakeMget ? kPrepared / 64 : kPrepared;
  std::vector<std::string> batches((count + pipeline - 1) / pipeline);
  for (std::string& batch : batches) {
    for (size_t i = 0; i < pipeline; ++i)
      batch += Encode(command.make(random, keys, value));
  }
  return batches;
}

void Run(InProcessServer& server, const Command& command, uint64_t keys, const std::string& value,
         double seconds) {
  std::printf("%-10s %8zu keys x %3zu B ", command.name, static_cast<size_t>(keys), value.size());
  for (size_t pipeline : {1, 16, 100}) {
    const std::vector<std::string> batches = Prepare(command, keys, value, pipeline);
    const size_t requests = batches.size() * pipeline;
    const Timing timing = Measure(seconds, requests, [&] {
      size_t bytes = 0;
      for (const std::string& batch : batches)
        bytes += server.Run(batch);
      if (bytes < requests * command.shortest_reply) std::abort();
    });
    std::printf("  pipeline %3zu: %7.1f ns (median %7.1f)", pipeline, timing.best, timing.median);
  }
  std::printf("\n");
  std::fflush(stdout);
}

void Fill(InProcessServer& server, uint64_t keys, const std::string& value) {
  for (uint64_t key = 0; key < keys; ++key) {
    if (server.Run(Encode({"SET", KeyOf(key), value})) != 5) std::abort();
  }
}

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  using namespace larder::bench;
  const double seconds = argc > 1 ? std::atof(argv[1]) : 1.0;
  {
    const std::string value(256, 'v');
    InProcessServer server;
    Fill(server, 100'000, value);
    for (const Command& command : kCommands)
      Run(server, command, 100'000, value, seconds);
  }
  const std::string value(64, 'v');
  InProcessServer server;
  Fill(server, 4'000'000, value);
  Run(server, kGet, 4'000'000, value, seconds);
}
