// COMMAND and its subcommands.
#include "server/commands/introspection.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "server/command_table.h"
#include "server/commands/errors.h"
#include "tests/server/conversation.h"
#include "tests/server/reply_reader.h"

namespace larder {
namespace {

size_t CountCommands() {
  return static_cast<size_t>(std::ranges::count_if(
      AllCommands(), [](const CommandSpec& spec) { return !spec.IsSubcommand(); }));
}

// The value of a map's field, be it of RESP2 or of RESP3.
const Reply& Field(const Reply& map, std::string_view name) {
  for (size_t i = 0; i + 1 < map.elements.size(); i += 2) {
    if (map.elements[i].text == name) return map.elements[i + 1];
  }
  FAIL("no field " << name);
  return map;
}

std::string Simple(std::string_view text) {
  return "+" + std::string(text) + "\r\n";
}

}  // namespace

TEST_CASE("COMMAND COUNT and COMMAND agree on how many commands there are") {
  TestServer server;
  TestClient client(server);
  const auto count = static_cast<int64_t>(CountCommands());
  CHECK(client.Run("COMMAND COUNT") == Integer(count));
  CHECK(WholeReply(client.Run("COMMAND")).elements.size() == CountCommands());
  CHECK(client.Run("COMMAND") == client.Run("COMMAND INFO"));
}

TEST_CASE("COMMAND INFO describes a command as Redis does") {
  const std::string get =
      "*10\r\n" + Bulk("get") + Integer(2) + Array({Simple("readonly"), Simple("fast")}) +
      Integer(1) + Integer(1) + Integer(1) +
      Array({Simple("@read"), Simple("@string"), Simple("@fast")}) + Array({}) +
      Array({Array(
          {Bulk("flags"), Array({Simple("RO"), Simple("access")}), Bulk("begin_search"),
           Array({Bulk("type"), Bulk("index"), Bulk("spec"), Array({Bulk("index"), Integer(1)})}),
           Bulk("find_keys"),
           Array({Bulk("type"), Bulk("range"), Bulk("spec"),
                  Array({Bulk("lastkey"), Integer(0), Bulk("keystep"), Integer(1), Bulk("limit"),
                         Integer(0)})})})}) +
      Array({});
  Play({{"COMMAND INFO GET", "*1\r\n" + get},
        {"COMMAND INFO nosuch get config|nosuch get|x", "*4\r\n" + kNil + get + kNil + kNil}});
}

TEST_CASE("COMMAND INFO knows subcommands, alone and in their container") {
  TestServer server;
  TestClient client(server);
  const Reply alone = WholeReply(client.Run("COMMAND INFO config|get"));
  CHECK(alone.elements[0].elements[0].text == "config|get");
  const Reply container = WholeReply(client.Run("COMMAND INFO CONFIG"));
  const Reply& subcommands = container.elements[0].elements[9];
  CHECK(subcommands.elements.size() == 5);
  CHECK(subcommands.elements[0].elements[0].text == "config|get");
}

TEST_CASE("COMMAND INFO uses sets and maps in RESP3") {
  TestServer server;
  TestClient client(server);
  client.Run("HELLO 3");
  const Reply info = WholeReply(client.Run("COMMAND INFO mset")).elements[0];
  CHECK(info.elements[2].type == '~');
  CHECK(info.elements[6].type == '~');
  CHECK(info.elements[7].elements.size() == 2);
  CHECK(info.elements[7].elements[0].text == "request_policy:multi_shard");
  CHECK(info.elements[8].type == '~');
  CHECK(info.elements[8].elements[0].type == '%');
  CHECK(info.elements[4].text == "-1");
  CHECK(info.elements[5].text == "2");
}

TEST_CASE("COMMAND DOCS documents what is asked for") {
  TestServer server;
  TestClient client(server);
  const Reply all = WholeReply(client.Run("COMMAND DOCS"));
  CHECK(all.elements.size() == 2 * CountCommands());
  CHECK(client.Run("COMMAND DOCS nosuch") == Array({}));

  const Reply docs = WholeReply(client.Run("COMMAND DOCS set nosuch getset"));
  REQUIRE(docs.elements.size() == 4);
  const Reply& set = Field(docs, "set");
  CHECK(Field(set, "since").text == "1.0.0");
  CHECK(Field(set, "group").text == "string");
  CHECK(Field(set, "history").elements.size() == 5);
  const Reply& arguments = Field(set, "arguments");
  REQUIRE(arguments.elements.size() == 5);
  CHECK(Field(arguments.elements[0], "type").text == "key");
  CHECK(Field(arguments.elements[0], "display_text").text == "key");
  CHECK(Field(arguments.elements[0], "key_spec_index").text == "0");
  const Reply& condition = arguments.elements[2];
  CHECK(Field(condition, "type").text == "oneof");
  CHECK(Field(condition, "flags").elements[0].text == "optional");
  CHECK(Field(Field(condition, "arguments").elements[2], "token").text == "IFEQ");

  const Reply& getset = Field(docs, "getset");
  CHECK(Field(getset, "doc_flags").elements[0].text == "deprecated");
  CHECK(Field(getset, "deprecated_since").text == "6.2.0");
}

TEST_CASE("COMMAND DOCS is made of maps in RESP3, down to the subcommands") {
  TestServer server;
  TestClient client(server);
  client.Run("HELLO 3");
  const Reply docs = WholeReply(client.Run("COMMAND DOCS client"));
  CHECK(docs.type == '%');
  const Reply& subcommands = Field(Field(docs, "client"), "subcommands");
  CHECK(subcommands.type == '%');
  CHECK(Field(Field(subcommands, "client|setinfo"), "since").text == "7.2.0");
}

TEST_CASE("COMMAND LIST lists all names, or those that a filter selects") {
  TestServer server;
  TestClient client(server);
  const auto count = [&](const std::string& command) {
    return WholeReply(client.Run(command)).elements.size();
  };
  CHECK(count("COMMAND LIST") == CommandCount());
  CHECK(count("COMMAND LIST FILTERBY MODULE json") == 0);
  CHECK(count("COMMAND LIST FILTERBY ACLCAT nosuch") == 0);
  CHECK(count("COMMAND LIST filterby aclcat TRANSACTION") == 5);
  CHECK(count("COMMAND LIST FILTERBY PATTERN *") == CommandCount());
  CHECK(client.Run("COMMAND LIST FILTERBY PATTERN MGE?") == Array({Bulk("mget")}));
  CHECK(client.Run("COMMAND LIST FILTERBY PATTERN config|re*") ==
        Array({Bulk("config|resetstat"), Bulk("config|rewrite")}));
  CHECK(client.Run("COMMAND LIST FILTERBY PATTERN") == Error(errors::kSyntax));
  CHECK(client.Run("COMMAND LIST FILTERBY SIZE x") == Error(errors::kSyntax));
  CHECK(client.Run("COMMAND LIST PATTERN x") == Error(errors::kSyntax));
  CHECK(client.Run("COMMAND LIST FILTERBY PATTERN x y") == Error(errors::kSyntax));
}

TEST_CASE("COMMAND GETKEYS picks the keys out of a command") {
  Play({{"COMMAND GETKEYS get a", Array({Bulk("a")})},
        {"COMMAND GETKEYS MSET a 1 b 2", Array({Bulk("a"), Bulk("b")})},
        {"COMMAND GETKEYS del a b c", Array({Bulk("a"), Bulk("b"), Bulk("c")})},
        {"COMMAND GETKEYS copy a b DB 3", Array({Bulk("a"), Bulk("b")})},
        {"COMMAND GETKEYS nosuch a", Error("ERR Invalid command specified")},
        {"COMMAND GETKEYS config nosuch", Error("ERR Invalid command specified")},
        {"COMMAND GETKEYS ping", Error("ERR The command has no key arguments")},
        {"COMMAND GETKEYS config get x", Error("ERR The command has no key arguments")},
        {"COMMAND GETKEYS get", Error("ERR Invalid number of arguments specified for command")},
        {"COMMAND GETKEYS get a b",
         Error("ERR Invalid number of arguments specified for command")}});
}

TEST_CASE("COMMAND GETKEYSANDFLAGS says what is done with each key") {
  const auto key = [](std::string_view name, std::initializer_list<std::string> flags) {
    return Array({Bulk(name), Array(flags)});
  };
  Play({{"COMMAND GETKEYSANDFLAGS get a", Array({key("a", {"+RO\r\n", "+access\r\n"})})},
        {"COMMAND GETKEYSANDFLAGS rename a b",
         Array({key("a", {"+RW\r\n", "+access\r\n", "+delete\r\n"}),
                key("b", {"+OW\r\n", "+update\r\n"})})},
        {"COMMAND GETKEYSANDFLAGS set a v", Array({key("a", {"+OW\r\n", "+update\r\n"})})},
        {"COMMAND GETKEYSANDFLAGS set get get", Array({key("get", {"+OW\r\n", "+update\r\n"})})},
        {"COMMAND GETKEYSANDFLAGS set a v nx GET",
         Array({key("a", {"+RW\r\n", "+access\r\n", "+update\r\n"})})}});
}

TEST_CASE("COMMAND HELP lists the subcommands, and what COMMAND does alone") {
  TestServer server;
  TestClient client(server);
  const Reply help = WholeReply(client.Run("COMMAND HELP"));
  CHECK(help.elements[0].text ==
        "COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  CHECK(help.elements[1].text == "(no subcommand)");
  // A line with the syntax and one with the summary for each, and the two lines above and below.
  CHECK(help.elements.size() == 1 + 2 + 2 * SubcommandsOf(*FindCommand("command")).size());
}

}  // namespace larder
