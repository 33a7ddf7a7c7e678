// Writes the syntax of commands.
#include "server/command_syntax.h"

#include <span>
#include <string_view>

namespace larder {
namespace {

std::string Syntax(const ArgumentSpec& argument);

std::string Joined(std::span<const ArgumentSpec> arguments, std::string_view separator) {
  std::string text;
  for (const ArgumentSpec& argument : arguments) {
    if (!text.empty()) text += separator;
    text += Syntax(argument);
  }
  return text;
}

// The argument without its token, and as if it were given once.
std::string Plain(const ArgumentSpec& argument) {
  switch (argument.type) {
    case ArgumentType::kPureToken:
      return std::string(argument.token);
    case ArgumentType::kOneOf: {
      const std::string choices = Joined(argument.parts, " | ");
      const bool bracketed = (argument.flags & kArgOptional) && argument.token.empty();
      return bracketed ? choices : "<" + choices + ">";
    }
    case ArgumentType::kBlock:
      return Joined(argument.parts, " ");
    default:
      return std::string(argument.name);
  }
}

std::string Syntax(const ArgumentSpec& argument) {
  std::string text = Plain(argument);
  if (argument.flags & kArgMultiple) text += " [" + text + " ...]";
  if (!argument.token.empty() && argument.type != ArgumentType::kPureToken) {
    text = std::string(argument.token) + " " + text;
  }
  return (argument.flags & kArgOptional) ? "[" + text + "]" : text;
}

}  // namespace

std::string ArgumentSyntax(const CommandSpec& spec) {
  return Joined(spec.arguments, " ");
}

std::string SpelledName(const CommandSpec& spec) {
  std::string name(spec.name);
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == '|') c = ' ';
  }
  return name;
}

}  // namespace larder
