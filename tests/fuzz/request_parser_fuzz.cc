// Does the parser give the same requests and the same error however its input is cut? libFuzzer
// target.
//
// The first byte of the input chooses the limits, the second says how many bytes follow that cut
// the rest into fragments; the rest is parsed whole, cut so, and byte by byte if it is short.
//
// Run: cmake --preset fuzz && cmake --build --preset fuzz --target request_parser_fuzz, then
// ./build-fuzz/tests/request_parser_fuzz -max_total_time=600 -max_len=200000 corpus
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/protocol/parser_driver.h"

namespace {

using larder::ParserLimits;
using larder::testing::ParsedStream;
using larder::testing::ParserDriver;

// Byte by byte the driver moves all unconsumed input for each byte.
constexpr size_t kMaxByteByByte = 300;

// For the same reason, long inputs are not cut into more fragments than about this.
constexpr size_t kMaxFragments = 500;

void CheckSame(const ParsedStream& whole, const ParserDriver& cut) {
  if (whole.SameAs(cut.stream())) return;
  std::fprintf(stderr, "%zu requests and \"%s\" whole, %zu and \"%s\" in fragments\n",
               whole.requests.size(), whole.error.c_str(), cut.stream().requests.size(),
               cut.stream().error.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  ParserLimits limits;
  limits.unauthenticated = (data[0] & 1) != 0;
  // A limit keeps a declared length from becoming the memory of the fuzzer.
  limits.max_bulk_length = (data[0] & 2) != 0 ? 100 : 256 * 1024;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string_view cuts = bytes.substr(2, data[1]);
  bytes.remove_prefix(2 + cuts.size());

  ParserDriver whole(limits);
  whole.Feed(bytes, [&] { return bytes.size(); });

  ParserDriver fragments(limits);
  size_t next = 0;
  fragments.Feed(bytes, [&]() -> size_t {
    if (cuts.empty()) return bytes.size() / 2;
    // Short and long fragments alike: the high bit stands for kilobytes.
    const auto cut = static_cast<uint8_t>(cuts[next++ % cuts.size()]);
    const size_t fragment = cut < 128 ? cut : (cut - 127) * size_t{1024};
    return std::max(fragment, bytes.size() / kMaxFragments);
  });
  CheckSame(whole.stream(), fragments);

  if (bytes.size() <= kMaxByteByByte) {
    ParserDriver single(limits);
    single.Feed(bytes, [] { return 1; });
    CheckSame(whole.stream(), single);
  }
  return 0;
}
