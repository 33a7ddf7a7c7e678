// Who is told of what.
#include "server/tracking.h"

#include <utility>

#include "server/client_thread.h"

namespace larder {
namespace {

// So many entries of a table are forgotten or freed in one go.
constexpr size_t kMostForgotten = 64;

// The client whose request the thread carries out; zero: none, it is upkeep. Storage, which reports
// the changes, knows nothing of clients.
thread_local uint64_t acting_client = 0;

}  // namespace

Tracking::Acting::Acting(uint64_t client) : before_(std::exchange(acting_client, client)) {}

Tracking::Acting::~Acting() {
  acting_client = before_;
}

Tracking::Tracking(Attention& attention, Keyspace& keyspace, const SettingsStore& settings)
    : attention_(attention),
      keyspace_(keyspace),
      settings_(settings),
      tables_(keyspace.shard_count()) {}

void Tracking::Begin(std::shared_ptr<Client> client, const TrackingMode& mode) {
  for (size_t i = 0; i < tables_.size(); ++i) {
    if (tables_[i] == nullptr) tables_[i] = std::make_unique<TrackedKeys>();
    keyspace_.shard(i).Observe(this);
  }
  uint32_t flags = Client::kTracks;
  if (mode.broadcast) flags |= Client::kTracksBroadcast;
  client->tracking.store(flags, std::memory_order_relaxed);  // a statistic, orders nothing
  client->redirected_to.store(mode.redirection != nullptr ? mode.redirection->id : 0,
                              std::memory_order_relaxed);  // as above
  const std::lock_guard lock(mutex_);
  Follower& follower = followers_[client->id];
  for (const std::string& prefix : mode.prefixes)
    prefixes_[prefix].insert(client->id);
  has_prefixes_.store(!prefixes_.empty(), std::memory_order_relaxed);  // ordered by the locks
  follower = {std::move(client), mode.redirection, mode.broadcast, mode.no_loop, mode.prefixes};
  attention_.Set(Attention::kTracked);
}

void Tracking::End(Client& client) {
  const std::lock_guard lock(mutex_);
  const auto found = followers_.find(client.id);
  if (found == followers_.end()) return;
  for (const std::string& prefix : found->second.prefixes) {
    const auto at = prefixes_.find(prefix);
    at->second.erase(client.id);
    if (at->second.empty()) prefixes_.erase(at);
  }
  has_prefixes_.store(!prefixes_.empty(), std::memory_order_relaxed);  // at worst a look in vain
  client.tracking.store(0, std::memory_order_relaxed);                 // a statistic
  client.redirected_to.store(0, std::memory_order_relaxed);            // a statistic
  followers_.erase(found);
  if (followers_.empty()) attention_.Clear(Attention::kTracked);
}

void Tracking::Remember(uint64_t client, std::span<const Key> keys, size_t most) {
  for (const Key& key : keys) {
    const size_t shard = keyspace_.ShardOf(key.hash);
    const Size before = SizeOf(*tables_[shard]);
    tables_[shard]->Add(key, client);
    Account(shard, before);
    Shrink(shard, most);
  }
}

bool Tracking::Remembers(uint64_t client, const Key& key) const {
  return tables_[keyspace_.ShardOf(key.hash)]->Has(key, client);
}

void Tracking::Tell(uint64_t client, std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto found = followers_.find(client);
  if (found != followers_.end()) Tell(found->second, Invalidation::Kind::kKey, key);
}

void Tracking::Changed(std::string_view key) {
  const uint64_t hash = HashKey(key);
  const size_t shard = keyspace_.ShardOf(hash);
  const Size before = SizeOf(*tables_[shard]);
  const TrackedKeys::Clients readers = tables_[shard]->Take({key, hash});
  const bool has_prefixes = has_prefixes_.load(std::memory_order_relaxed);  // see Begin(), End()
  if (readers.empty() && !has_prefixes) return;
  Account(shard, before);
  const std::lock_guard lock(mutex_);
  TellReaders(readers, key);
  if (has_prefixes) TellOfPrefixes(key);
}

void Tracking::ChangedAll() {
  for (size_t i = 0; i < tables_.size(); ++i) {
    if (tables_[i] == nullptr) return;
    const Size before = SizeOf(*tables_[i]);
    tables_[i]->Clear();
    Account(i, before);
  }
  const std::lock_guard lock(mutex_);
  for (const auto& [id, follower] : followers_)
    Tell(follower, Invalidation::Kind::kEverything, {});
}

void Tracking::TellReaders(std::span<const uint64_t> clients, std::string_view key) {
  for (const uint64_t id : clients) {
    const auto found = followers_.find(id);
    // It has gone, or wants to be told in another way by now.
    if (found == followers_.end() || found->second.broadcast) continue;
    if (found->second.no_loop && id == acting_client) continue;
    Tell(found->second, Invalidation::Kind::kKey, key);
  }
}

void Tracking::TellOfPrefixes(std::string_view key) {
  for (const auto& [prefix, clients] : prefixes_) {
    if (!key.starts_with(prefix)) continue;
    for (const uint64_t id : clients) {
      const Follower& follower = followers_.at(id);
      if (follower.no_loop && id == acting_client) continue;
      Tell(follower, Invalidation::Kind::kBroadcast, key);
    }
  }
}

void Tracking::Tell(const Follower& follower, Invalidation::Kind kind, std::string_view key) {
  const bool redirected = follower.redirection != nullptr;
  std::shared_ptr<Client> told = redirected ? follower.redirection : follower.client;
  Invalidation invalidation{kind, std::string(key)};
  // Relaxed: whether it is about to go or has just gone makes no difference.
  if (redirected && told->gone.load(std::memory_order_relaxed)) {
    invalidation = {Invalidation::Kind::kRedirectionBroken, "", told->id};
    told = follower.client;
    told->tracking.fetch_or(Client::kTracksBroken, std::memory_order_relaxed);  // a statistic
  }
  ClientThread* const thread = told->thread;
  if (!told->invalidations.Add(std::move(invalidation)) || thread == nullptr) return;
  thread->SendInvalidations(std::move(told));
}

bool Tracking::Maintain(size_t shard) {
  if (tables_[shard] == nullptr) return false;
  TrackedKeys& table = *tables_[shard];
  bool left = table.Drain(kMostForgotten);
  if (any()) {
    // The limit may have been lowered.
    const auto most = static_cast<size_t>(settings_.Current()->tracking_table_max_keys);
    for (size_t i = 0; i < kMostForgotten; ++i)
      if (!Shrink(shard, most)) return left;
    return true;
  }
  // Nobody is left to be told.
  keyspace_.shard(shard).Observe(nullptr);
  const Size before = SizeOf(table);
  table.Clear();
  Account(shard, before);
  left = table.Drain(kMostForgotten);
  if (!left) tables_[shard].reset();
  return left;
}

Tracking::Size Tracking::SizeOf(const TrackedKeys& table) {
  return {table.keys(), table.items(), table.bytes()};
}

void Tracking::Account(size_t shard, const Size& before) {
  const Size now = SizeOf(*tables_[shard]);
  keys_.fetch_add(now.keys - before.keys, std::memory_order_relaxed);     // a sum
  items_.fetch_add(now.items - before.items, std::memory_order_relaxed);  // a sum
  keyspace_.shard(shard).counters().index_bytes += now.bytes - before.bytes;
}

// Forgets a key if there are too many of them, which those who have read it are told of; false if
// there was nothing to do.
bool Tracking::Shrink(size_t shard, size_t most) {
  // A statistic: the limit is exceeded by a few keys at worst, until the next look.
  if (most == 0 || keys_.load(std::memory_order_relaxed) <= most) return false;
  const Size before = SizeOf(*tables_[shard]);
  const auto taken = tables_[shard]->TakeAny();
  if (!taken) return false;
  Account(shard, before);
  const std::lock_guard lock(mutex_);
  TellReaders(taken->second, taken->first);
  return true;
}

Tracking::Figures Tracking::figures() const {
  const std::lock_guard lock(mutex_);
  return {followers_.size(), keys_.load(std::memory_order_relaxed),  // statistics
          items_.load(std::memory_order_relaxed), prefixes_.size()};
}

}  // namespace larder
