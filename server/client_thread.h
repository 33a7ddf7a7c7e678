// An I/O thread as those see it who have to do with clients of other threads.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace larder {

struct Client;

// Everything here is asked for by any thread, and done soon by the thread itself.
//
// Thread safety: any thread.
class ClientThread {
 public:
  virtual ~ClientThread() = default;

  // Closes those of its clients that are marked as killed.
  virtual void CloseKilledClients() = 0;
  // Lets its clients go on whose requests were held by a pause that is over.
  virtual void ResumeHeldClients() = 0;
  // Sends lines to those of its clients that watch all commands.
  virtual void ShowToMonitors(std::shared_ptr<const std::string> lines) = 0;
  // Tells the client, which is one of its own, what has gathered for it.
  virtual void SendInvalidations(std::shared_ptr<Client> client) = 0;
  // Calls back from the thread itself, while no request is being carried out.
  virtual void CallBetweenRequests(std::function<void()> call) = 0;
};

}  // namespace larder
