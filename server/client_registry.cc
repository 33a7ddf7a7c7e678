// Keeps the connected clients by their ids.
#include "server/client_registry.h"

#include <utility>
#include <vector>

namespace larder {

std::shared_ptr<Client> ClientRegistry::Add(std::string peer, std::string local, int fd,
                                            int64_t now_us, ClientThread* thread) {
  std::lock_guard lock(mutex_);
  const uint64_t id = next_id_++;
  auto client = std::make_shared<Client>(id, std::move(peer), std::move(local), fd, now_us, thread);
  clients_.emplace_hint(clients_.end(), id, client);
  size_.store(clients_.size(), std::memory_order_relaxed);  // a statistic, orders nothing
  return client;
}

void ClientRegistry::Remove(uint64_t id) {
  std::lock_guard lock(mutex_);
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  found->second->gone.store(true, std::memory_order_relaxed);  // orders nothing
  clients_.erase(found);
  size_.store(clients_.size(), std::memory_order_relaxed);  // a statistic, orders nothing
}

std::shared_ptr<Client> ClientRegistry::Find(uint64_t id) const {
  std::lock_guard lock(mutex_);
  const auto found = clients_.find(id);
  return found == clients_.end() ? nullptr : found->second;
}

void ClientRegistry::ForEach(const std::function<void(Client&)>& visit) const {
  // The visitor works on a copy: describing ten thousand clients must not keep others from
  // connecting.
  std::vector<std::shared_ptr<Client>> clients;
  {
    std::lock_guard lock(mutex_);
    clients.reserve(clients_.size());
    for (const auto& [id, client] : clients_)
      clients.push_back(client);
  }
  for (const std::shared_ptr<Client>& client : clients)
    visit(*client);
}

}  // namespace larder
