// Reads a file, or replaces it, as a whole.
#include "server/whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

namespace larder {
namespace {

// Owns a file descriptor.
//
// Thread safety: none.
class OpenFile {
 public:
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    const int reason = errno;  // of whatever failed before
    if (descriptor_ >= 0) close(descriptor_);
    errno = reason;
  }

  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

bool WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

// A renamed file is safe from a crash only once its directory is on the disk.
bool SyncDirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const OpenFile opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened.is_open() && fsync(opened.descriptor()) == 0;
}

bool WriteBeside(const std::string& path, std::string_view text, std::string& beside) {
  const OpenFile file(mkostemp(beside.data(), O_CLOEXEC));
  if (!file.is_open()) return false;
  struct stat existing;
  const bool keep_mode = stat(path.c_str(), &existing) == 0;
  return WriteAll(file.descriptor(), text) && fsync(file.descriptor()) == 0 &&
         (!keep_mode || fchmod(file.descriptor(), existing.st_mode & 07777) == 0);
}

// Where a symbolic link leads, so that the file is replaced and not the link.
std::string Resolve(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(realpath(path.c_str(), nullptr),
                                                             &std::free);
  return resolved ? resolved.get() : path;
}

}  // namespace

std::optional<std::string> ReadWholeFile(const std::string& path) {
  const OpenFile file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return std::nullopt;
  std::string text;
  char block[16 * 1024];
  while (true) {
    const ssize_t size = read(file.descriptor(), block, sizeof(block));
    if (size == 0) return text;
    if (size < 0 && errno != EINTR) return std::nullopt;
    if (size > 0) text.append(block, static_cast<size_t>(size));
  }
}

bool ReplaceFile(const std::string& path, std::string_view text) {
  const std::string target = Resolve(path);
  std::string beside = target + ".XXXXXX";
  if (!WriteBeside(target, text, beside) || rename(beside.c_str(), target.c_str()) != 0) {
    const int reason = errno;
    unlink(beside.c_str());
    errno = reason;
    return false;
  }
  return SyncDirectoryOf(target);
}

}  // namespace larder
