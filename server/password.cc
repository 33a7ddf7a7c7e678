// Compares without giving away where two passwords differ.
#include "server/password.h"

#include <cstddef>

namespace larder {

bool PasswordMatches(std::string_view password, std::string_view given) {
  // Volatile, so that no compiler may leave the loop early.
  volatile unsigned char difference = password.size() != given.size();
  for (size_t i = 0, j = 0; i < given.size(); ++i) {
    const char expected = password.empty() ? '\0' : password[j];
    difference = static_cast<unsigned char>(difference | (given[i] ^ expected));
    j = j + 1 < password.size() ? j + 1 : 0;
  }
  return difference == 0;
}

}  // namespace larder
