// A file that takes another's place once it is complete: a crash, a full disk or a kill at any
// moment leaves the old one whole.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "storage/byte_sink.h"

namespace larder {

// What could not be done, and why.
struct FileError {
  std::string what;  // "cannot write /data/temp-7.rdb"
  int code = 0;      // errno

  // "cannot write /data/temp-7.rdb: No space left on device"
  std::string Text() const;
};

// Owns a temporary file in the directory of the file to replace. It is written to the disk as it
// grows, so that little is left to wait for at the end, and it is removed if it does not get there.
//
// Thread safety: none.
class ReplacementFile : public ByteSink {
 public:
  // Opens the temporary file, of that name, for what is to become `path`. Where `path` is a
  // symbolic link, what it leads to is replaced. The new file has the old one's permissions, or
  // `mode` where there is none. A temporary file that was left there is removed.
  ReplacementFile(const std::string& path, std::string_view temporary_name,
                  mode_t mode = kReadableByAll);
  ReplacementFile(const ReplacementFile&) = delete;
  ReplacementFile& operator=(const ReplacementFile&) = delete;
  ~ReplacementFile() override;

  // After an error, writes nothing.
  void Write(std::string_view bytes) override;
  // What went wrong first, if anything did.
  const std::optional<FileError>& error() const { return error_; }
  // Puts the file in its place, and returns when both are on the disk; or removes it, and returns
  // the error. Requires: it is called once, and nothing is written after that.
  [[nodiscard]] std::optional<FileError> Commit();

  static constexpr mode_t kReadableByAll = 0644;

 private:
  void Fail(std::string_view action, const std::string& path);
  bool SyncDirectory();
  void Close();

  // Constant after construction.
  std::string path_;
  std::string directory_;
  std::string temporary_;

  int descriptor_ = -1;
  off_t written_ = 0;
  off_t writeback_from_ = 0;  // so far, the system was told to write what it has
  std::optional<FileError> error_;
};

}  // namespace larder
