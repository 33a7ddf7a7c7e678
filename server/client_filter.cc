// Compares clients with what was asked for.
#include "server/client_filter.h"

#include "server/commands/option_word.h"

namespace larder {

std::optional<ClientType> ClientTypeOf(std::string_view word) {
  if (IsWord(word, "normal")) return ClientType::kNormal;
  if (IsWord(word, "master")) return ClientType::kMaster;
  if (IsWord(word, "replica") || IsWord(word, "slave")) return ClientType::kReplica;
  if (IsWord(word, "pubsub")) return ClientType::kPubsub;
  return std::nullopt;
}

// There is neither replication nor pub/sub.
ClientType TypeOf(const Client&) {
  return ClientType::kNormal;
}

bool ClientFilter::Matches(const Client& client, int64_t now_us) const {
  constexpr int64_t kSecond = 1000000;
  return (!id || client.id == *id) && (!type || TypeOf(client) == *type) &&
         (!peer || client.peer == *peer) && (!local || client.local == *local) &&
         (!age_seconds || (now_us - client.created_us) / kSecond >= *age_seconds);
}

}  // namespace larder
