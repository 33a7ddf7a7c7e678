// Tests of the file that takes another's place.
#include "storage/replacement_file.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <string>

#include "tests/server/temporary_directory.h"

namespace larder {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTemporary = "temp-1.rdb";

mode_t ModeOf(const std::string& path) {
  struct stat status;
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

// For as long as it lives, no file may grow beyond so many bytes: as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  void (*handler_)(int);
  rlimit before_{};
};

TEST_CASE("the new content is there after the commit, and not before") {
  TemporaryDirectory directory;
  const std::string path = directory.Write("dump.rdb", "old");
  ReplacementFile file(path, kTemporary);
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    const std::string piece(100000, static_cast<char>('a' + i % 26));
    file.Write(piece);
    expected += piece;
  }
  CHECK(directory.Read("dump.rdb") == "old");
  REQUIRE_FALSE(file.Commit());
  CHECK(directory.Read("dump.rdb") == expected);
  CHECK_FALSE(fs::exists(directory.path() + "/temp-1.rdb"));
}

TEST_CASE("a file that is not committed leaves nothing") {
  TemporaryDirectory directory;
  const std::string path = directory.Write("dump.rdb", "old");
  {
    ReplacementFile file(path, kTemporary);
    file.Write("new");
    CHECK(directory.Read("temp-1.rdb") == "new");
  }
  CHECK(directory.Read("dump.rdb") == "old");
  CHECK_FALSE(fs::exists(directory.path() + "/temp-1.rdb"));
}

TEST_CASE("a full disk is told, and leaves the old file whole") {
  TemporaryDirectory directory;
  const std::string path = directory.Write("dump.rdb", "old");
  {
    ReplacementFile file(path, kTemporary);
    const FileSizeLimit limit(100000);
    for (int i = 0; i < 3; ++i)
      file.Write(std::string(60000, 'x'));
    REQUIRE(file.error());
    CHECK(file.error()->code == EFBIG);
    const std::optional<FileError> error = file.Commit();
    REQUIRE(error);
    CHECK(error->Text() == "cannot write " + directory.path() + "/temp-1.rdb: File too large");
  }
  CHECK(directory.Read("dump.rdb") == "old");
  CHECK_FALSE(fs::exists(directory.path() + "/temp-1.rdb"));
}

TEST_CASE("a directory that is not there is told at once") {
  ReplacementFile file("/nonexistent/dump.rdb", kTemporary);
  file.Write("new");
  const std::optional<FileError> error = file.Commit();
  REQUIRE(error);
  CHECK(error->Text() == "cannot create /nonexistent/temp-1.rdb: No such file or directory");
}

TEST_CASE("what cannot be replaced is told, and the temporary file goes") {
  TemporaryDirectory directory;
  directory.Write("dump.rdb/inside", "");
  {
    ReplacementFile file(directory.path() + "/dump.rdb", kTemporary);
    file.Write("new");
    const std::optional<FileError> error = file.Commit();
    REQUIRE(error);
    CHECK(error->code == EISDIR);
    CHECK(error->what.starts_with("cannot rename "));
  }
  CHECK_FALSE(fs::exists(directory.path() + "/temp-1.rdb"));
}

TEST_CASE("an existing file's permissions stay, and a new one has those that were asked for") {
  TemporaryDirectory directory;
  const std::string path = directory.Write("dump.rdb", "old");
  fs::permissions(path, fs::perms(0640));
  ReplacementFile old(path, kTemporary);
  REQUIRE_FALSE(old.Commit());
  CHECK(ModeOf(path) == 0640);

  const std::string other = directory.path() + "/new.rdb";
  ReplacementFile file(other, kTemporary, 0600);
  REQUIRE_FALSE(file.Commit());
  CHECK(ModeOf(other) == 0600);
}

TEST_CASE("a symbolic link stays, and what it leads to is replaced") {
  TemporaryDirectory directory;
  directory.Write("elsewhere/data", "old");
  const std::string link = directory.path() + "/dump.rdb";
  fs::create_symlink("elsewhere/data", link);
  ReplacementFile file(link, kTemporary);
  file.Write("new");
  REQUIRE_FALSE(file.Commit());
  CHECK(fs::is_symlink(link));
  CHECK(directory.Read("elsewhere/data") == "new");
}

TEST_CASE("what an earlier attempt left behind is in nobody's way") {
  TemporaryDirectory directory;
  directory.Write("temp-1.rdb", "much more than the new content");
  ReplacementFile file(directory.path() + "/dump.rdb", kTemporary);
  file.Write("new");
  REQUIRE_FALSE(file.Commit());
  CHECK(directory.Read("dump.rdb") == "new");
}

}  // namespace
}  // namespace larder
