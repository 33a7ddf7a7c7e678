// Requests of any number of arguments, and sliced commands carried out step by step, so that others
// can work in between.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/command_table.h"
#include "tests/server/harness.h"

namespace larder {

// A request on the wire.
inline std::string Encode(const std::vector<std::string>& args) {
  std::string bytes = "*" + std::to_string(args.size()) + "\r\n";
  for (const std::string& arg : args) {
    bytes += "$" + std::to_string(arg.size()) + "\r\n" + arg + "\r\n";
  }
  return bytes;
}

// Stores a string under each of prefix<from> to prefix<to - 1>.
inline void AddKeys(TestClient& client, const std::string& prefix, int from, int to) {
  std::vector<std::string> args = {"MSET"};
  for (int i = from; i < to; ++i) {
    args.push_back(prefix + std::to_string(i));
    args.push_back("v");
  }
  client.Feed(Encode(args));
}

// Does what the dispatcher does with the command's task, and calls `between` after each step, while
// no shard is locked. Returns the reply.
inline std::string RunInSteps(TestServer& server, TestClient& client,
                              const std::vector<std::string_view>& args,
                              const std::function<void()>& between) {
  const CommandSpec* spec = FindCommand(args[0]);
  REQUIRE(spec != nullptr);
  ReplyBuffer output;
  ReplyWriter reply(output, client.session().resp());
  Keyspace& keyspace = server.state().keyspace;
  CommandContext c{args,
                   {},
                   server.clock().NowMs(),
                   reply,
                   keyspace,
                   client.session().db(),
                   client.session(),
                   server.state(),
                   *spec};
  const std::unique_ptr<SlicedTask> task = spec->task(c);
  if (task == nullptr) return output.ToString();
  for (bool done = false; !done;) {
    c.now_ms = server.clock().NowMs();
    const size_t shard = task->next_shard();
    if (shard == SlicedTask::kNoShard) {
      done = task->Step(c);
    } else {
      const ShardGuard guard(keyspace.shard(shard));
      done = task->Step(c);
    }
    between();
  }
  return output.ToString();
}

}  // namespace larder
