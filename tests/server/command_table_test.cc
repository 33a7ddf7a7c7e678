// The command table proves itself: every command is found, answered, refused when it should be, and
// tested.
#include "server/command_table.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "server/command_syntax.h"
#include "server/commands/errors.h"
#include "tests/server/conversation.h"
#include "tests/server/reply_reader.h"
#include "tests/server/steps.h"

namespace larder {
namespace {

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

// A call of the command with `count` arguments in all, of which the first one or two are its name.
std::vector<std::string> CallWith(const CommandSpec& spec, size_t count) {
  std::vector<std::string> args;
  std::stringstream names{std::string(spec.name)};
  for (std::string name; std::getline(names, name, '|');)
    args.push_back(name);
  while (args.size() < count)
    args.emplace_back("1");
  return args;
}

// Numbers of arguments that the command does not take.
std::vector<size_t> WrongCounts(const CommandSpec& spec) {
  const size_t name_size = spec.IsSubcommand() ? 2 : 1;
  const size_t fewest = static_cast<size_t>(std::abs(spec.arity));
  std::vector<size_t> counts;
  if (fewest > name_size) counts.push_back(fewest - 1);
  if (spec.arity > 0) counts.push_back(fewest + 1);
  return counts;
}

bool CanBeCalled(const CommandSpec& spec) {
  return spec.handler != nullptr || spec.task != nullptr;
}

// The text of all tests but this one.
std::string TextOfTests() {
  std::string text;
  const std::filesystem::path tests = std::filesystem::path(LARDER_SOURCE_DIR) / "tests";
  for (const auto& file : std::filesystem::recursive_directory_iterator(tests)) {
    const std::string name = file.path().filename().string();
    const bool is_test = name.ends_with("_test.cc") || name.ends_with(".py");
    if (!is_test || name == "command_table_test.cc") continue;
    std::ifstream stream(file.path());
    text.append(std::istreambuf_iterator<char>(stream), {});
  }
  return text;
}

// Whether the text has the word, not as a part of a longer one.
bool HasWord(const std::string& text, const std::string& word) {
  const auto continues = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    const bool begins = at == 0 || !continues(text[at - 1]);
    if (begins && (end == text.size() || !continues(text[end]))) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("Every command is found by its name, in any case") {
  for (const CommandSpec& spec : AllCommands()) {
    CAPTURE(spec.name);
    CHECK(&AllCommands()[CommandIndex(spec)] == &spec);
    if (spec.IsSubcommand()) {
      const CommandSpec* container = FindCommand(spec.name.substr(0, spec.name.find('|')));
      REQUIRE(container != nullptr);
      CHECK(FindSubcommand(*container, spec.ShortName()) == &spec);
      CHECK(FindSubcommand(*container, Upper(spec.ShortName())) == &spec);
      CHECK(FindCommand(spec.name) == nullptr);
    } else {
      std::string mixed = Upper(spec.name);
      mixed.back() = spec.name.back();
      CHECK(FindCommand(spec.name) == &spec);
      CHECK(FindCommand(Upper(spec.name)) == &spec);
      CHECK(FindCommand(mixed) == &spec);
    }
  }
}

TEST_CASE("What is nearly the name of a command is not found") {
  for (const CommandSpec& spec : AllCommands()) {
    if (spec.IsSubcommand()) continue;
    CAPTURE(spec.name);
    const std::string name(spec.name);
    for (size_t i = 0; i < name.size(); ++i) {
      for (const int change : {0x01, 0x20 | 0x01, 0x40, 0x80, 0xa0}) {
        std::string other = name;
        other[i] = static_cast<char>(other[i] ^ change);
        const CommandSpec* found = FindCommand(other);
        // Another letter may make another command, but never this one.
        CHECK(found != &spec);
      }
    }
    CHECK(FindCommand(name + '\0') == nullptr);
    CHECK(FindCommand(name + std::string(16, 'x')) == nullptr);
  }
  CHECK(FindCommand("") == nullptr);
  CHECK(FindCommand(std::string(100000, 'g')) == nullptr);
}

TEST_CASE("Subcommands are found in their container only") {
  CHECK(FindSubcommand(*FindCommand("config"), "setname") == nullptr);
  CHECK(FindSubcommand(*FindCommand("client"), "") == nullptr);
  CHECK(FindSubcommand(*FindCommand("client"), "setnames") == nullptr);
  CHECK(FindSubcommand(*FindCommand("get"), "id") == nullptr);
  CHECK(SubcommandsOf(*FindCommand("get")).empty());
  CHECK(SubcommandsOf(*FindCommand("config")).size() == 5);
}

TEST_CASE("The positions of keys follow from the table") {
  struct Case {
    std::string_view name;
    size_t argc;
    std::vector<size_t> positions;
  };
  const Case cases[] = {
      {"get", 2, {1}},          {"set", 7, {1}},     {"ping", 2, {}},        {"del", 2, {1}},
      {"del", 5, {1, 2, 3, 4}}, {"mset", 3, {1}},    {"mset", 7, {1, 3, 5}}, {"mset", 6, {1, 3, 5}},
      {"copy", 3, {1, 2}},      {"copy", 6, {1, 2}}, {"rename", 3, {1, 2}},  {"move", 3, {1}},
      {"flushall", 2, {}},
  };
  for (const Case& test : cases) {
    CAPTURE(test.name);
    CAPTURE(test.argc);
    const CommandSpec& spec = *FindCommand(test.name);
    std::vector<size_t> positions;
    ForEachKeyPosition(spec, test.argc, [&](size_t position) { positions.push_back(position); });
    CHECK(positions == test.positions);
    CHECK(KeyCount(spec, test.argc) == test.positions.size());
  }
}

TEST_CASE("Every argument that is a key belongs to a key spec") {
  using Specs = std::set<int>;
  const std::function<void(std::span<const ArgumentSpec>, const CommandSpec&, Specs&)> check =
      [&](std::span<const ArgumentSpec> arguments, const CommandSpec& spec, Specs& seen) {
        for (const ArgumentSpec& argument : arguments) {
          CHECK((argument.type == ArgumentType::kKey) == (argument.key_spec >= 0));
          CHECK(argument.key_spec < static_cast<int>(spec.key_specs.size()));
          CHECK((argument.type == ArgumentType::kPureToken) <= !argument.token.empty());
          if (argument.key_spec >= 0) seen.insert(argument.key_spec);
          check(argument.parts, spec, seen);
        }
      };
  for (const CommandSpec& spec : AllCommands()) {
    CAPTURE(spec.name);
    Specs seen;  // some of which have more than one argument
    check(spec.arguments, spec, seen);
    CHECK(seen.size() == spec.key_specs.size());
  }
}

TEST_CASE("Every command that takes arguments documents them") {
  for (const CommandSpec& spec : AllCommands()) {
    CAPTURE(spec.name);
    if (spec.name == "quit") continue;  // whatever comes with it does not matter
    const int name_size = spec.IsSubcommand() ? 2 : 1;
    const bool takes_arguments = spec.arity < 0 || spec.arity > name_size;
    CHECK((spec.IsContainer() || spec.arguments.empty() != takes_arguments));
  }
}

TEST_CASE("Categories of ACLs follow from flags") {
  CHECK(AclCategories(*FindCommand("get")) == (kAclRead | kAclString | kAclFast));
  CHECK(AclCategories(*FindCommand("set")) == (kAclWrite | kAclString | kAclSlow));
  CHECK(AclCategories(*FindCommand("shutdown")) == (kAclAdmin | kAclDangerous | kAclSlow));
  CHECK(AclCategories(*FindCommand("auth")) == (kAclConnection | kAclFast));
}

TEST_CASE("Every command but a container can be called") {
  // Not a static_assert: with UBSan GCC does not take the address of a function for a constant.
  for (const CommandSpec& spec : AllCommands()) {
    CAPTURE(spec.name);
    CHECK((CanBeCalled(spec) || spec.IsContainer()));
  }
}

TEST_CASE("Every command of the table is answered") {
  for (const CommandSpec& spec : AllCommands()) {
    CAPTURE(spec.name);
    if (!CanBeCalled(spec)) continue;
    TestServer server;
    TestClient client(server);
    client.Run("SET 1 1");
    const std::string bytes = client.Feed(Encode(CallWith(spec, std::abs(spec.arity))));
    if (spec.name == "shutdown") {  // answers by ending
      CHECK(bytes == "");
      CHECK(server.shutdown_requested());
      continue;
    }
    ReplyReader reader(bytes);
    const std::optional<Reply> reply = reader.Next();
    REQUIRE(reply.has_value());
    CHECK(reader.rest() == "");
    CHECK(reply->text.find("unknown") == std::string::npos);
    CHECK(reply->text.find("wrong number of arguments") == std::string::npos);
  }
}

TEST_CASE("Every command refuses a wrong number of arguments") {
  TestServer server;
  for (const CommandSpec& spec : AllCommands()) {
    CAPTURE(spec.name);
    for (const size_t count : WrongCounts(spec)) {
      CAPTURE(count);
      TestClient client(server);
      const std::string refusal = errors::WrongArity(spec.name);
      CHECK(client.Feed(Encode(CallWith(spec, count))) ==
            Error((spec.flags & kEndsTransaction) ? errors::TransactionDropped(refusal) : refusal));
    }
  }
  CHECK_FALSE(server.shutdown_requested());
}

TEST_CASE("A stranger gets nothing but AUTH, HELLO, QUIT and RESET") {
  Settings settings;
  settings.requirepass = "secret";
  TestServer server(settings);
  const std::set<std::string_view> open = {"auth", "hello", "quit", "reset"};
  for (const CommandSpec& spec : AllCommands()) {
    CAPTURE(spec.name);
    CHECK(((spec.flags & kNoAuth) != 0) == open.contains(spec.name));
    if (!CanBeCalled(spec) || open.contains(spec.name)) continue;
    TestClient stranger(server);
    const std::string refusal((spec.flags & kEndsTransaction)
                                  ? errors::TransactionDropped(errors::kNoAuth)
                                  : errors::kNoAuth);
    CHECK(stranger.Feed(Encode(CallWith(spec, static_cast<size_t>(std::abs(spec.arity))))) ==
          Error(refusal));
    CHECK(stranger.Run("HELLO") == Error(errors::kHelloNeedsAuth));
    CHECK(stranger.Run("AUTH wrong") == Error(errors::kWrongPassword));
    CHECK(stranger.Run("RESET") == "+RESET\r\n");
    CHECK_FALSE(stranger.session().authenticated());
    CHECK(stranger.Run("QUIT") == kOk);
  }
  CHECK_FALSE(server.shutdown_requested());
}

TEST_CASE("Every command is exercised by some test") {
  const std::string tests = TextOfTests();
  REQUIRE_FALSE(tests.empty());
  for (const CommandSpec& spec : AllCommands()) {
    CAPTURE(spec.name);
    if (!CanBeCalled(spec)) continue;
    // "CONFIG GET x", or {"CONFIG", "GET", "x"}.
    const std::string spelled = SpelledName(spec);
    std::string quoted = spelled;
    if (spec.IsSubcommand()) quoted.replace(quoted.find(' '), 1, "\", \"");
    CHECK((HasWord(tests, spelled) || HasWord(tests, quoted)));
  }
}

}  // namespace larder
