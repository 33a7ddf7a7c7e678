// CLIENT TRACKING, CACHING, TRACKINGINFO and GETREDIR: what a client is told of keys that change.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/number.h"
#include "server/commands/client.h"
#include "server/commands/errors.h"
#include "server/commands/option_word.h"
#include "server/session.h"
#include "server/tracking.h"

namespace larder {
namespace {

// What CLIENT TRACKING ON says; its prefixes come beside those that the client has.
struct TrackingRequest {
  TrackingMode mode;
  std::vector<std::string_view> prefixes;
};

// Each of these writes an error and returns false if something is wrong.

bool ReadRedirection(CommandContext& c, std::string_view word, TrackingMode& mode) {
  int64_t id;
  std::string_view error;
  if (mode.redirection != nullptr) {
    error = errors::kOneRedirection;
  } else if (!ParseInteger(word, &id)) {
    error = errors::kNotAnInteger;
  } else if (!(mode.redirection = c.server.clients.Find(static_cast<uint64_t>(id)))) {
    error = errors::kNoRedirection;
  } else if (mode.redirection->resp.load(std::memory_order_relaxed) < 3) {  // as it is by now
    error = errors::kRedirectionSpeaksResp2;
  } else {
    return true;
  }
  c.reply.Error(error);
  return false;
}

bool ReadOptions(CommandContext& c, TrackingRequest& request) {
  TrackingMode& mode = request.mode;
  for (size_t i = 3; i < c.args.size(); ++i) {
    const std::string_view word = c.args[i];
    const bool has_value = i + 1 < c.args.size();
    if (IsWord(word, "redirect") && has_value) {
      if (!ReadRedirection(c, c.args[++i], mode)) return false;
    } else if (IsWord(word, "prefix") && has_value) {
      request.prefixes.push_back(c.args[++i]);
    } else if (IsWord(word, "bcast")) {
      mode.broadcast = true;
    } else if (IsWord(word, "optin")) {
      mode.opt_in = true;
    } else if (IsWord(word, "optout")) {
      mode.opt_out = true;
    } else if (IsWord(word, "noloop")) {
      mode.no_loop = true;
    } else {
      c.reply.Error(errors::kSyntax);
      return false;
    }
  }
  return true;
}

bool FitTogether(CommandContext& c, const TrackingRequest& request, const TrackingMode* before) {
  const TrackingMode& mode = request.mode;
  std::string_view error;
  if (!mode.broadcast && !request.prefixes.empty()) {
    error = errors::kPrefixNeedsBcast;
  } else if (before != nullptr && before->broadcast != mode.broadcast) {
    error = errors::kBcastSwitched;
  } else if (mode.broadcast && (mode.opt_in || mode.opt_out)) {
    error = errors::kBcastWithOptions;
  } else if (mode.opt_in && mode.opt_out) {
    error = errors::kOptinWithOptout;
  } else if (before != nullptr &&
             ((mode.opt_in && before->opt_out) || (mode.opt_out && before->opt_in))) {
    error = errors::kOptinSwitched;
  } else {
    return true;
  }
  c.reply.Error(error);
  return false;
}

// Prefixes of which one begins with the other would tell a client twice.
bool AddPrefixes(CommandContext& c, TrackingRequest& request) {
  const auto overlap = [](std::string_view a, std::string_view b) {
    return a.starts_with(b) || b.starts_with(a);
  };
  for (size_t i = 0; i < request.prefixes.size(); ++i) {
    const std::string_view prefix = request.prefixes[i];
    for (const std::string& existing : request.mode.prefixes) {
      if (!overlap(prefix, existing)) continue;
      c.reply.Error(errors::PrefixOverlaps(prefix, "an existing", existing));
      return false;
    }
    for (size_t j = i + 1; j < request.prefixes.size(); ++j) {
      if (!overlap(prefix, request.prefixes[j])) continue;
      c.reply.Error(errors::PrefixOverlaps(prefix, "another provided", request.prefixes[j]));
      return false;
    }
  }
  request.mode.prefixes.insert(request.prefixes.begin(), request.prefixes.end());
  if (request.mode.broadcast && request.prefixes.empty()) request.mode.prefixes.emplace();
  return true;
}

void Begin(CommandContext& c, TrackingRequest request) {
  const TrackingMode* before = c.session.tracking();
  if (!FitTogether(c, request, before)) return;
  if (before != nullptr) request.mode.prefixes = before->prefixes;
  if (!AddPrefixes(c, request)) return;
  c.session.set_tracking(std::make_unique<TrackingMode>(std::move(request.mode)));
  c.reply.Ok();
}

// Whether who is told instead of the client has gone.
bool IsBroken(const TrackingMode& mode) {
  return mode.redirection != nullptr &&
         mode.redirection->gone.load(std::memory_order_relaxed);  // as it is by now
}

std::vector<std::string_view> FlagsOf(const TrackingMode* mode) {
  if (mode == nullptr) return {"off"};
  std::vector<std::string_view> flags = {"on"};
  if (mode->broadcast) flags.emplace_back("bcast");
  if (mode->opt_in) flags.emplace_back("optin");
  if (mode->opt_in && mode->caching_given) flags.emplace_back("caching-yes");
  if (mode->opt_out) flags.emplace_back("optout");
  if (mode->opt_out && mode->caching_given) flags.emplace_back("caching-no");
  if (mode->no_loop) flags.emplace_back("noloop");
  if (IsBroken(*mode)) flags.emplace_back("broken_redirect");
  return flags;
}

// -1: it is not tracking; 0: it is told itself.
int64_t RedirectionOf(const TrackingMode* mode) {
  if (mode == nullptr) return -1;
  return mode->redirection != nullptr ? static_cast<int64_t>(mode->redirection->id) : 0;
}

}  // namespace

void ClientTrackingCommand(CommandContext& c) {
  TrackingRequest request;
  if (!ReadOptions(c, request)) return;
  if (IsWord(c.args[2], "on")) return Begin(c, std::move(request));
  if (!IsWord(c.args[2], "off")) return c.reply.Error(errors::kSyntax);
  c.session.set_tracking(nullptr);
  c.reply.Ok();
}

void ClientCachingCommand(CommandContext& c) {
  TrackingMode* const mode = c.session.tracking();
  if (mode == nullptr) return c.reply.Error(errors::kCachingNeedsTracking);
  const bool yes = IsWord(c.args[2], "yes");
  if (!yes && !IsWord(c.args[2], "no")) return c.reply.Error(errors::kSyntax);
  if (yes && !mode->opt_in) return c.reply.Error(errors::kCachingYesNeedsOptin);
  if (!yes && !mode->opt_out) return c.reply.Error(errors::kCachingNoNeedsOptout);
  mode->caching_given = true;
  c.reply.Ok();
}

void ClientGetredirCommand(CommandContext& c) {
  c.reply.Integer(RedirectionOf(c.session.tracking()));
}

void ClientTrackinginfoCommand(CommandContext& c) {
  const TrackingMode* const mode = c.session.tracking();
  c.reply.Map(3);
  c.reply.Bulk("flags");
  const std::vector<std::string_view> flags = FlagsOf(mode);
  c.reply.Set(flags.size());
  for (const std::string_view flag : flags)
    c.reply.Bulk(flag);
  c.reply.Bulk("redirect");
  c.reply.Integer(RedirectionOf(mode));
  c.reply.Bulk("prefixes");
  c.reply.Array(mode != nullptr ? mode->prefixes.size() : 0);
  if (mode == nullptr) return;
  for (const std::string& prefix : mode->prefixes)
    c.reply.Bulk(prefix);
}

}  // namespace larder
