// Tests of comparing short texts: all sizes, and a difference at each place.
#include "storage/same_bytes.h"

#include <doctest/doctest.h>

#include <string>

namespace larder {

TEST_CASE("Texts of one size are the same unless a byte differs, wherever it is") {
  for (size_t size = 0; size <= 100; ++size) {
    CAPTURE(size);
    std::string a(size, 'a');
    for (size_t i = 0; i < size; ++i)
      a[i] = static_cast<char>('a' + i % 26);
    std::string b = a;
    CHECK(SameBytes(a, b));
    for (size_t i = 0; i < size; ++i) {
      b[i] = static_cast<char>(b[i] ^ 0x80);
      CHECK_FALSE(SameBytes(a, b));
      b[i] = a[i];
    }
  }
}

TEST_CASE("Texts of different sizes are different") {
  const std::string text(100, 'x');
  for (size_t size = 0; size < text.size(); ++size)
    CHECK_FALSE(SameBytes({text.data(), size}, {text.data(), size + 1}));
}

}  // namespace larder
