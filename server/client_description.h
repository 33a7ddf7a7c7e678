// The line that describes a client in CLIENT LIST, and in the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "server/client.h"

namespace larder {

// The line without its end. `now_us` is monotonic, as the client's times are.
std::string DescribeClient(const Client& client, int64_t now_us);

// Whether the client has come in through the Unix socket.
bool IsUnixSocket(const Client& client);

// Bytes of memory that the client's buffers and queued commands take.
size_t MemoryOf(const Client& client);

}  // namespace larder
