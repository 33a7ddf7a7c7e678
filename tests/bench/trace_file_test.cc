// Tests of reading traces.
#include "bench/trace_file.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

using larder::bench::ExtentOf;
using larder::bench::ParseTraceLine;
using larder::bench::ReadTrace;
using larder::bench::Trace;
using larder::bench::TraceRequest;

namespace {

// A file that goes away with the test.
class TemporaryFile {
 public:
  TemporaryFile() { close(mkstemp(path_.data())); }
  ~TemporaryFile() { unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/larder-trace-XXXXXX";
};

}  // namespace

TEST_CASE("a line of a trace is an id, or an id and a size") {
  CHECK(ParseTraceLine("17") == TraceRequest{17, 0});
  CHECK(ParseTraceLine("17,300") == TraceRequest{17, 300});
  CHECK(ParseTraceLine("18446744073709551615,1") == TraceRequest{UINT64_MAX, 1});
  for (const char* bad : {"", "a", "-1", "1,", "1,x", "1,2,3", "1 2", "18446744073709551616"}) {
    CAPTURE(bad);
    CHECK_FALSE(ParseTraceLine(bad).has_value());
  }
}

TEST_CASE("a trace is read with its comments and empty lines left out") {
  const TemporaryFile file;
  std::ofstream(file.path()) << "# a trace\n1\n\n2,50\r\n3";
  std::string error;
  CHECK(ReadTrace(file.path(), error) == Trace{{1, 0}, {2, 50}, {3, 0}});
}

TEST_CASE("a trace that ends in .gz is unpacked on the way") {
  const TemporaryFile file;
  std::ofstream(file.path()) << "1\n2,50\n";
  const std::string packed = file.path() + ".gz";
  REQUIRE(std::system(("gzip -c " + file.path() + " > " + packed).c_str()) == 0);
  std::string error;
  CHECK(ReadTrace(packed, error) == Trace{{1, 0}, {2, 50}});
  std::ofstream(packed) << "this is not gzip's format\n";
  CHECK_FALSE(ReadTrace(packed, error).has_value());
  CHECK(error == "cannot read all of " + packed);
  unlink(packed.c_str());
}

TEST_CASE("what is wrong with a trace is said with its line") {
  const TemporaryFile file;
  std::ofstream(file.path()) << "1\n2;3\n";
  std::string error;
  CHECK_FALSE(ReadTrace(file.path(), error).has_value());
  CHECK(error == file.path() + ", line 2: '2;3' is neither an id nor id,size");
  CHECK_FALSE(ReadTrace(file.path() + ".missing", error).has_value());
  CHECK(error == "cannot read " + file.path() + ".missing: No such file or directory");
}

TEST_CASE("the extent of a trace counts each id once, with the last size that is said") {
  const auto extent = ExtentOf({{1, 0}, {2, 50}, {1, 0}, {2, 60}}, 1000);
  CHECK(extent.ids == 2);
  CHECK(extent.bytes == 1060);
}
