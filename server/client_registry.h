// All connected clients, by id.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "server/client.h"

namespace larder {

// Thread safety: any thread.
class ClientRegistry {
 public:
  // Makes a client with the next id.
  std::shared_ptr<Client> Add(std::string peer, std::string local, int fd, int64_t now_us,
                              ClientThread* thread = nullptr);
  void Remove(uint64_t id);

  std::shared_ptr<Client> Find(uint64_t id) const;
  // Calls `visit` for each client, in the order of their ids.
  void ForEach(const std::function<void(Client&)>& visit) const;
  size_t size() const {
    return size_.load(std::memory_order_relaxed);
  }  // a statistic, orders nothing

 private:
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::map<uint64_t, std::shared_ptr<Client>> clients_;
  uint64_t next_id_ = 1;
  // Atomic: written under mutex_, read by any thread.
  std::atomic<size_t> size_{0};
};

}  // namespace larder
