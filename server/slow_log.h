// The calls that took long, for SLOWLOG.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace larder {

struct CommandSpec;

// One call that took long.
struct SlowCall {
  uint64_t id = 0;        // given by the log, never twice
  int64_t unix_time = 0;  // in seconds
  int64_t duration_us = 0;
  std::vector<std::string> args;
  std::string peer;
  std::string client_name;
};

// The arguments of a call as the log keeps them: at most 32 of them and of each at most 128 bytes,
// with a note of what is left out, and without secrets.
std::vector<std::string> ArgumentsForLog(const CommandSpec& spec,
                                         std::span<const std::string_view> args);

// Owns the newest of the slow calls.
// Thread safety: any thread.
class SlowLog {
 public:
  // Adds a call, whose id is set here, and forgets all but the `most` newest ones.
  void Add(SlowCall call, size_t most);
  void Shrink(size_t most);
  void Clear() { Shrink(0); }
  size_t size() const;
  // The newest calls, the newest one first.
  std::vector<std::shared_ptr<const SlowCall>> Newest(size_t count) const;

 private:
  void Forget(size_t most);  // Requires: mutex_ is held.

  mutable std::mutex mutex_;
  // Guarded by mutex_: the newest one first.
  std::deque<std::shared_ptr<const SlowCall>> calls_;
  uint64_t next_id_ = 0;
};

}  // namespace larder
