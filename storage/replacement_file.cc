// Writes, syncs and renames.
#include "storage/replacement_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>

namespace larder {
namespace {

// After so many bytes the disk begins to write what there is.
constexpr off_t kWritebackStep = 4 * 1024 * 1024;

std::string Resolve(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr),
                                                             &std::free);
  return resolved ? resolved.get() : path;
}

}  // namespace

std::string FileError::Text() const {
  return what + ": " + std::generic_category().message(code);
}

ReplacementFile::ReplacementFile(const std::string& path, std::string_view temporary_name,
                                 mode_t mode)
    : path_(Resolve(path)) {
  const size_t slash = path_.rfind('/');
  directory_ = slash == std::string::npos ? "./" : path_.substr(0, slash + 1);
  temporary_ = directory_ + std::string(temporary_name);
  struct stat existing;
  const bool replaces = ::stat(path_.c_str(), &existing) == 0;
  ::unlink(temporary_.c_str());
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                       replaces ? S_IRUSR | S_IWUSR : mode);
  if (descriptor_ < 0) {
    Fail("create", temporary_);
  } else if (replaces && ::fchmod(descriptor_, existing.st_mode & 07777) != 0) {
    Fail("set the permissions of", temporary_);
  }
}

ReplacementFile::~ReplacementFile() {
  if (descriptor_ < 0) return;
  ::unlink(temporary_.c_str());
  Close();
}

void ReplacementFile::Close() {
  ::close(descriptor_);
  descriptor_ = -1;
}

void ReplacementFile::Fail(std::string_view action, const std::string& path) {
  error_ = FileError{"cannot " + std::string(action) + ' ' + path, errno};
}

void ReplacementFile::Write(std::string_view bytes) {
  if (error_) return;
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return Fail("write", temporary_);
    }
    bytes.remove_prefix(static_cast<size_t>(written));
    written_ += written;
  }
  if (written_ - writeback_from_ >= kWritebackStep) {
    // A hint only: errors of the disk come with fsync().
    ::sync_file_range(descriptor_, writeback_from_, written_ - writeback_from_,
                      SYNC_FILE_RANGE_WRITE);
    writeback_from_ = written_;
  }
}

std::optional<FileError> ReplacementFile::Commit() {
  if (!error_ && ::fsync(descriptor_) != 0) Fail("sync", temporary_);
  if (!error_ && ::rename(temporary_.c_str(), path_.c_str()) != 0) {
    Fail("rename " + temporary_ + " to", path_);
  }
  if (error_) return error_;
  Close();
  // From here on the new file is in its place, but a crash of the system may still bring the old
  // one back.
  if (!SyncDirectory()) Fail("sync", directory_);
  return error_;
}

bool ReplacementFile::SyncDirectory() {
  const int directory = ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return false;
  const bool synced = ::fsync(directory) == 0;
  const int reason = errno;
  ::close(directory);
  errno = reason;
  return synced;
}

}  // namespace larder
