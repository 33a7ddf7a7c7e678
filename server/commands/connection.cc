// Commands about the connection itself.
#include "server/commands/connection.h"

#include <optional>
#include <string>
#include <string_view>

#include "protocol/number.h"
#include "server/commands/client_attribute.h"
#include "server/commands/database_number.h"
#include "server/commands/errors.h"
#include "server/commands/option_word.h"
#include "server/password.h"
#include "server/session.h"
#include "server/version.h"

namespace larder {
namespace {

constexpr std::string_view kDefaultUser = "default";

// Without a password the default user may come in with any.
bool Authenticate(CommandContext& c, std::string_view user, std::string_view password) {
  const std::string& required = c.server.settings.Current()->requirepass;
  const bool matches = required.empty() || PasswordMatches(required, password);
  if (user != kDefaultUser || !matches) {
    c.reply.Error(errors::kWrongPassword);
    return false;
  }
  c.session.set_authenticated(true);
  return true;
}

struct HelloRequest {
  std::optional<RespVersion> version;
  bool has_user = false;
  std::string_view user;
  std::string_view password;
  bool has_name = false;
  std::string_view name;
};

bool ReadProtocolVersion(CommandContext& c, HelloRequest& request) {
  if (c.args.size() < 2) return true;
  int64_t version;
  if (!ParseInteger(c.args[1], &version)) {
    c.reply.Error(errors::kBadProtocolNumber);
    return false;
  }
  if (version != 2 && version != 3) {
    c.reply.Error(errors::kNoSuchProtocol);
    return false;
  }
  request.version = version == 2 ? RespVersion::kResp2 : RespVersion::kResp3;
  return true;
}

bool ReadHelloOptions(CommandContext& c, HelloRequest& request) {
  for (size_t i = 2; i < c.args.size(); ++i) {
    const size_t more = c.args.size() - 1 - i;
    if (IsWord(c.args[i], "auth") && more >= 2) {
      request.has_user = true;
      request.user = c.args[++i];
      request.password = c.args[++i];
    } else if (IsWord(c.args[i], "setname") && more >= 1) {
      request.has_name = true;
      request.name = c.args[++i];
      if (!IsClientAttribute(request.name)) {
        c.reply.Error(errors::kBadClientName);
        return false;
      }
    } else {
      c.reply.Error(errors::HelloSyntax(c.args[i]));
      return false;
    }
  }
  return true;
}

void ReplyHello(CommandContext& c) {
  c.reply.Map(7);
  c.reply.Bulk("server");
  c.reply.Bulk("redis");
  c.reply.Bulk("version");
  c.reply.Bulk(kRedisVersion);
  c.reply.Bulk("proto");
  c.reply.Integer(static_cast<int64_t>(c.session.resp()));
  c.reply.Bulk("id");
  c.reply.Integer(static_cast<int64_t>(c.session.client().id));
  c.reply.Bulk("mode");
  c.reply.Bulk("standalone");
  c.reply.Bulk("role");
  c.reply.Bulk("master");
  c.reply.Bulk("modules");
  c.reply.Array(0);
}

}  // namespace

void AuthCommand(CommandContext& c) {
  if (c.args.size() > 3) return c.reply.Error(errors::kSyntax);
  const bool names_user = c.args.size() == 3;
  if (!names_user && c.server.settings.Current()->requirepass.empty()) {
    return c.reply.Error(errors::kNoPassword);
  }
  if (Authenticate(c, names_user ? c.args[1] : kDefaultUser, c.args.back())) c.reply.Ok();
}

void HelloCommand(CommandContext& c) {
  HelloRequest request;
  if (!ReadProtocolVersion(c, request) || !ReadHelloOptions(c, request)) return;
  if (request.has_user && !Authenticate(c, request.user, request.password)) return;
  if (!c.session.authenticated() && !c.server.settings.Current()->requirepass.empty()) {
    return c.reply.Error(errors::kHelloNeedsAuth);
  }
  if (request.has_name) SetClientName(c.session.client(), request.name);
  if (request.version) {
    c.session.set_resp(*request.version);
    c.reply.set_version(*request.version);
  }
  ReplyHello(c);
}

void PingCommand(CommandContext& c) {
  if (c.args.size() > 2) return c.reply.Error(errors::WrongArity(c.spec.name));
  if (c.args.size() == 2) return c.reply.Bulk(c.args[1]);
  c.reply.SimpleString("PONG");
}

void EchoCommand(CommandContext& c) {
  c.reply.Bulk(c.args[1]);
}

void SelectCommand(CommandContext& c) {
  const std::optional<int> number = ReadDatabaseNumber(c, c.args[1]);
  if (!number || !CheckDatabaseNumber(c, *number)) return;
  c.session.set_db(static_cast<size_t>(*number));
  c.reply.Ok();
}

void QuitCommand(CommandContext& c) {
  c.session.CloseAfterReply();
  c.reply.Ok();
}

void ResetCommand(CommandContext& c) {
  c.session.Reset();
  c.reply.set_version(c.session.resp());
  c.reply.SimpleString("RESET");
}

void ReadonlyCommand(CommandContext& c) {
  c.reply.Error(errors::kNoCluster);
}

void ReadwriteCommand(CommandContext& c) {
  c.reply.Error(errors::kNoCluster);
}

}  // namespace larder
