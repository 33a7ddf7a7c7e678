// Comparing passwords.
#include "server/password.h"

#include <doctest/doctest.h>

#include <string>

namespace larder {

TEST_CASE("Only the password itself matches") {
  const std::string password = "correct horse";
  CHECK(PasswordMatches(password, password));
  CHECK_FALSE(PasswordMatches(password, ""));
  CHECK_FALSE(PasswordMatches(password, password + password));
  CHECK_FALSE(PasswordMatches(password, password + '\0'));
  CHECK_FALSE(PasswordMatches("", "x"));
  CHECK(PasswordMatches("", ""));
  CHECK(PasswordMatches(std::string("a\0b", 3), std::string("a\0b", 3)));
  CHECK_FALSE(PasswordMatches(std::string("a\0b", 3), std::string("a\0c", 3)));
  for (size_t i = 0; i < password.size(); ++i) {
    CAPTURE(i);
    std::string wrong = password;
    wrong[i] = static_cast<char>(wrong[i] ^ 1);
    CHECK_FALSE(PasswordMatches(password, wrong));
    CHECK_FALSE(PasswordMatches(password, password.substr(0, i)));
    CHECK_FALSE(PasswordMatches(password.substr(0, i), password));
  }
}

}  // namespace larder
