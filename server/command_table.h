// The table of all commands: each is declared once, and everything that is said of it is computed from its row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "server/command.h"

namespace larder {

enum class ArgumentType : uint8_t {
  kString, kInteger, kDouble, kKey, kPattern, kUnixTime, kPureToken, kOneOf, kBlock
};

enum ArgumentFlags : uint8_t {
  kArgOptional = 1 << 0,
  kArgMultiple = 1 << 1,
  kArgMultipleToken = 1 << 2,
};

// One argument of a command, as COMMAND DOCS describes it.
struct ArgumentSpec {
  std::string_view name;
  ArgumentType type;
  std::string_view token = {};
  uint8_t flags = 0;
  std::span<const ArgumentSpec> parts = {};  // of kOneOf and kBlock
  std::string_view since = {};
};

// One row. Subcommands are rows of their own, named "container|subcommand", directly behind their container.
struct CommandSpec {
  std::string_view name;  // lower case
  Handler handler;        // null in a container that cannot be called by its bare name
  TaskMaker task;         // non-null: carried out in slices where it has no keys, or more than kSlicedKeys
  int arity;              // counts the name (and the subcommand's); negative: at least that many
  CommandGroup group;
  uint32_t flags;         // CommandFlags
  KeyRange keys;
  uint16_t key_use;       // KeyUse
  uint32_t acl_categories;  // beyond those that follow from flags and group; see command_table.cc
  std::string_view since;
  std::string_view complexity;
  std::string_view summary;
  std::span<const ArgumentSpec> arguments;
  std::string_view tips;  // separated by spaces
};

// All rows, sorted by name.
std::span<const CommandSpec> AllCommands();
// How many there are; the index of a row in AllCommands() identifies a command in statistics.
size_t CommandCount();
size_t CommandIndex(const CommandSpec& spec);

// Finds a command by its name in any case; null if there is none. Found in constant time, without allocating.
const CommandSpec* FindCommand(std::string_view name);
// Finds the row of a container's subcommand; null if there is none.
const CommandSpec* FindSubcommand(const CommandSpec& container, std::string_view name);

}  // namespace larder
