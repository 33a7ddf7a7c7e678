// Sockets that listen on an address and a port.
#pragma once

#include <cstdint>
#include <string>

namespace larder {

// What came of opening one. Neither a descriptor nor an error: the address is missing on this
// machine, and its '-' says that it may be.
struct ListeningSocket {
  int descriptor = -1;
  std::string error;  // one line for people
};

// Whether other sockets may listen on the same port while this one is opened.
enum class Port : uint8_t { kExclusive, kShared };

// Listens on an address as the setting `bind` has it.
ListeningSocket ListenOnTcp(const std::string& setting, int64_t port, int64_t backlog, Port use);

// Says whether others may be opened with Port::kShared on the port of this one.
void SetShared(int descriptor, bool shared);

}  // namespace larder
