// Finds the secrets among the arguments of a command.
#include "server/secret_arguments.h"

#include "server/command_table.h"
#include "server/commands/option_word.h"
#include "server/settings.h"

namespace larder {

// The name of the user as well, as it may be a password that was given in the wrong place.
bool AuthHides(std::span<const std::string_view> args, size_t i) {
  return i >= 1 && args.size() <= 3;
}

// HELLO 3 AUTH <user> <password> SETNAME <name>
bool HelloHides(std::span<const std::string_view> args, size_t i) {
  for (size_t word = 2; word < i; ++word) {
    if (IsWord(args[word], "setname")) {
      ++word;  // a name may be "auth"
    } else if (IsWord(args[word], "auth")) {
      if (i <= word + 2) return true;
      word += 2;
    }
  }
  return false;
}

bool ConfigSetHides(std::span<const std::string_view> args, size_t i) {
  if (i < 3 || i % 2 == 0) return false;  // a name
  const SettingRow* row = FindSetting(args[i - 1]);
  return row != nullptr && row->is_secret;
}

std::string_view ShownArgument(const CommandSpec& spec, std::span<const std::string_view> args,
                               size_t i) {
  return spec.hides != nullptr && spec.hides(args, i) ? "(redacted)" : args[i];
}

}  // namespace larder
