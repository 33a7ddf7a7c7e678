// The subcommands of CLIENT that tell who is connected.
#include "server/commands/client.h"

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "protocol/number.h"
#include "server/client_description.h"
#include "server/client_filter.h"
#include "server/commands/client_attribute.h"
#include "server/commands/errors.h"
#include "server/commands/option_word.h"
#include "server/session.h"

namespace larder {
namespace {

// The bytes of a request as an array of bulk strings, which is how most come.
size_t RequestSize(std::span<const std::string_view> args) {
  const auto header = [](size_t number) { return std::to_string(number).size() + 3; };
  size_t bytes = header(args.size());
  for (const std::string_view arg : args)
    bytes += header(arg.size()) + arg.size() + 2;
  return bytes;
}

// The client that asks is busy with asking, which it tells other threads only after the batch.
int64_t UpdateOwnClient(CommandContext& c) {
  const int64_t now_us = c.server.clock.MonotonicUs();
  Client& client = c.session.client();
  client.input_bytes.store(RequestSize(c.args), std::memory_order_relaxed);  // as below
  client.last_used_us.store(now_us, std::memory_order_relaxed);  // a statistic, orders nothing
  client.last_command.store(static_cast<uint16_t>(CommandIndex(c.spec)),
                            std::memory_order_relaxed);  // as above
  return now_us;
}

std::string DescribeAll(const ServerState& server, int64_t now_us,
                        std::optional<ClientType> type = std::nullopt) {
  std::string lines;
  server.clients.ForEach([&](const Client& client) {
    if (type && TypeOf(client) != *type) return;
    lines += DescribeClient(client, now_us);
    lines += '\n';
  });
  return lines;
}

void ReplyClientsOfType(CommandContext& c, std::string_view word, int64_t now_us) {
  const std::optional<ClientType> type = ClientTypeOf(word);
  if (!type) return c.reply.Error(errors::UnknownClientType(word));
  c.reply.Verbatim("txt", DescribeAll(c.server, now_us, type));
}

void ReplyClientsWithIds(CommandContext& c, std::span<const std::string_view> ids, int64_t now_us) {
  std::string lines;
  for (const std::string_view text : ids) {
    int64_t id;
    if (!ParseInteger(text, &id)) return c.reply.Error(errors::kInvalidClientId);
    const std::shared_ptr<Client> client = c.server.clients.Find(static_cast<uint64_t>(id));
    if (client == nullptr) continue;
    lines += DescribeClient(*client, now_us);
    lines += '\n';
  }
  c.reply.Verbatim("txt", lines);
}

}  // namespace

void ClientIdCommand(CommandContext& c) {
  c.reply.Integer(static_cast<int64_t>(c.session.client().id));
}

void ClientInfoCommand(CommandContext& c) {
  const int64_t now_us = UpdateOwnClient(c);
  c.reply.Verbatim("txt", DescribeClient(c.session.client(), now_us) + "\n");
}

void ClientListCommand(CommandContext& c) {
  const int64_t now_us = UpdateOwnClient(c);
  const size_t count = c.args.size();
  if (count == 2) {
    c.reply.Verbatim("txt", DescribeAll(c.server, now_us));
  } else if (count == 4 && IsWord(c.args[2], "type")) {
    ReplyClientsOfType(c, c.args[3], now_us);
  } else if (count > 3 && IsWord(c.args[2], "id")) {
    ReplyClientsWithIds(c, c.args.subspan(3), now_us);
  } else {
    c.reply.Error(errors::kSyntax);
  }
}

void ClientSetnameCommand(CommandContext& c) {
  if (!IsClientAttribute(c.args[2])) return c.reply.Error(errors::kBadClientName);
  SetClientName(c.session.client(), c.args[2]);
  c.reply.Ok();
}

void ClientGetnameCommand(CommandContext& c) {
  Client& client = c.session.client();
  const std::lock_guard lock(client.mutex);
  client.name.empty() ? c.reply.Null() : c.reply.Bulk(client.name);
}

void ClientSetinfoCommand(CommandContext& c) {
  const std::string_view option = c.args[2];
  const bool is_name = IsWord(option, "lib-name");
  if (!is_name && !IsWord(option, "lib-ver")) {
    return c.reply.Error(errors::UnrecognizedOption(option));
  }
  if (!IsClientAttribute(c.args[3])) {
    return c.reply.Error(errors::BadClientAttribute(option));
  }
  Client& client = c.session.client();
  const std::lock_guard lock(client.mutex);
  (is_name ? client.library_name : client.library_version) = c.args[3];
  c.reply.Ok();
}

}  // namespace larder
