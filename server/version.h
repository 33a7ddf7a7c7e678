// The versions that the server gives: its own, and the one of the Redis that it behaves as.
#pragma once

#include <string_view>

namespace larder {

inline constexpr std::string_view kLarderVersion = LARDER_VERSION;  // given by CMakeLists.txt
// Clients choose what they use by it; what it stands for is what the commands are checked against.
inline constexpr std::string_view kRedisVersion = "7.4.0";

}  // namespace larder
