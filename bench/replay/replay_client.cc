// Windows of GETs and SETs on the wire, and their replies.
#include "bench/replay/replay_client.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <utility>

namespace larder::bench {
namespace {

constexpr size_t kReadBytes = 64 * 1024;

void AppendBulk(std::string& out, std::string_view text) {
  out += '$';
  out += std::to_string(text.size());
  out += "\r\n";
  out += text;
  out += "\r\n";
}

void Note(ReplayResult& result, std::string_view problem) {
  if (result.first_problem.empty()) result.first_problem = problem;
}

}  // namespace

ReplayClient::ReplayClient(Socket socket, const ReplayPlan& plan, const ValueSource& values)
    : socket_(std::move(socket)), plan_(plan), values_(values) {}

bool ReplayClient::Run(const Trace& trace, ReplayResult& result, std::string& error) {
  const auto start = std::chrono::steady_clock::now();
  std::span<const TraceRequest> rest(trace);
  bool good = true;
  while (good && (!rest.empty() || !missed_.empty())) {
    const std::span<const TraceRequest> window = NextWindow(rest);
    rest = rest.subspan(window.size());
    for (const TraceRequest& request : missed_)
      AppendSet(request);
    for (const TraceRequest& request : window)
      AppendGet(request);
    good = Send();
    for (size_t i = 0; good && i < missed_.size(); ++i)
      good = ReadSetReply(result);
    missed_.clear();
    for (size_t i = 0; good && i < window.size(); ++i)
      good = ReadGetReply(window[i], result);
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!good) error = problem_;
  return good;
}

std::span<const TraceRequest> ReplayClient::NextWindow(std::span<const TraceRequest> rest) {
  ids_of_window_.clear();
  size_t size = 0;
  while (size < rest.size() && size < plan_.pipeline && ids_of_window_.insert(rest[size].id).second)
    ++size;
  return rest.first(size);
}

void ReplayClient::AppendGet(const TraceRequest& request) {
  output_ += "*2\r\n$3\r\nGET\r\n";
  AppendBulk(output_, KeyOf(request));
}

void ReplayClient::AppendSet(const TraceRequest& request) {
  output_ += "*3\r\n$3\r\nSET\r\n";
  AppendBulk(output_, KeyOf(request));
  AppendBulk(output_, {values_.BytesOf(request.id), SizeOf(request)});
}

bool ReplayClient::Send() {
  for (size_t sent = 0; sent < output_.size();) {
    const ssize_t count =
        send(socket_.fd(), output_.data() + sent, output_.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      problem_ = std::string("the connection was lost: ") + std::strerror(errno);
      return false;
    }
    sent += static_cast<size_t>(count);
  }
  output_.clear();
  return true;
}

bool ReplayClient::ReadSetReply(ReplayResult& result) {
  std::string_view line;
  if (!ReadLine(line)) return false;
  if (line.starts_with('+')) return true;
  if (line.starts_with('-')) {
    ++result.refused;
    Note(result, line.substr(1));
    return true;
  }
  problem_ = "SET was answered by '" + std::string(line) + "'";
  return false;
}

bool ReplayClient::ReadGetReply(const TraceRequest& request, ReplayResult& result) {
  std::string_view line;
  if (!ReadLine(line)) return false;
  ++result.requests;
  result.bytes += SizeOf(request);
  if (line == "$-1" || line == "_") {
    ++result.misses;
    result.missed_bytes += SizeOf(request);
    missed_.push_back(request);
    return true;
  }
  size_t size = 0;
  const auto [end, failed] = std::from_chars(line.data() + 1, line.data() + line.size(), size);
  if (!line.starts_with('$') || failed != std::errc() || end != line.data() + line.size()) {
    problem_ = "GET was answered by '" + std::string(line) + "'";
    return false;
  }
  std::string_view value;
  if (!ReadBytes(size + 2, value)) return false;
  value.remove_suffix(2);
  const size_t compared = std::min<size_t>(size, SizeOf(request));
  if (value.substr(0, compared) != std::string_view(values_.BytesOf(request.id), compared)) {
    ++result.wrong;
    Note(result, "the value of " + KeyOf(request) + " is not the one that was set");
  }
  return true;
}

bool ReplayClient::ReadLine(std::string_view& line) {
  size_t end;
  while ((end = input_.find("\r\n", consumed_)) == std::string::npos) {
    if (!Fill()) return false;
  }
  line = std::string_view(input_).substr(consumed_, end - consumed_);
  consumed_ = end + 2;
  return true;
}

bool ReplayClient::ReadBytes(size_t size, std::string_view& bytes) {
  while (input_.size() - consumed_ < size) {
    if (!Fill()) return false;
  }
  bytes = std::string_view(input_).substr(consumed_, size);
  consumed_ += size;
  return true;
}

// Reads more; ends the views into the input.
bool ReplayClient::Fill() {
  input_.erase(0, consumed_);
  consumed_ = 0;
  const size_t before = input_.size();
  input_.resize(before + kReadBytes);
  ssize_t count;
  do {
    count = recv(socket_.fd(), input_.data() + before, kReadBytes, 0);
  } while (count < 0 && errno == EINTR);
  input_.resize(before + static_cast<size_t>(std::max<ssize_t>(count, 0)));
  if (count > 0) return true;
  problem_ = std::string("the connection was lost: ") +
             (count == 0 ? "the server closed it" : std::strerror(errno));
  return false;
}

}  // namespace larder::bench
