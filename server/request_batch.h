// The requests of one client that were parsed ahead and are carried out together.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "protocol/argument_list.h"
#include "server/command_table.h"
#include "storage/database.h"

namespace larder {

// One request of a batch.
struct Request {
  const CommandSpec* spec;  // null: no such command, or a wrong number of arguments
  Shard* shard;             // of the only key; null if there is none, or several
  Key key;                  // the only key
  const void* entry;        // where its entry most likely lies, to be prefetched; may be null
  uint32_t first_arg;       // ranges of the batch's arrays; `keys` is for several keys
  uint32_t arg_count;
  uint32_t first_key;
  uint32_t key_count;
  size_t end;  // how many bytes of the input it and all before it take
};

// Arrays that are used again for each batch, so that a batch allocates nothing.
// Thread safety: none; each I/O thread has its own.
struct RequestBatch {
  static constexpr size_t kMaxRequests = 64;

  ArgumentList args;
  std::vector<Key> keys;
  std::array<Request, kMaxRequests> requests;
  size_t count = 0;

  std::span<const std::string_view> ArgsOf(const Request& request) const {
    return {args.data() + request.first_arg, request.arg_count};
  }
  std::span<const Key> KeysOf(const Request& request) const {
    if (request.shard != nullptr) [[likely]]
      return {&request.key, 1};
    return {keys.data() + request.first_key, request.key_count};
  }

  void Clear() {
    // A request of a million arguments leaves no large arrays behind.
    constexpr size_t kKept = 4096;
    if (args.capacity() > kKept) [[unlikely]]
      args.Release();
    if (keys.capacity() > kKept) [[unlikely]]
      keys = {};
    args.Clear();
    keys.clear();
    count = 0;
  }
};

}  // namespace larder
