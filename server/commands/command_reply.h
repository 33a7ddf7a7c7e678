// How the rows of the command table are told to clients: the replies of COMMAND INFO and DOCS.
#pragma once

#include <cstdint>
#include <span>

#include "protocol/reply_writer.h"
#include "server/command_table.h"
#include "server/command_words.h"

namespace larder {

// One command as COMMAND INFO gives it, with its subcommands.
void ReplyCommandInfo(ReplyWriter& reply, const CommandSpec& spec);
// One command as COMMAND DOCS gives it, with its subcommands.
void ReplyCommandDocs(ReplyWriter& reply, const CommandSpec& spec);
// The words of the flags that are set.
void ReplyFlags(ReplyWriter& reply, uint32_t flags, std::span<const FlagWord> words);

}  // namespace larder
