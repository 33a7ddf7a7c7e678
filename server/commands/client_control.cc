// The subcommands of CLIENT that have an effect on clients.
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "protocol/number.h"
#include "server/client_filter.h"
#include "server/commands/client.h"
#include "server/commands/errors.h"
#include "server/commands/option_word.h"
#include "server/session.h"

namespace larder {
namespace {

constexpr std::string_view kDefaultUser = "default";

struct KillRequest {
  ClientFilter filter;
  bool skips_me = true;
};

std::optional<bool> ReadSwitch(CommandContext& c, std::string_view on, std::string_view off,
                               std::string_view word) {
  if (IsWord(word, on)) return true;
  if (IsWord(word, off)) return false;
  c.reply.Error(errors::kSyntax);
  return std::nullopt;
}

bool ReadId(CommandContext& c, std::string_view value, KillRequest& request) {
  int64_t id;
  if (!ParseInteger(value, &id) || id < 1) {
    c.reply.Error(errors::kClientIdTooSmall);
    return false;
  }
  request.filter.id = static_cast<uint64_t>(id);
  return true;
}

bool ReadAge(CommandContext& c, std::string_view value, KillRequest& request) {
  int64_t seconds;
  if (!ParseInteger(value, &seconds)) {
    c.reply.Error(errors::kMaxAgeNotAnInteger);
    return false;
  }
  if (seconds <= 0) {
    c.reply.Error(errors::kMaxAgeTooSmall);
    return false;
  }
  request.filter.age_seconds = seconds;
  return true;
}

bool ReadOption(CommandContext& c, std::string_view name, std::string_view value,
                KillRequest& request) {
  if (IsWord(name, "id")) return ReadId(c, value, request);
  if (IsWord(name, "maxage")) return ReadAge(c, value, request);
  if (IsWord(name, "addr")) {
    request.filter.peer = value;
  } else if (IsWord(name, "laddr")) {
    request.filter.local = value;
  } else if (IsWord(name, "type")) {
    request.filter.type = ClientTypeOf(value);
    if (!request.filter.type) c.reply.Error(errors::UnknownClientType(value));
    return request.filter.type.has_value();
  } else if (IsWord(name, "user")) {
    // All clients are this user, those that have not said so as well.
    if (value != kDefaultUser) c.reply.Error(errors::NoSuchUser(value));
    return value == kDefaultUser;
  } else if (IsWord(name, "skipme")) {
    const std::optional<bool> skips = ReadSwitch(c, "yes", "no", value);
    request.skips_me = skips.value_or(true);
    return skips.has_value();
  } else {
    c.reply.Error(errors::kSyntax);
    return false;
  }
  return true;
}

// Marks the clients and has them closed; returns how many there were.
int64_t Kill(CommandContext& c, const KillRequest& request) {
  const int64_t now_us = c.server.clock.MonotonicUs();
  int64_t count = 0;
  bool others = false;
  c.server.clients.ForEach([&](Client& client) {
    const bool is_me = &client == &c.session.client();
    if ((is_me && request.skips_me) || !request.filter.Matches(client, now_us)) return;
    ++count;
    if (is_me) return c.session.CloseAfterReply();
    // Relaxed: ordered by the call of its thread below.
    client.killed.store(true, std::memory_order_relaxed);
    c.server.clients.Remove(client.id);  // nobody sees it any more
    others = true;
  });
  if (others) {
    for (ClientThread* thread : c.server.threads)
      thread->CloseKilledClients();
  }
  return count;
}

std::optional<int64_t> ReadPauseEnd(CommandContext& c) {
  int64_t milliseconds;
  if (!ParseInteger(c.args[2], &milliseconds)) {
    c.reply.Error(errors::kTimeoutNotAnInteger);
    return std::nullopt;
  }
  if (milliseconds < 0) {
    c.reply.Error(errors::kTimeoutNegative);
    return std::nullopt;
  }
  const int64_t now_ms = c.server.clock.NowMs();
  if (milliseconds > std::numeric_limits<int64_t>::max() - now_ms) {
    c.reply.Error(errors::kTimeoutOutOfRange);
    return std::nullopt;
  }
  return now_ms + milliseconds;
}

}  // namespace

void ClientKillCommand(CommandContext& c) {
  KillRequest request;
  if (c.args.size() == 3) {
    // The old form, by which a client can end itself, too.
    request.filter.peer = c.args[2];
    request.skips_me = false;
    return Kill(c, request) == 0 ? c.reply.Error(errors::kNoSuchClient) : c.reply.Ok();
  }
  for (size_t i = 2; i < c.args.size(); i += 2) {
    if (i + 1 == c.args.size()) return c.reply.Error(errors::kSyntax);
    if (!ReadOption(c, c.args[i], c.args[i + 1], request)) return;
  }
  c.reply.Integer(Kill(c, request));
}

void ClientPauseCommand(CommandContext& c) {
  auto kind = ClientPause::Kind::kAll;
  if (c.args.size() > 4) return c.reply.Error(errors::BadSubcommand(c.args[0], c.args[1]));
  if (c.args.size() == 4) {
    if (IsWord(c.args[3], "write")) {
      kind = ClientPause::Kind::kWrites;
    } else if (!IsWord(c.args[3], "all")) {
      return c.reply.Error(errors::kBadPauseMode);
    }
  }
  const std::optional<int64_t> end_ms = ReadPauseEnd(c);
  if (!end_ms) return;
  c.server.pause.Begin(kind, *end_ms, c.server.clock.NowMs());
  c.reply.Ok();
}

void ClientUnpauseCommand(CommandContext& c) {
  c.server.pause.End();
  for (ClientThread* thread : c.server.threads)
    thread->ResumeHeldClients();
  c.reply.Ok();
}

// No command blocks, hence no client is ever found blocked; one that waits for the end of a pause
// is not.
void ClientUnblockCommand(CommandContext& c) {
  if (c.args.size() > 4) return c.reply.Error(errors::BadSubcommand(c.args[0], c.args[1]));
  if (c.args.size() == 4 && !IsWord(c.args[3], "timeout") && !IsWord(c.args[3], "error")) {
    return c.reply.Error(errors::kBadUnblockReason);
  }
  int64_t id;
  if (!ParseInteger(c.args[2], &id)) return c.reply.Error(errors::kNotAnInteger);
  c.reply.Integer(0);
}

void ClientReplyCommand(CommandContext& c) {
  const std::string_view word = c.args[2];
  if (IsWord(word, "on")) {
    c.session.set_muting(Muting::kNone);
    c.reply.Ok();
  } else if (IsWord(word, "off")) {
    c.session.set_muting(Muting::kAll);
  } else if (IsWord(word, "skip")) {
    if (c.session.muting() != Muting::kAll) c.session.set_muting(Muting::kNextRequest);
  } else {
    c.reply.Error(errors::kSyntax);
  }
}

void ClientNoEvictCommand(CommandContext& c) {
  const std::optional<bool> on = ReadSwitch(c, "on", "off", c.args[2]);
  if (!on) return;
  c.session.client().Set(kClientNoEvict, *on);
  c.reply.Ok();
}

void ClientNoTouchCommand(CommandContext& c) {
  const std::optional<bool> on = ReadSwitch(c, "on", "off", c.args[2]);
  if (!on) return;
  c.session.set_touches(!*on);
  c.reply.Ok();
}

// Redis does not answer a client that watches already.
void MonitorCommand(CommandContext& c) {
  if (c.session.executes_transaction()) return c.reply.Error(errors::kMonitorInTransaction);
  if (c.session.monitors()) return;
  c.session.BeginMonitoring();
  c.reply.Ok();
}

}  // namespace larder
