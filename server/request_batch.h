// The requests of one client that were parsed ahead and are carried out together.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "server/command_table.h"
#include "storage/database.h"

namespace larder {

// One request of a batch: ranges of the batch's arrays.
struct Request {
  const CommandSpec* spec;  // null: no such command, or a wrong number of arguments
  uint32_t first_arg;
  uint32_t arg_count;
  uint32_t first_key;
  uint32_t key_count;
  size_t end;  // how many bytes of the input it and all before it take
};

// Arrays that are used again for each batch, so that a batch allocates nothing.
// Thread safety: none; each I/O thread has its own.
struct RequestBatch {
  static constexpr size_t kMaxRequests = 32;

  std::vector<std::string_view> args;
  std::vector<Key> keys;
  std::array<Request, kMaxRequests> requests;
  size_t count = 0;

  std::span<const std::string_view> ArgsOf(const Request& request) const {
    return {args.data() + request.first_arg, request.arg_count};
  }
  std::span<const Key> KeysOf(const Request& request) const {
    return {keys.data() + request.first_key, request.key_count};
  }

  void Clear() {
    constexpr size_t kKept =
        4096;  // a request of a million arguments leaves no large arrays behind
    if (args.capacity() > kKept) [[unlikely]]
      args = {};
    if (keys.capacity() > kKept) [[unlikely]]
      keys = {};
    args.clear();
    keys.clear();
    count = 0;
  }
};

}  // namespace larder
