// A server without sockets, and clients that talk to it in process: what command tests run on.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "server/client.h"
#include "server/clock.h"
#include "server/dispatcher.h"
#include "server/server_state.h"
#include "server/session.h"
#include "server/settings_store.h"

namespace larder {

// The state of a server whose time stands still until a test moves it.
class TestServer {
 public:
  static constexpr int64_t kStartMs = 1'700'000'000'000;

  explicit TestServer(int64_t shards = 16) : TestServer(WithShards(shards)) {}
  explicit TestServer(Settings settings)
      : store_(std::move(settings), /*config_file=*/""),
        state_(store_, clock_),
        dispatcher_(state_, state_.statistics.AddThread()) {
    state_.request_shutdown = [this](ShutdownRequest request) {
      shutdown_requested_ = true;
      shutdown_ = std::move(request);
    };
  }

  ManualClock& clock() { return clock_; }
  SettingsStore& settings() { return store_; }
  ServerState& state() { return state_; }
  Dispatcher& dispatcher() { return dispatcher_; }
  bool shutdown_requested() const { return shutdown_requested_; }
  const ShutdownRequest& shutdown() const { return shutdown_; }

 private:
  static Settings WithShards(int64_t shards) {
    Settings settings;
    settings.shards = shards;
    return settings;
  }

  ManualClock clock_{kStartMs};
  SettingsStore store_;
  ServerState state_;
  Dispatcher dispatcher_;
  bool shutdown_requested_ = false;
  ShutdownRequest shutdown_;
};

// A session and what a connection would keep for it.
class TestClient {
 public:
  explicit TestClient(TestServer& server);
  ~TestClient();

  // Sends an inline command line, or arguments as an array of bulk strings; returns the replies as
  // they are on the wire.
  std::string Run(std::string_view line);
  std::string Run(std::initializer_list<std::string_view> args);
  // Sends bytes as they are. Long commands are carried out to their end.
  std::string Feed(std::string_view bytes);

  // The same in single steps: takes the bytes and processes what is possible at once; then one
  // slice of a long command for each Resume(). Replies gather until TakeReplies().
  void Send(std::string_view bytes);
  bool busy() const { return session_.busy(); }
  void Resume();
  // True while a request waits for the end of a pause; GoOn() looks whether it is over.
  bool waits() const { return session_.waits(); }
  void GoOn();
  std::string TakeReplies();

  // An array of bulk strings on the wire.
  static std::string Encode(std::initializer_list<std::string_view> args);

  Session& session() { return session_; }
  Client& client() { return *client_; }

 private:
  void Process();

  TestServer& server_;
  std::shared_ptr<Client> client_;
  Session session_;
  std::string input_;
  size_t consumed_ = 0;
  ReplyBuffer output_;
};

}  // namespace larder
