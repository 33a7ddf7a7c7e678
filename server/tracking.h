// Tells clients which of the keys that they keep copies of have changed: CLIENT TRACKING.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/attention.h"
#include "server/client.h"
#include "server/settings_store.h"
#include "server/tracked_keys.h"
#include "storage/key_observer.h"
#include "storage/keyspace.h"

namespace larder {

// How a client wants to be told.
struct TrackingMode {
  bool broadcast = false;  // of all keys with its prefixes, rather than of those that it has read
  bool opt_in = false;     // only what it reads after CLIENT CACHING YES
  bool opt_out = false;    // all that it reads but for after CLIENT CACHING NO
  bool no_loop = false;    // nothing that it has changed itself
  std::set<std::string, std::less<>> prefixes;
  std::shared_ptr<Client> redirection;  // who is told instead; null: nobody
  bool caching_given = false;           // CLIENT CACHING came just before

  // Whether what is read now is to be remembered.
  bool remembers() const {
    return !broadcast && !(opt_in && !caching_given) && !(opt_out && caching_given);
  }
};

// Owns the invalidation tables of all shards, which are not those of any database: a key's name
// stands for it in all of them.
//
// Thread safety: any thread, where a member does not require locks.
class Tracking : public KeyObserver {
 public:
  // While it lives, changes that the calling thread makes are those of this client.
  class Acting {
   public:
    explicit Acting(uint64_t client);
    Acting(const Acting&) = delete;
    Acting& operator=(const Acting&) = delete;
    ~Acting();

   private:
    const uint64_t before_;
  };

  // Requires: all three outlive it.
  Tracking(Attention& attention, Keyspace& keyspace, const SettingsStore& settings);

  // Begins to tell the client, or goes on in another way. Requires: the locks of all shards.
  void Begin(std::shared_ptr<Client> client, const TrackingMode& mode);
  void End(Client& client);
  // Whether anybody is to be told of anything.
  bool any() const { return attention_.has(Attention::kTracked); }

  // The client has read these keys. If the tables have more than `most`, others are forgotten; 0:
  // they may have any number. Requires: the locks of their shards.
  void Remember(uint64_t client, std::span<const Key> keys, size_t most);
  // Whether the client is going to be told of the key. Requires: the lock of its shard.
  bool Remembers(uint64_t client, const Key& key) const;
  // Tells a client of a key that may have changed before it had its value.
  void Tell(uint64_t client, std::string_view key);
  // Requires: the lock of the key's shard, as all of KeyObserver.
  void Changed(std::string_view key) override;
  // All keys of a database have changed. Requires: the locks of all shards.
  void ChangedAll();

  // Some upkeep of a shard's table; whether work is left. Requires: the lock of the shard.
  bool Maintain(size_t shard);

  struct Figures {
    size_t clients = 0;
    size_t keys = 0;
    size_t items = 0;
    size_t prefixes = 0;
  };
  Figures figures() const;

 private:
  // A client that is to be told.
  struct Follower {
    std::shared_ptr<Client> client;
    std::shared_ptr<Client> redirection;
    bool broadcast = false;
    bool no_loop = false;
    std::set<std::string, std::less<>> prefixes;
  };

  // These require mutex_.
  void Tell(const Follower& follower, Invalidation::Kind kind, std::string_view key);
  void TellReaders(std::span<const uint64_t> clients, std::string_view key);
  void TellOfPrefixes(std::string_view key);

  // Brings the sums up to date with a table that was `before` and has changed.
  struct Size {
    size_t keys;
    size_t items;
    size_t bytes;
  };
  static Size SizeOf(const TrackedKeys& table);
  void Account(size_t shard, const Size& before);
  bool Shrink(size_t shard, size_t most);

  // Constant after construction.
  Attention& attention_;
  Keyspace& keyspace_;
  const SettingsStore& settings_;

  // Each guarded by the lock of its shard; null while nobody tracks.
  std::vector<std::unique_ptr<TrackedKeys>> tables_;

  mutable std::mutex mutex_;  // taken behind the locks of shards
  // Guarded by mutex_.
  std::map<uint64_t, Follower> followers_;
  std::map<std::string, std::set<uint64_t>, std::less<>> prefixes_;  // of followers

  // Atomic: sums over the tables, and whether there is a prefix.
  std::atomic<size_t> keys_{0};
  std::atomic<size_t> items_{0};
  std::atomic<bool> has_prefixes_{false};
};

}  // namespace larder
