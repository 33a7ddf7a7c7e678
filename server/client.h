// What the server knows of a client, beyond its socket: for CLIENT LIST, INFO and the session
// itself.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "protocol/reply_writer.h"
#include "server/invalidations.h"
#include "storage/watch_table.h"

namespace larder {

class ClientThread;
class Connection;

// What a client is or has asked for.
enum ClientFlag : uint32_t {
  kClientMonitors = 1u << 0,
  kClientHeld = 1u << 1,  // a request of it waits for the end of a pause
  kClientClosing = 1u << 2,
  kClientNoEvict = 1u << 3,
  kClientNoTouch = 1u << 4,
};

// Thread safety: the owner is the client's I/O thread. It alone writes; other threads may read the
// atomic fields at any time, and the strings through Describe-like copies under `mutex`.
struct Client {
  Client(uint64_t client_id, std::string peer_address, std::string local_address, int socket,
         int64_t now_us, ClientThread* client_thread = nullptr)
      : id(client_id),
        peer(std::move(peer_address)),
        local(std::move(local_address)),
        fd(socket),
        created_us(now_us),
        thread(client_thread),
        last_used_us(now_us) {}

  bool has(ClientFlag flag) const {
    return (flags.load(std::memory_order_relaxed) & flag) != 0;  // orders nothing
  }
  // For the owner.
  void Set(ClientFlag flag, bool on) {
    const uint32_t before = flags.load(std::memory_order_relaxed);  // only the owner writes
    flags.store(on ? before | flag : before & ~flag, std::memory_order_relaxed);  // as above
  }

  // Constant after construction.
  const uint64_t id;
  const std::string peer;  // "ip:port" or "path:0"
  const std::string local;
  const int fd;
  const int64_t created_us;    // monotonic
  ClientThread* const thread;  // null in tests

  // Owned by the I/O thread; null before and after the connection.
  Connection* connection = nullptr;

  // Atomic: written by the owner, read by any thread for listings only.
  std::atomic<int64_t> last_used_us;
  std::atomic<uint32_t> db{0};
  std::atomic<int32_t> queued{-1};             // commands queued by MULTI, -1 outside
  std::atomic<uint16_t> last_command{0xffff};  // CommandIndex(), 0xffff for none
  std::atomic<uint8_t> resp{2};
  std::atomic<bool> authenticated{false};
  // ClientFlag, for listings and for those who choose clients to be dropped.
  std::atomic<uint32_t> flags{0};
  std::atomic<uint64_t> input_bytes{0};     // unread input held
  std::atomic<uint64_t> argument_bytes{0};  // received of large arguments, apart from that
  std::atomic<uint64_t> input_room{0};      // room left in the input buffer
  std::atomic<uint64_t> output_bytes{0};    // replies waiting to be sent
  std::atomic<uint64_t> output_memory{0};
  std::atomic<uint64_t> queued_memory{0};    // of commands queued by MULTI, and of watched keys
  std::atomic<uint64_t> argument_memory{0};  // of the request under way, beside its input

  std::atomic<uint32_t> watched_keys{0};

  // Atomic: written by Tracking, read by any thread for listings only.
  enum TrackingFlag : uint32_t {
    kTracks = 1u << 0,
    kTracksBroadcast = 1u << 1,
    kTracksBroken = 1u << 2,  // who was told instead of it has gone
  };
  std::atomic<uint32_t> tracking{0};
  std::atomic<uint64_t> redirected_to{0};  // who is told instead; 0: nobody
  Invalidations invalidations;             // that it has still to be told

  // Atomic: set when it is no longer among the clients.
  std::atomic<bool> gone{false};
  // Atomic: set by any thread that wants the client to go; the owner closes it.
  std::atomic<bool> killed{false};
  // Atomic: marked by the thread that changes a watched key.
  Watcher watcher;

  // Guarded by `mutex`.
  mutable std::mutex mutex;
  std::string name;
  std::string library_name;
  std::string library_version;
};

}  // namespace larder
