// What the load consists of: which commands in which mix, on which keys, with which values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/key_chooser.h"

namespace larder::bench {

// The commands that a mix can name.
enum class CommandKind : uint8_t {
  kGet,
  kSet,
  kMget,
  kMset,
  kIncr,
  kDel,
  kExists,
  kPing,
  kCommand,  // one of those given by --command
};
inline constexpr size_t kCommandKinds = 9;

// The name of a kind as a mix spells it.
std::string_view NameOf(CommandKind kind);

struct MixPart {
  CommandKind kind;
  uint32_t weight;
};

// Seconds until a written key expires: a random number in [from, to]; 0 when keys do not expire.
struct ExpireRange {
  uint32_t from = 0;
  uint32_t to = 0;
};

// A command written by the user, cut into arguments, in which __key__ and __value__ are replaced.
using CommandTemplate = std::vector<std::string>;

struct Workload {
  std::vector<MixPart> mix = {{CommandKind::kGet, 1}};
  std::vector<CommandTemplate> commands;
  std::string key_prefix = "key:";
  int key_digits = 12;
  uint64_t key_count = 100'000;
  KeyDistribution keys;
  uint32_t keys_per_request = 10;  // of MGET, MSET, DEL and EXISTS
  ExpireRange expire;
  bool check_values = true;
};

// Each returns false, with `error` saying what is allowed, when `text` is not of its form:
// `get=10,set=1`; `60` or `60-600`; and a command line with double quotes around arguments that
// contain spaces.
bool ParseMix(std::string_view text, std::vector<MixPart>& out, std::string& error);
bool ParseExpire(std::string_view text, ExpireRange& out, std::string& error);
bool ParseCommand(std::string_view text, CommandTemplate& out, std::string& error);

}  // namespace larder::bench
