// A server without sockets: what the in-process benches run requests on.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/reply_writer.h"
#include "server/client.h"
#include "server/clock.h"
#include "server/dispatcher.h"
#include "server/server_state.h"
#include "server/session.h"
#include "server/settings_store.h"

namespace larder::bench {

// Owns a keyspace with everything that a session on it needs, and one session.
//
// Thread safety: none; belongs to one thread.
class InProcessServer {
 public:
  InProcessServer()
      : store_(Settings(), /*config_file=*/""),
        state_(store_, clock_),
        dispatcher_(state_, state_.statistics.AddThread()),
        client_(state_.clients.Add("127.0.0.1:50000", "127.0.0.1:6379", /*fd=*/-1,
                                   clock_.MonotonicUs())),
        session_(dispatcher_, *client_) {}
  ~InProcessServer() { state_.clients.Remove(client_->id); }
  InProcessServer(const InProcessServer&) = delete;
  InProcessServer& operator=(const InProcessServer&) = delete;

  // Carries out whole requests as a connection would, and drops the replies; returns their size.
  size_t Run(std::string_view requests) {
    while (!requests.empty()) {
      requests.remove_prefix(session_.Process(requests, replies_));
      while (session_.busy())
        session_.Resume(replies_);
    }
    const size_t size = replies_.size();
    replies_.Clear();
    return size;
  }
  // The same, giving the replies.
  std::string Replies(std::string_view requests) {
    requests.remove_prefix(session_.Process(requests, replies_));
    if (!requests.empty()) std::abort();
    std::string replies = replies_.ToString();
    replies_.Clear();
    return replies;
  }

 private:
  SystemClock clock_;
  SettingsStore store_;
  ServerState state_;
  Dispatcher dispatcher_;
  std::shared_ptr<Client> client_;
  Session session_;
  ReplyBuffer replies_;
};

}  // namespace larder::bench
