// Lets the bytes of the input drive two sessions of one server, in any fragmentation, with time
// passing and long commands in progress, and checks what comes back.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/command_table.h"
#include "tests/server/harness.h"
#include "tests/server/reply_reader.h"

namespace larder {
namespace {

void Check(bool holds, const char* what) {
  if (holds) [[likely]]
    return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

// Hands the input out piece by piece; zeros when it is used up.
// Thread safety: none.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return rest_.empty(); }
  uint8_t Byte() { return rest_.empty() ? 0 : static_cast<uint8_t>(Take(1)[0]); }
  size_t Below(size_t limit) { return Byte() % limit; }
  std::string_view Bytes() { return Take(Below(40)); }

 private:
  std::string_view Take(size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest_;
};

// Words that commands make something of.
constexpr std::string_view kWords[] = {"a",
                                       "b",
                                       "c",
                                       "d",
                                       "key:1",
                                       "key:2",
                                       "key:3",
                                       "",
                                       "0",
                                       "1",
                                       "-1",
                                       "2",
                                       "10",
                                       "100",
                                       "5000",
                                       "16384",
                                       "20000",
                                       "1000000",
                                       "-5",
                                       "3.5",
                                       "1e400",
                                       "nan",
                                       "inf",
                                       "9223372036854775807",
                                       "-9223372036854775808",
                                       "18446744073709551615",
                                       "1700000000",
                                       "1700000001000",
                                       "EX",
                                       "PX",
                                       "EXAT",
                                       "PXAT",
                                       "NX",
                                       "XX",
                                       "GT",
                                       "LT",
                                       "GET",
                                       "KEEPTTL",
                                       "IFEQ",
                                       "PERSIST",
                                       "MATCH",
                                       "COUNT",
                                       "TYPE",
                                       "string",
                                       "list",
                                       "DB",
                                       "REPLACE",
                                       "ASYNC",
                                       "SYNC",
                                       "*",
                                       "key:*",
                                       "k[a-",
                                       "\\",
                                       "?",
                                       "3",
                                       "2",
                                       "AUTH",
                                       "default",
                                       "SETNAME",
                                       "name",
                                       "LIB-NAME",
                                       "LIB-VER",
                                       "timeout",
                                       "maxclients",
                                       "proto-max-bulk-len",
                                       "requirepass",
                                       "set",
                                       "get",
                                       "all",
                                       "everything",
                                       "keyspace",
                                       "ID",
                                       "FILTERBY",
                                       "PATTERN",
                                       "ACLCAT",
                                       "MODULE",
                                       "normal"};

std::string Encode(const std::vector<std::string>& args) {
  std::string bytes = "*" + std::to_string(args.size()) + "\r\n";
  for (const std::string& arg : args) {
    bytes += "$" + std::to_string(arg.size()) + "\r\n" + arg + "\r\n";
  }
  return bytes;
}

std::string Argument(Input& input) {
  switch (input.Below(16)) {
    case 0:
      return std::string(input.Bytes());
    case 1:
      return std::string(size_t{kBlobThreshold} - 2 + input.Below(5), 'v');
    case 2:
      return std::string(RequestParser::kLargeBulk + input.Below(3), 'w');
    default:
      return std::string(kWords[input.Below(std::size(kWords))]);
  }
}

// A command by its row, with about as many arguments as it takes.
std::string AnyCommand(Input& input) {
  const std::span<const CommandSpec> commands = AllCommands();
  const CommandSpec& spec = commands[input.Below(commands.size())];
  if (spec.name == "shutdown") return Encode({"PING"});  // it has no reply
  std::vector<std::string> args;
  const size_t bar = spec.name.find('|');
  args.emplace_back(spec.name.substr(0, bar));
  if (bar != std::string_view::npos) args.emplace_back(spec.name.substr(bar + 1));
  const auto least = static_cast<size_t>(std::abs(spec.arity));
  const size_t size = least + (spec.arity < 0 ? input.Below(6) : 0);
  while (args.size() < size)
    args.push_back(Argument(input));
  return Encode(args);
}

// A command of so many keys that it is carried out in slices.
std::string ManyKeysCommand(Input& input) {
  constexpr std::string_view kNames[] = {"DEL", "UNLINK", "EXISTS", "TOUCH", "MSET", "MGET"};
  const std::string name(kNames[input.Below(std::size(kNames))]);
  const size_t count = kSlicedKeys - 100 + 32 * input.Below(64);
  std::vector<std::string> args = {name};
  for (size_t i = 0; i < count; ++i) {
    args.push_back("many:" + std::to_string(i));
    if (name == "MSET") args.push_back("v");
  }
  return Encode(args);
}

// A client, what it still has to send, and what it knows about the replies.
//
// Thread safety: none.
class Talker {
 public:
  explicit Talker(TestServer& server) : server_(server) { Reconnect(); }

  void Reconnect() {
    client_ = std::make_unique<TestClient>(server_);
    unsent_.clear();
    replies_.clear();
    requests_ = 0;
    countable_ = true;
  }

  void Request(const std::string& bytes) {
    unsent_ += bytes;
    ++requests_;
  }
  void Raw(std::string_view bytes) {
    unsent_ += bytes;
    countable_ = false;
  }

  // Sends some of it, unless the bytes sent before have to stay where they are.
  void Deliver(size_t bytes) {
    if (client_->busy() || client_->session().closing()) return;
    const std::string some = unsent_.substr(0, bytes);
    unsent_.erase(0, some.size());
    client_->Send(some);
    TakeReplies();
  }

  void Resume() {
    if (!client_->busy()) return;
    client_->Resume();
    TakeReplies();
  }

  // Sends everything and waits for all replies.
  void Finish() {
    while (client_->busy() || (!unsent_.empty() && !client_->session().closing())) {
      Resume();
      Deliver(unsent_.size());
    }
    CheckReplies();
    if (client_->session().closing() || !countable_) Reconnect();
  }

 private:
  void TakeReplies() { replies_ += client_->TakeReplies(); }

  void CheckReplies() {
    ReplyReader reader(replies_);
    size_t count = 0;
    while (!reader.rest().empty()) {
      Check(reader.Next().has_value(), "replies are well-formed");
      ++count;
    }
    // A session that is to be closed answers no more, but may say why.
    if (countable_ && !client_->session().closing()) {
      Check(count == requests_, "each request has one reply");
    } else if (countable_) {
      Check(count <= requests_ + 1, "no request has more than one reply");
    }
    replies_.clear();
    requests_ = 0;
  }

  TestServer& server_;
  std::unique_ptr<TestClient> client_;
  std::string unsent_;
  std::string replies_;
  size_t requests_ = 0;
  bool countable_ = true;  // whether only whole requests were sent
};

// Upkeep, as the I/O threads do it in their idle time.
void Maintain(TestServer& server, size_t budget) {
  Keyspace& keyspace = server.state().keyspace;
  for (size_t i = 0; i < keyspace.shard_count(); ++i) {
    const ShardGuard guard(keyspace.shard(i));
    keyspace.shard(i).Expire(server.clock().NowMs(), budget);
    keyspace.shard(i).Reclaim(budget);
  }
}

size_t CountByScan(Keyspace& keyspace, size_t db, int64_t now_ms) {
  size_t count = 0;
  for (size_t i = 0; i < keyspace.shard_count(); ++i) {
    const ShardGuard guard(keyspace.shard(i));
    const Database& database = keyspace.shard(i).database(db);
    uint64_t cursor = 0;
    do {
      cursor = database.Scan(cursor, now_ms, [&](const Entry&) { ++count; });
    } while (cursor != 0);
  }
  return count;
}

Reply Ask(TestClient& client, std::initializer_list<std::string_view> args) {
  const std::string bytes = client.Run(args);
  ReplyReader reader(bytes);
  std::optional<Reply> reply = reader.Next();
  Check(reply.has_value() && reader.rest().empty(), "one reply");
  return *reply;
}

// DBSIZE and KEYS agree with each other and with what is stored, in all databases.
void CheckSizes(TestServer& server) {
  Keyspace& keyspace = server.state().keyspace;
  TestClient client(server);
  client.session().set_authenticated(true);
  for (size_t db = 0; db < keyspace.database_count(); ++db) {
    Check(Ask(client, {"SELECT", std::to_string(db)}).text == "OK", "the database is there");
    const size_t live = CountByScan(keyspace, db, server.clock().NowMs());
    const size_t all = CountByScan(keyspace, db, std::numeric_limits<int64_t>::min());
    Check(Ask(client, {"DBSIZE"}).text == std::to_string(all), "DBSIZE counts all entries");
    Check(Ask(client, {"KEYS", "*"}).elements.size() == live, "KEYS finds all live entries");
    const bool has_key = !Ask(client, {"RANDOMKEY"}).null;
    Check(has_key == (live > 0), "RANDOMKEY finds a key if there is one");
  }
}

// Nothing of what was stored stays behind.
void CheckEmptying(TestServer& server) {
  TestClient client(server);
  client.session().set_authenticated(true);
  Ask(client, {"FLUSHALL"});
  Keyspace& keyspace = server.state().keyspace;
  for (size_t i = 0; i < keyspace.shard_count(); ++i) {
    const ShardGuard guard(keyspace.shard(i));
    while (keyspace.shard(i).Reclaim(1000)) {
    }
    Check(keyspace.shard(i).counters().blob_bytes == 0, "no large value is left");
  }
}

void Act(TestServer& server, Talker& talker, Input& input) {
  switch (input.Below(16)) {
    case 0:
      return talker.Deliver(input.Byte());
    case 1:
      return talker.Deliver(size_t{256} * input.Byte());
    case 2:
      return talker.Resume();
    case 3:
      return server.clock().Advance(input.Below(16));
    case 4:
      return server.clock().Advance(int64_t{1000} * input.Byte());
    case 5:
      return server.clock().Advance(-static_cast<int64_t>(input.Byte()));
    case 6:
      return Maintain(server, input.Byte() + size_t{1});
    case 7:
      return talker.Raw(input.Bytes());
    case 8:
      return input.Below(4) == 0 ? talker.Reconnect() : talker.Finish();
    case 9:
      return talker.Request(ManyKeysCommand(input));
    case 10:
      return talker.Request(Encode({"SET", "a", Argument(input)}));
    default:
      return talker.Request(AnyCommand(input));
  }
}

}  // namespace
}  // namespace larder

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace larder;  // NOLINT(google-build-using-namespace): the function is no part of it
  Input input(data, size);
  Settings settings;
  settings.dir = "/nonexistent";  // saves fail, so that no files are left behind
  settings.shards = input.Below(2) == 0 ? 1 : 4;
  settings.databases = 3;
  settings.proto_max_bulk_len = kMegabyte;  // SETRANGE would fill the memory
  TestServer server(settings);
  Talker talkers[] = {Talker(server), Talker(server)};
  while (!input.empty())
    Act(server, talkers[input.Below(2)], input);
  for (Talker& talker : talkers)
    talker.Finish();
  CheckSizes(server);
  CheckEmptying(server);
  return 0;
}
