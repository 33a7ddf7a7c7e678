// Start-up and shutdown.
#include "server/server.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <asio/post.hpp>
#include <csignal>
#include <fstream>
#include <utility>

#include "server/log.h"
#include "server/usable_cpus.h"
#include "server/version.h"

namespace larder {

namespace {

// Descriptors that the server needs beside those of its clients.
constexpr rlim_t kReservedDescriptors = 64;

// Raises the limit on descriptors so far as `clients` need it. Returns how many clients there can
// be.
int64_t MakeRoomForClients(int64_t clients) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return clients;
  const rlim_t wanted = static_cast<rlim_t>(clients) + kReservedDescriptors;
  if (limit.rlim_cur >= wanted) return clients;
  rlimit raised{wanted, std::max(wanted, limit.rlim_max)};
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return clients;
  // Without the privilege to raise the hard limit, it is what there is.
  raised = {std::min(wanted, limit.rlim_max), limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) raised = limit;
  return std::min<int64_t>(clients, static_cast<int64_t>(raised.rlim_cur - kReservedDescriptors));
}

void WritePidFile(const std::string& path) {
  std::ofstream file(path);
  file << ::getpid() << '\n';
  file.flush();
  if (!file) throw StartUpError("pidfile: cannot write '" + path + "'");
}

// Fewer clients than the settings want, where the system does not give descriptors for more.
// With the facts of this machine.
Settings WithUsableMemory(Settings settings) {
  settings.usable_memory = UsableMemory();
  return settings;
}

Settings WithPossibleClients(Settings settings) {
  const int64_t possible = MakeRoomForClients(settings.maxclients);
  if (possible < settings.maxclients) {
    spdlog::warn(
        "maxclients lowered from {} to {}: the limit on open files (ulimit -n) allows no more.",
        settings.maxclients, possible);
    settings.maxclients = std::max<int64_t>(possible, 1);
  }
  return settings;
}

}  // namespace

Server::Server(StartUpOptions options)
    : settings_(WithUsableMemory(WithPossibleClients(std::move(options.settings))),
                std::move(options.config_file)),
      state_(settings_, clock_),
      signals_(io_, SIGINT, SIGTERM),
      listener_(io_, state_,
                [this](int socket, std::string peer, std::string local) {
                  HandOver(socket, std::move(peer), std::move(local));
                }),
      load_(state_, ResolveThreads(*settings_.Current(), UsableCpus())) {
  const size_t threads = ResolveThreads(*settings_.Current(), UsableCpus());
  state_.io_threads = static_cast<int>(threads);
  state_.request_shutdown = [this](ShutdownRequest request) {
    RequestShutdown(std::move(request));
  };
  const auto wake_waiting = [this] {
    for (const auto& thread : threads_)
      thread->WakeWaiting();
  };
  state_.saver.on_finished = wake_waiting;
  state_.reloader.on_finished = wake_waiting;
  WatchSettings();
  state_.memory.set_client_threads(threads);
  state_.memory.Apply(*settings_.Current());
  for (size_t i = 0; i < threads; ++i) {
    threads_.push_back(std::make_unique<IoThread>(state_, i, threads));
    state_.threads.push_back(threads_.back().get());
  }
}

Server::~Server() = default;

void Server::WatchSettings() {
  settings_.OnChange("loglevel", [](const Settings& settings) -> std::optional<std::string> {
    SetLogLevel(settings.loglevel);
    return std::nullopt;
  });
  settings_.OnChange("port", [this](const Settings& settings) -> std::optional<std::string> {
    if (listener_.Reopen(settings)) return std::nullopt;
    return "Unable to listen on this port. Check server logs.";
  });
  settings_.OnChange("bind", [this](const Settings& settings) -> std::optional<std::string> {
    if (listener_.Reopen(settings)) return std::nullopt;
    return "Failed to bind to specified addresses.";
  });
  settings_.OnChange("maxclients", [](const Settings& settings) -> std::optional<std::string> {
    if (MakeRoomForClients(settings.maxclients) >= settings.maxclients) return std::nullopt;
    return "The operating system is not able to handle the specified number of clients";
  });
}

void Server::Run() {
  std::signal(SIGPIPE, SIG_IGN);
  const std::shared_ptr<const Settings> settings = settings_.Current();
  listener_.Open();
  if (!settings->pidfile.empty()) WritePidFile(settings->pidfile);
  AwaitSignal();
  const bool loads = load_.Prepare();  // before the first client is heard
  for (const auto& thread : threads_)
    thread->Start();
  spdlog::info("Larder {} serves with {} threads and {} shards.", kLarderVersion, threads_.size(),
               state_.keyspace.shard_count());
  if (!settings->unixsocket.empty()) spdlog::info("Listening on {}.", settings->unixsocket);
  loads ? Load() : spdlog::info("Ready to accept connections");
  io_.run();
  load_.Stop();
  for (const auto& thread : threads_)
    thread->Join();
  state_.saver.Stop();
  state_.reloader.Stop();
  if (!settings->pidfile.empty()) ::unlink(settings->pidfile.c_str());
  spdlog::info("Larder has shut down.");
  FlushLog();
  if (failure_) throw StartUpError(*failure_);
}

void Server::Load() {
  load_.Begin([this](std::optional<std::string> error) {
    asio::post(io_, [this, error = std::move(error)]() mutable {
      if (!error) return spdlog::info("Ready to accept connections");
      failure_ = std::move(error);
      Stop();
    });
  });
}

void Server::AwaitSignal() {
  signals_.async_wait([this](const asio::error_code& error, int signal) {
    if (error) return;
    spdlog::info("Received {}: shutting down.", signal == SIGINT ? "SIGINT" : "SIGTERM");
    ShutDown({});
  });
}

void Server::HandOver(int socket, std::string peer, std::string local) {
  IoThread& least = **std::min_element(
      threads_.begin(), threads_.end(),
      [](const auto& a, const auto& b) { return a->connection_count() < b->connection_count(); });
  least.Adopt(socket, std::move(peer), std::move(local));
}

void Server::RequestShutdown(ShutdownRequest request) {
  asio::post(io_, [this, request = std::move(request)] {
    spdlog::info("A client asked for a shutdown.");
    ShutDown(request);
  });
}

void Server::ShutDown(const ShutdownRequest& request) {
  // What is there in the middle of a load must not take the place of the file.
  if (!state_.reloader.KeepData() || !request.Saves(*settings_.Current())) return Stop();
  // Nothing that a client is told to be done after the beginning of the save may be lost, so
  // nothing is done any more.
  const auto parking = std::make_shared<Parking>();
  for (const auto& thread : threads_)
    thread->Park(parking);
  parking->AwaitThreads(threads_.size());
  const std::string error = state_.saver.SaveAndWait(Saver::InProgress::kGivenUp);
  if (error.empty() || request.force) {
    StopListening();
    return parking->Finish(Parking::End::kStop);
  }
  parking->Finish(Parking::End::kGoOn);
  Refuse(request);
}

void Server::Refuse(const ShutdownRequest& request) {
  spdlog::error("The data could not be saved, so the server goes on.");
  if (request.refused == nullptr) return AwaitSignal();
  request.refused->done.store(true, std::memory_order_release);  // pairs with SaveOutcomeTask
  for (const auto& thread : threads_)
    thread->WakeWaiting();
}

void Server::Stop() {
  StopListening();
  for (const auto& thread : threads_)
    thread->BeginShutdown();
}

void Server::StopListening() {
  listener_.Close();
  signals_.cancel();
  io_.stop();
}

}  // namespace larder
