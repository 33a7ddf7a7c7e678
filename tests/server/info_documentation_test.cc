// docs/info.md, and whether INFO says what it documents.
#include "server/info_documentation.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include "server/commands/info_table.h"
#include "tests/server/harness.h"
#include "tests/server/reply_reader.h"

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
  const auto path = std::filesystem::path(LARDER_SOURCE_DIR) / "docs" / "info.md";
  std::ifstream stream(path);
  REQUIRE(stream.is_open());
  const std::string document{std::istreambuf_iterator<char>(stream), {}};
  // To bring it up to date: larder-server --dump-info-docs > docs/info.md
  CHECK((document == InfoDocumentation()));
}

TEST_CASE("INFO has every field of the table, once, and no other one") {
  TestServer server;
  TestClient client(server);
  client.Run("SET a b");
  client.Run("NOSUCH command");
  server.state().load.set_phase(LoadStatus::Phase::kServing);  // some fields are of a load
  const std::string bytes = client.Run("INFO everything");
  ReplyReader reader(bytes);
  const std::optional<Reply> reply = reader.Next();
  REQUIRE(reply.has_value());
  const std::string info = "\r\n" + reply->text;
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
  std::stringstream lines{reply->text};
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    const bool is_field = line != "\r" && !line.starts_with('#');
    if (is_field) CHECK(IsDocumented(line.substr(0, line.find(':'))));
  }
}

}  // namespace larder
