// How many instructions does a request take in process? What bench/instructions.py counts with
// callgrind: the number for one load is the difference between runs of different length.
//
// Run: valgrind --tool=callgrind ./bench/instructions_bench get|set|get100 ROUNDS
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "bench/in_process_server.h"

namespace larder::bench {
namespace {

constexpr size_t kKeys = 1000;
const std::string kValue(256, 'v');

std::string Encode(const std::vector<std::string>& arguments) {
  std::string out = "*" + std::to_string(arguments.size()) + "\r\n";
  for (const std::string& argument : arguments) {
    out += "$" + std::to_string(argument.size()) + "\r\n" + argument + "\r\n";
  }
  return out;
}

std::string KeyOf(size_t number) {
  char key[32];
  std::snprintf(key, sizeof(key), "flask_cache_%08zu", number);
  return key;
}

// One round of a load: every key once, in pieces that are handed to the session together.
std::vector<std::string> Round(std::string_view load) {
  std::vector<std::string> pieces;
  const size_t together = load == "get100" ? 100 : 1;
  for (size_t key = 0; key < kKeys; ++key) {
    if (key % together == 0) pieces.emplace_back();
    pieces.back() +=
        load == "set" ? Encode({"SET", KeyOf(key), kValue}) : Encode({"GET", KeyOf(key)});
  }
  return pieces;
}

int Main(std::string_view load, size_t rounds) {
  InProcessServer server;
  for (const std::string& piece : Round("set")) {
    if (server.Run(piece) != 5) return 1;
  }
  const std::vector<std::string> pieces = Round(load);
  const size_t expected = load == "set" ? kKeys * 5 : kKeys * (kValue.size() + 8);
  for (size_t i = 0; i < rounds; ++i) {
    size_t bytes = 0;
    for (const std::string& piece : pieces)
      bytes += server.Run(piece);
    if (bytes != expected) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: instructions_bench get|set|get100 ROUNDS\n");
    return 2;
  }
  const std::string_view load = argv[1];
  if (load != "get" && load != "set" && load != "get100") return 2;
  return larder::bench::Main(load, std::strtoull(argv[2], nullptr, 10));
}
