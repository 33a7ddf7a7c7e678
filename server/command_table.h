// The table of all commands: each is declared once, and everything that is said of it is computed
// from its row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "server/command.h"

namespace larder {

enum class ArgumentType : uint8_t {
  kString,
  kInteger,
  kDouble,
  kKey,
  kPattern,
  kUnixTime,
  kPureToken,
  kOneOf,
  kBlock
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
  int8_t key_spec = -1;  // of kKey: which of the command's key specs it belongs to
};

// The categories of ACLs, in the order in which COMMAND INFO lists them.
enum AclCategory : uint32_t {
  kAclKeyspace = 1u << 0,
  kAclRead = 1u << 1,
  kAclWrite = 1u << 2,
  kAclSet = 1u << 3,
  kAclSortedSet = 1u << 4,
  kAclList = 1u << 5,
  kAclHash = 1u << 6,
  kAclString = 1u << 7,
  kAclBitmap = 1u << 8,
  kAclHyperLogLog = 1u << 9,
  kAclGeo = 1u << 10,
  kAclStream = 1u << 11,
  kAclPubSub = 1u << 12,
  kAclAdmin = 1u << 13,
  kAclFast = 1u << 14,
  kAclSlow = 1u << 15,
  kAclBlocking = 1u << 16,
  kAclDangerous = 1u << 17,
  kAclConnection = 1u << 18,
  kAclTransaction = 1u << 19,
  kAclScripting = 1u << 20,
};

// Some of a command's keys, and what it does with them.
struct KeySpec {
  KeyRange range;
  uint16_t use;  // KeyUse
  std::string_view notes = {};
};

// What changed in a version of the protocol.
struct HistoryEntry {
  std::string_view version;
  std::string_view change;
};

// One row. Subcommands are rows of their own, named "container|subcommand", directly behind their
// container.
struct CommandSpec {
  std::string_view name;      // lower case
  Handler handler = nullptr;  // null in a container without one, and where `task` does everything
  TaskMaker task = nullptr;  // carried out in slices where it has no keys, or more than kSlicedKeys
  int arity = 0;             // counts the name (and the subcommand's); negative: at least that many
  CommandGroup group = CommandGroup::kGeneric;
  uint32_t flags = 0;  // CommandFlags
  KeyRange keys = {};  // from the first to the last of key_specs
  std::span<const KeySpec> key_specs = {};
  uint32_t acl_categories = 0;  // AclCategory, beyond those that AclCategories() derives
  std::string_view since;
  std::string_view summary;
  std::string_view complexity;
  std::string_view deprecated_since = {};
  std::string_view replaced_by = {};
  std::span<const HistoryEntry> history = {};
  std::span<const ArgumentSpec> arguments = {};
  std::string_view tips = {};  // separated by spaces
  // Whether args[i] is a secret, such as a password; null: none is.
  bool (*hides)(std::span<const std::string_view> args, size_t i) = nullptr;
  // Bytes that a command which may be refused for want of memory adds beside those of its
  // arguments, as far as can be said before its shards are locked.
  size_t (*growth)(const CommandContext& c) = nullptr;

  bool IsContainer() const { return (flags & kContainer) != 0; }
  bool IsSubcommand() const { return name.find('|') != std::string_view::npos; }
  // The name of a subcommand without its container; else the whole name.
  std::string_view ShortName() const { return name.substr(name.find('|') + 1); }
  bool AcceptsArgumentCount(size_t argc) const {
    return arity >= 0 ? argc == static_cast<size_t>(arity) : argc >= static_cast<size_t>(-arity);
  }
};

// All rows, sorted by name.
std::span<const CommandSpec> AllCommands();
// How many there are; the index of a row in AllCommands() identifies a command in statistics.
size_t CommandCount();
size_t CommandIndex(const CommandSpec& spec);

// Finds a command by its name in any case; null if there is none. Found in constant time, without
// allocating.
const CommandSpec* FindCommand(std::string_view name);
// The row that the arguments of a request name: of the subcommand, where the command has these;
// null if there is none.
const CommandSpec* FindCommandOf(std::span<const std::string_view> args);
// Finds the row of a container's subcommand, in any case; null if there is none.
const CommandSpec* FindSubcommand(const CommandSpec& container, std::string_view name);
// Finds "get" or "config|get", in any case; null if there is no such command.
const CommandSpec* FindFullName(std::string_view name);
// The rows of a container's subcommands; none for other commands.
std::span<const CommandSpec> SubcommandsOf(const CommandSpec& container);

// All of the command's categories: those of its row, and those that follow from its flags.
uint32_t AclCategories(const CommandSpec& spec);

// How many keys a command has whose arguments, with the name, are `argc`.
inline size_t KeyCount(const CommandSpec& spec, size_t argc) {
  const KeyRange keys = spec.keys;
  if (keys.first == 0) return 0;
  const size_t first = static_cast<size_t>(keys.first);
  const size_t last = keys.Last(argc);
  return last < first ? 0 : (last - first) / static_cast<size_t>(keys.step) + 1;
}

// Calls visit(position) for each argument that is a key, in their order.
template <class Visit>
inline void ForEachKeyPosition(const CommandSpec& spec, size_t argc, Visit&& visit) {
  const size_t count = KeyCount(spec, argc);
  size_t position = static_cast<size_t>(spec.keys.first);
  for (size_t i = 0; i < count; ++i, position += static_cast<size_t>(spec.keys.step)) {
    visit(position);
  }
}

}  // namespace larder
