// Reading traces from files, from standard input and through gzip.
#include "bench/trace_file.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unordered_map>

namespace larder::bench {
namespace {

// Owns an open file and, where it is the output of gzip, the process that writes it.
// Thread safety: none.
class TraceInput {
 public:
  TraceInput() = default;
  TraceInput(const TraceInput&) = delete;
  TraceInput& operator=(const TraceInput&) = delete;
  ~TraceInput() {
    if (file_ != nullptr && file_ != stdin) std::fclose(file_);
    if (child_ > 0) waitpid(child_, nullptr, 0);
    std::free(line_);
  }

  bool Open(const std::string& path) {
    if (path == "-") {
      file_ = stdin;
    } else {
      file_ = std::fopen(path.c_str(), "re");
      if (file_ != nullptr && path.ends_with(".gz")) return Unpack();
    }
    return file_ != nullptr;
  }

  // The next line with its end, or false. The view ends with the next call.
  bool NextLine(std::string_view& line) {
    const ssize_t size = getline(&line_, &room_, file_);
    if (size < 0) return false;
    line = {line_, static_cast<size_t>(size)};
    return true;
  }

  // Whether all of it could be read; asked after the last line.
  bool Finish() {
    if (std::ferror(file_) != 0) return false;
    if (child_ <= 0) return true;
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  // Puts gzip between the file and the reader.
  bool Unpack() {
    int ends[2];
    if (pipe(ends) != 0) return false;
    child_ = fork();
    if (child_ == 0) {
      dup2(fileno(file_), STDIN_FILENO);
      dup2(ends[1], STDOUT_FILENO);
      close(ends[0]);
      close(ends[1]);
      execlp("gzip", "gzip", "-dc", static_cast<char*>(nullptr));
      _exit(127);
    }
    close(ends[1]);
    std::fclose(file_);
    file_ = fdopen(ends[0], "r");
    return child_ > 0 && file_ != nullptr;
  }

  FILE* file_ = nullptr;
  pid_t child_ = -1;
  char* line_ = nullptr;  // getline()'s
  size_t room_ = 0;
};

template <class Number>
bool TakeNumber(std::string_view& text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

std::string_view WithoutEnd(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' '))
    line.remove_suffix(1);
  return line;
}

}  // namespace

std::optional<TraceRequest> ParseTraceLine(std::string_view line) {
  TraceRequest request{0, 0};
  if (!TakeNumber(line, request.id)) return std::nullopt;
  if (line.empty()) return request;
  if (line.front() != ',') return std::nullopt;
  line.remove_prefix(1);
  if (!TakeNumber(line, request.size) || !line.empty()) return std::nullopt;
  return request;
}

std::optional<Trace> ReadTrace(const std::string& path, std::string& error) {
  TraceInput input;
  if (!input.Open(path)) {
    error = "cannot read " + path + ": " + std::strerror(errno);
    return std::nullopt;
  }
  Trace trace;
  std::string_view line;
  for (uint64_t number = 1; input.NextLine(line); ++number) {
    line = WithoutEnd(line);
    if (line.empty() || line.front() == '#') continue;
    const std::optional<TraceRequest> request = ParseTraceLine(line);
    if (!request) {
      error = path + ", line " + std::to_string(number) + ": '" + std::string(line) +
              "' is neither an id nor id,size";
      return std::nullopt;
    }
    trace.push_back(*request);
  }
  if (!input.Finish()) {
    error = "cannot read all of " + path;
    return std::nullopt;
  }
  return trace;
}

TraceExtent ExtentOf(const Trace& trace, uint32_t default_size) {
  std::unordered_map<uint64_t, uint32_t> sizes;
  for (const TraceRequest& request : trace)
    sizes[request.id] = request.size != 0 ? request.size : default_size;
  TraceExtent extent{sizes.size(), 0};
  for (const auto& [id, size] : sizes)
    extent.bytes += size;
  return extent;
}

}  // namespace larder::bench
