// Reads a file, or replaces it, as a whole.
#include "server/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "storage/replacement_file.h"

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
  const std::string name = path.substr(path.rfind('/') + 1);
  constexpr mode_t kOwnerAlone = 0600;
  ReplacementFile file(path, name + '.' + std::to_string(getpid()), kOwnerAlone);
  file.Write(text);
  const std::optional<FileError> error = file.Commit();
  if (error) errno = error->code;
  return !error;
}

}  // namespace larder
