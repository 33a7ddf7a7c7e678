// A request that has to wait for the end of a pause.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/argument_list.h"
#include "server/command_table.h"
#include "storage/blob.h"

namespace larder {

// Arguments of a request that were received into blocks of their own, by their position.
using LargeArguments = std::vector<std::pair<size_t, BlobRef>>;

// Owns a copy of the request, so that a client that waits holds no buffer; large arguments are
// taken over as they are.
//
// Thread safety: none; part of a session.
class HeldRequest {
 public:
  HeldRequest(const CommandSpec& spec, std::span<const std::string_view> args,
              LargeArguments large_arguments);
  HeldRequest(const HeldRequest&) = delete;
  HeldRequest& operator=(const HeldRequest&) = delete;

  const CommandSpec& spec() const { return spec_; }
  const ArgumentList& args() const { return args_; }
  LargeArguments TakeLargeArguments() { return std::exchange(large_arguments_, {}); }
  size_t memory() const;

 private:
  bool IsLarge(size_t position) const;

  const CommandSpec& spec_;
  LargeArguments large_arguments_;
  std::vector<char> bytes_;  // of the others
  ArgumentList args_;
};

}  // namespace larder
