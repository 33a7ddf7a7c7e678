// Tests of fingerprints, against those that redis-server 7.0 answers.
#include "storage/digest.h"

#include <doctest/doctest.h>

#include <string>

namespace larder {
namespace {

EntryImage String(size_t database, std::string_view key, std::string_view value,
                  int64_t deadline_ms = kNoDeadline) {
  EntryImage image;
  image.database = database;
  image.deadline_ms = deadline_ms;
  image.key = key;
  image.value = value;
  return image;
}

std::string DigestOf(const EntryImage& image) {
  Digest digest;
  digest.AppendValue(image);
  return digest.Text();
}

TEST_CASE("the fingerprint of a value is Redis's") {
  CHECK(Digest().Text() == std::string(40, '0'));
  const std::string expected = "89f7f51b707418f666d5b45e053bd5bbbf82ac2b";
  CHECK(DigestOf(String(0, "a", "123")) == expected);
  CHECK(DigestOf(String(7, "b", "123")) == expected);
  EntryImage integer = String(0, "a", "\x7b");
  integer.encoding = Encoding::kInteger;
  CHECK(DigestOf(integer) == expected);
  CHECK(DigestOf(String(0, "a", "123", 5000)) == "6f720be4ac4df2a2a7c35fa640511a20a52ceda8");
}

TEST_CASE("the fingerprint of a data set is Redis's, in whatever order it is made") {
  CHECK(DatasetDigest().Text() == std::string(40, '0'));
  const std::string value(100, 'x');
  const EntryImage images[] = {String(0, "a", "123"), String(0, "b", value, 5000),
                               String(3, "c", "")};
  DatasetDigest forwards;
  DatasetDigest backwards;
  for (size_t i = 0; i < 3; ++i) {
    forwards.Add(images[i]);
    backwards.Add(images[2 - i]);
  }
  CHECK(forwards.Text() == "15fe8f960f2ae13791e3068e73aa6931ff20c24a");
  CHECK(backwards.Text() == forwards.Text());
}

}  // namespace
}  // namespace larder
