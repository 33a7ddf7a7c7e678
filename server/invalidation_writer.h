// How clients are told of keys that have changed.
#pragma once

#include <vector>

#include "protocol/reply_buffer.h"
#include "protocol/reply_writer.h"
#include "server/invalidations.h"

namespace larder {

// Appends the messages to what is sent to a client. With RESP2 there are none: that has no messages
// that are not replies.
void WriteInvalidations(const std::vector<Invalidation>& invalidations, RespVersion version,
                        ReplyBuffer& output);

}  // namespace larder
