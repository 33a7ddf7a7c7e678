// Comparing a password with the one that a client gives.
#pragma once

#include <string_view>

namespace larder {

// Whether `given` is `password`. How long it takes depends on the length of `given` alone, so that
// nobody can find the password out piece by piece by measuring.
[[nodiscard]] bool PasswordMatches(std::string_view password, std::string_view given);

}  // namespace larder
