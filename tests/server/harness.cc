// Feeds sessions as a connection would.
#include "tests/server/harness.h"

#include <algorithm>
#include <cstring>

namespace larder {

TestClient::TestClient(TestServer& server)
    : server_(server),
      client_(server.state().clients.Add("127.0.0.1:50000", "127.0.0.1:6379", /*fd=*/-1,
                                         server.clock().MonotonicUs())),
      session_(server.dispatcher(), *client_) {}

TestClient::~TestClient() {
  server_.state().clients.Remove(client_->id);
}

std::string TestClient::Run(std::string_view line) {
  return Feed(std::string(line) + "\r\n");
}

std::string TestClient::Run(std::initializer_list<std::string_view> args) {
  return Feed(Encode(args));
}

std::string TestClient::Feed(std::string_view bytes) {
  Send(bytes);
  while (session_.busy() && !session_.waits())
    Resume();
  return TakeReplies();
}

void TestClient::Send(std::string_view bytes) {
  // A large argument takes the bytes directly, as it would from the socket.
  while (!bytes.empty()) {
    const std::span<char> rest = session_.large_argument_rest();
    if (rest.empty()) break;
    const size_t taken = std::min(rest.size(), bytes.size());
    std::memcpy(rest.data(), bytes.data(), taken);
    session_.CommitLargeArgument(taken);
    bytes.remove_prefix(taken);
  }
  if (!session_.busy()) {
    input_.erase(0, consumed_);
    consumed_ = 0;
  }
  input_.append(bytes);
  if (session_.busy() || waits() || !session_.large_argument_rest().empty()) return;
  Process();
}

void TestClient::Resume() {
  session_.Resume(output_);
  if (!session_.busy()) Process();
}

void TestClient::GoOn() {
  session_.busy() ? Resume() : Process();
}

void TestClient::Process() {
  do {
    const std::string_view rest = std::string_view(input_).substr(consumed_);
    consumed_ += session_.Process(rest, output_);
  } while (session_.has_more() && !session_.busy() && !session_.closing() && !waits());
}

std::string TestClient::TakeReplies() {
  std::string replies = output_.ToString();
  output_.Clear();
  return replies;
}

std::string TestClient::Encode(std::initializer_list<std::string_view> args) {
  std::string bytes = "*" + std::to_string(args.size()) + "\r\n";
  for (std::string_view arg : args) {
    bytes += "$" + std::to_string(arg.size()) + "\r\n";
    bytes += arg;
    bytes += "\r\n";
  }
  return bytes;
}

}  // namespace larder
