// Which clients a command is about.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/client.h"

namespace larder {

enum class ClientType : uint8_t { kNormal, kMaster, kReplica, kPubsub };

// The type that a word names, in any case.
std::optional<ClientType> ClientTypeOf(std::string_view word);
// A client that watches all commands is a normal one.
ClientType TypeOf(const Client& client);

// What CLIENT KILL selects clients by; whatever is not given fits all.
// Thread safety: none; a value. The views are the request's arguments.
struct ClientFilter {
  std::optional<uint64_t> id;
  std::optional<ClientType> type;
  std::optional<std::string_view> peer;
  std::optional<std::string_view> local;
  std::optional<int64_t> age_seconds;  // at least so old

  bool Matches(const Client& client, int64_t now_us) const;
};

}  // namespace larder
