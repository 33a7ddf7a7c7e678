// Greeting and preloading.
#include "bench/load/connection_opener.h"

#include "bench/load/tape_player.h"

namespace larder::bench {
namespace {

constexpr int kTimeoutMs = 30'000;

std::vector<std::string> HelloOf(const ServerAddress& address) {
  std::vector<std::string> hello = {"HELLO", "3"};
  if (!address.password.empty()) {
    hello.insert(hello.end(), {"AUTH", "default", address.password});
  }
  return hello;
}

}  // namespace

ConnectionOpener::ConnectionOpener(const ServerAddress& address, const ValueSource& values)
    : address_(address), values_(values) {
  if (address.resp3) {
    greeting_.AppendCommand(HelloOf(address));
  } else if (!address.password.empty()) {
    greeting_.AppendCommand({"AUTH", address.password});
  }
  if (address.database != 0) {
    greeting_.AppendCommand({"SELECT", std::to_string(address.database)});
  }
  greeting_.AppendCommand({"PING"});
}

Socket ConnectionOpener::Open(std::string& error) const {
  Socket socket = Connect(address_, error);
  if (!socket.open()) return socket;
  Tally tally;
  if (!PlayOnce(socket.fd(), greeting_, values_, kTimeoutMs, tally) || tally.errors > 0) {
    error = address_.ToString() + ": " + tally.first_problem;
    socket.Close();
  }
  return socket;
}

bool ConnectionOpener::OpenMany(uint64_t count, std::vector<Socket>& out,
                                std::string& error) const {
  for (uint64_t i = 0; i < count; ++i) {
    Socket socket = Open(error);
    if (!socket.open()) {
      error = "connection " + std::to_string(i + 1) + " of " + std::to_string(count) + ": " + error;
      return false;
    }
    out.push_back(std::move(socket));
  }
  return true;
}

bool Preload(const ConnectionOpener& opener, const Workload& workload, const ValueSource& values,
             const std::function<void(uint64_t)>& progress, std::string& error) {
  static constexpr size_t kChunkBytes = 4 * 1024 * 1024;
  Socket socket = opener.Open(error);
  if (!socket.open()) return false;
  Tally tally;
  TapeBuilder builder(workload, values, 1);
  for (uint64_t key = 0; key < workload.key_count;) {
    while (key < workload.key_count && builder.tape().byte_count() < kChunkBytes) {
      builder.AppendSet(key++);
    }
    RequestTape chunk = builder.Take();
    bool played = PlayOnce(socket.fd(), chunk, values, kTimeoutMs, tally);
    if (!played || tally.errors > 0 || tally.wrong > 0) {
      error = "preloading failed: " + tally.first_problem;
      return false;
    }
    progress(key);
  }
  return true;
}

}  // namespace larder::bench
