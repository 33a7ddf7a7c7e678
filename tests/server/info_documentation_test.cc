// docs/info.md, and whether INFO says what it documents.
#include "server/info_documentation.h"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <string_view>

#include "server/commands/info_table.h"
#include "tests/server/conversation.h"
#include "tests/server/documents.h"

namespace larder {
namespace {

// The name up to what differs from line to line: "db" of "db<number>".
std::string_view FixedPart(std::string_view name) {
  return name.substr(0, name.find('<'));
}

bool IsDocumented(std::string_view name) {
  for (const InfoSection& section : InfoTable()) {
    for (const InfoField& field : section.fields) {
      const std::string_view fixed = FixedPart(field.name);
      if (fixed == field.name ? name == fixed : name.starts_with(fixed)) return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("docs/info.md is what the table says") {
  CHECK((Document("info.md") == InfoDocumentation()));
}

TEST_CASE("INFO has every field of the table, once, and no other one") {
  TestServer server;
  TestClient client(server);
  client.Run("SET a b");
  client.Run("NOSUCH command");
  server.state().load.set_phase(LoadStatus::Phase::kServing);  // some fields are of a load
  const std::string info = "\r\n" + WholeReply(client.Run("INFO everything")).text;
  for (const InfoSection& section : InfoTable()) {
    for (const InfoField& field : section.fields) {
      CAPTURE(field.name);
      CHECK_FALSE(field.meaning.empty());
      const std::string fixed(FixedPart(field.name));
      const std::string begin = "\r\n" + fixed + (fixed == field.name ? ":" : "");
      const size_t at = info.find(begin);
      CHECK(at != std::string::npos);
      if (fixed == field.name) CHECK(info.find(begin, at + 1) == std::string::npos);
    }
  }
  std::stringstream lines{info.substr(2)};
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    const bool is_field = line != "\r" && !line.starts_with('#');
    if (is_field) CHECK(IsDocumented(line.substr(0, line.find(':'))));
  }
}

}  // namespace larder
