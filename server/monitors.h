// The clients that watch all commands: MONITOR.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "server/attention.h"
#include "server/client_thread.h"

namespace larder {

struct Client;
struct CommandSpec;

// Counts them, so that without any of them no request is described.
//
// Thread safety: any thread.
class Monitors {
 public:
  // Requires: `attention` outlives it.
  explicit Monitors(Attention& attention) : attention_(attention) {}

  void Add();
  void Remove();
  bool watch() const { return attention_.has(Attention::kMonitored); }

 private:
  // Constant after construction.
  Attention& attention_;

  std::mutex mutex_;
  size_t count_ = 0;  // Guarded by mutex_.
};

// Appends the line that tells of a request, as Redis writes it. Secrets are left out.
void AppendMonitorLine(std::string& lines, const Client& client, size_t db, int64_t now_us,
                       const CommandSpec& spec, std::span<const std::string_view> args);

}  // namespace larder
