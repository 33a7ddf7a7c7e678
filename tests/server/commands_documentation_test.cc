// The syntax of commands, and the document that lists them.
#include "server/commands_documentation.h"

#include <doctest/doctest.h>

#include <string>

#include "server/command_syntax.h"
#include "server/command_table.h"
#include "tests/server/documents.h"

namespace larder {

TEST_CASE("The syntax of a command follows from its arguments") {
  struct Case {
    std::string_view name;
    std::string_view syntax;
  };
  const Case cases[] = {
      {"ping", "[message]"},
      {"dbsize", ""},
      {"del", "key [key ...]"},
      {"mset", "key value [key value ...]"},
      {"expire", "key seconds [NX | XX | GT | LT]"},
      {"copy", "source destination [DB destination-db] [REPLACE]"},
      {"scan", "cursor [MATCH pattern] [COUNT count] [TYPE type]"},
      {"hello", "[protover [AUTH username password] [SETNAME clientname]]"},
      {"set",
       "key value [NX | XX | IFEQ comparison-value] [GET] [EX seconds | PX milliseconds | EXAT "
       "unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]"},
  };
  for (const Case& test : cases) {
    CAPTURE(test.name);
    CHECK(ArgumentSyntax(*FindCommand(test.name)) == test.syntax);
  }
  CHECK(SpelledName(*FindSubcommand(*FindCommand("config"), "get")) == "CONFIG GET");
}

TEST_CASE("docs/commands.md is what the table says") {
  CHECK((Document("commands.md") == CommandsDocumentation()));
}

TEST_CASE("The document has every command that can be called") {
  const std::string document = CommandsDocumentation();
  for (const CommandSpec& spec : AllCommands()) {
    if (spec.handler == nullptr && spec.task == nullptr) continue;
    CAPTURE(spec.name);
    CHECK(document.find("| `" + SpelledName(spec)) != std::string::npos);
  }
}

}  // namespace larder
