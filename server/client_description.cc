// Describes clients.
#include "server/client_description.h"

#include "server/connection.h"

#include <algorithm>
#include <mutex>
#include <string_view>

#include "server/command_table.h"

namespace larder {
namespace {

// Whatever other threads write meanwhile: a listing shows each number as it was at some moment.
template <class T>
T Load(const std::atomic<T>& value) {
  return value.load(std::memory_order_relaxed);  // a statistic, orders nothing
}

}  // namespace

// "addr" of a Unix socket is its path and ":0", a port that no peer on the network can have.
bool IsUnixSocket(const Client& client) {
  return client.peer.ends_with(":0");
}

namespace {

std::string FlagsOf(const Client& client) {
  std::string flags;
  if (client.has(kClientMonitors)) flags += 'O';
  if (Load(client.queued) >= 0) flags += 'x';
  if (client.has(kClientHeld)) flags += 'b';
  const uint32_t tracking = Load(client.tracking);
  if (tracking & Client::kTracks) flags += 't';
  if (tracking & Client::kTracksBroken) flags += 'R';
  if (tracking & Client::kTracksBroadcast) flags += 'B';
  if (client.watcher.changed()) flags += 'd';
  if (client.has(kClientClosing)) flags += 'c';
  if (IsUnixSocket(client)) flags += 'U';
  if (client.has(kClientNoEvict)) flags += 'e';
  if (client.has(kClientNoTouch)) flags += 'T';
  return flags.empty() ? "N" : flags;
}

std::string_view LastCommandOf(const Client& client) {
  const uint16_t index = Load(client.last_command);
  return index < CommandCount() ? AllCommands()[index].name : "NULL";
}

class Line {
 public:
  void Add(std::string_view name, std::string_view value) {
    if (!text_.empty()) text_ += ' ';
    text_ += name;
    text_ += '=';
    text_ += value;
  }
  void Add(std::string_view name, int64_t value) { Add(name, std::to_string(value)); }
  void Add(std::string_view name, uint64_t value) { Add(name, std::to_string(value)); }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

// Fields that say how much memory the client takes. Replies of clients have no buffer of fixed
// size here, which is what rbs, rbp and oll are about.
void AddMemory(const Client& client, Line& line) {
  // The beginning of a large argument may still lie in the input, too.
  line.Add("qbuf", std::max(Load(client.input_bytes), Load(client.argument_bytes)));
  line.Add("qbuf-free", Load(client.input_room));
  line.Add("argv-mem", uint64_t{0});  // arguments are read where they lie in the input
  line.Add("multi-mem", Load(client.queued_memory));
  line.Add("rbs", uint64_t{0});
  line.Add("rbp", uint64_t{0});
  line.Add("obl", Load(client.output_bytes));
  line.Add("oll", uint64_t{0});
  line.Add("omem", Load(client.output_memory));
  line.Add("tot-mem", uint64_t{MemoryOf(client)});
}

}  // namespace

size_t MemoryOf(const Client& client) {
  return sizeof(Client) + sizeof(Connection) + Load(client.input_bytes) + Load(client.input_room) +
         Load(client.output_memory) + Load(client.queued_memory) + Load(client.argument_memory);
}

std::string DescribeClient(const Client& client, int64_t now_us) {
  constexpr int64_t kSecond = 1000000;
  std::string name, library_name, library_version;
  {
    const std::lock_guard lock(client.mutex);
    name = client.name;
    library_name = client.library_name;
    library_version = client.library_version;
  }
  Line line;
  line.Add("id", client.id);
  line.Add("addr", client.peer);
  line.Add("laddr", client.local);
  line.Add("fd", int64_t{client.fd});
  line.Add("name", name);
  line.Add("age", (now_us - client.created_us) / kSecond);
  line.Add("idle", (now_us - Load(client.last_used_us)) / kSecond);
  line.Add("flags", FlagsOf(client));
  line.Add("db", int64_t{Load(client.db)});
  line.Add("sub", int64_t{0});
  line.Add("psub", int64_t{0});
  line.Add("ssub", int64_t{0});
  line.Add("multi", int64_t{Load(client.queued)});
  line.Add("watch", int64_t{Load(client.watched_keys)});
  AddMemory(client, line);
  line.Add("events", Load(client.output_bytes) > 0 ? "rw" : "r");
  line.Add("cmd", LastCommandOf(client));
  line.Add("user", "default");
  const bool tracks = (Load(client.tracking) & Client::kTracks) != 0;
  line.Add("redir", tracks ? static_cast<int64_t>(Load(client.redirected_to)) : -1);
  line.Add("resp", int64_t{Load(client.resp)});
  line.Add("lib-name", library_name);
  line.Add("lib-ver", library_version);
  return line.Take();
}

}  // namespace larder
