// Messages of RESP3 about keys that have changed.
#include "server/invalidation_writer.h"

#include <string_view>
#include <unordered_set>

namespace larder {
namespace {

using Kind = Invalidation::Kind;

// Keys that follow each other and were told for their prefixes go into one message, each once.
size_t WriteBroadcast(const std::vector<Invalidation>& invalidations, size_t first,
                      ReplyWriter& writer) {
  std::vector<std::string_view> keys;
  std::unordered_set<std::string_view> known;
  size_t next = first;
  for (; next < invalidations.size() && invalidations[next].kind == Kind::kBroadcast; ++next) {
    if (known.insert(invalidations[next].key).second) keys.push_back(invalidations[next].key);
  }
  writer.Array(keys.size());
  for (const std::string_view key : keys)
    writer.Bulk(key);
  return next;
}

}  // namespace

void WriteInvalidations(const std::vector<Invalidation>& invalidations, RespVersion version,
                        ReplyBuffer& output) {
  if (version != RespVersion::kResp3) return;
  ReplyWriter writer(output, version);
  for (size_t i = 0; i < invalidations.size();) {
    const Invalidation& invalidation = invalidations[i];
    writer.Push(2);
    writer.Bulk(invalidation.kind == Kind::kRedirectionBroken ? "tracking-redir-broken"
                                                              : "invalidate");
    switch (invalidation.kind) {
      case Kind::kBroadcast:
        i = WriteBroadcast(invalidations, i, writer);
        continue;
      case Kind::kKey:
        writer.Array(1);
        writer.Bulk(invalidation.key);
        break;
      case Kind::kEverything:
        writer.Null();
        break;
      case Kind::kRedirectionBroken:
        writer.Integer(static_cast<int64_t>(invalidation.redirected_to));
        break;
    }
    ++i;
  }
}

}  // namespace larder
