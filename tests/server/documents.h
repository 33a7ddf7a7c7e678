// The generated documents of the source tree.
#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace larder {

// The contents of docs/NAME, which `make docs` brings up to date.
inline std::string Document(const std::string& name) {
  std::ifstream file(LARDER_SOURCE_DIR "/docs/" + name, std::ios::binary);
  REQUIRE(file.is_open());
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace larder
