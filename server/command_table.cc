// Finds commands, and proves while compiling that the rows of the table are sound.
#include "server/command_table.h"

#include <array>
#include <cstring>
#include <iterator>
#include <type_traits>

#include "server/command_table_rows.h"

namespace larder {
namespace {

// --- Proofs ---

constexpr size_t MinimumArguments(const CommandSpec& row) {
  return static_cast<size_t>(row.arity < 0 ? -row.arity : row.arity);
}

constexpr bool SortedAndUnique() {
  for (size_t i = 1; i < std::size(kCommandRows); ++i) {
    if (kCommandRows[i - 1].name >= kCommandRows[i].name) return false;
  }
  return true;
}

constexpr bool SubcommandsFollowTheirContainer() {
  std::string_view container;
  for (const CommandSpec& row : kCommandRows) {
    const size_t bar = row.name.find('|');
    if (bar == std::string_view::npos) {
      container = (row.flags & kContainer) != 0 ? row.name : std::string_view();
    } else if (container.empty() || row.name.substr(0, bar) != container) {
      return false;
    }
  }
  return true;
}

constexpr bool EveryCommandIsDescribed() {
  for (const CommandSpec& row : kCommandRows) {
    if (row.arity == 0 || row.since.empty() || row.summary.empty() || row.complexity.empty()) {
      return false;
    }
  }
  return true;
}

// Every key is there whenever the arity is right, so that the dispatcher need not look again.
constexpr bool KeyRangesFitArity() {
  for (const CommandSpec& row : kCommandRows) {
    const KeyRange keys = row.keys;
    if (keys.first == 0) {
      if (keys.last != 0 || keys.step != 0 || !row.key_specs.empty()) return false;
      continue;
    }
    const int last_argument = static_cast<int>(MinimumArguments(row)) - 1;
    if (keys.first < 0 || keys.step <= 0 || keys.first > last_argument) return false;
    if (keys.last >= 0 && (keys.last < keys.first || keys.last > last_argument)) return false;
    if (row.key_specs.empty() || row.key_specs.front().range.first != keys.first ||
        row.key_specs.back().range.last != keys.last) {
      return false;
    }
  }
  return true;
}

constexpr bool KeysAreEitherWrittenOrRead() {
  for (const CommandSpec& row : kCommandRows) {
    const bool writes = (row.flags & kWrite) != 0;
    const bool reads = (row.flags & kReadOnly) != 0;
    // WATCH does neither with its keys.
    const bool has_data = row.keys.first != 0 && row.group != CommandGroup::kTransactions;
    if (has_data ? writes == reads : writes && reads) return false;
  }
  return true;
}

static_assert(SortedAndUnique());
static_assert(SubcommandsFollowTheirContainer());
static_assert(EveryCommandIsDescribed());
static_assert(KeyRangesFitArity());
static_assert(KeysAreEitherWrittenOrRead());

// --- Finding a command by its name ---

// A name of at most kMaxNameSize bytes as two words, which with its size say all of it.
struct NameWords {
  uint64_t low = 0;
  uint64_t high = 0;
};

constexpr size_t kMaxNameSize = 16;

// Sets bit 5 of those of the eight bytes that are capital letters.
constexpr uint64_t ToLower(uint64_t word) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  const uint64_t low_bits = word & (0x7f * kOnes);
  const uint64_t at_least_a = low_bits + (0x80 - 'A') * kOnes;
  const uint64_t above_z = low_bits + (0x7f - 'Z') * kOnes;
  const uint64_t capital = ~word & at_least_a & ~above_z & (0x80 * kOnes);
  return word | (capital >> 2);
}

constexpr NameWords WordsOf(std::string_view name) {
  const auto load = [&](size_t from, size_t bytes) {
    uint64_t word = 0;
    if (std::is_constant_evaluated()) {
      for (size_t i = 0; i < bytes; ++i) {
        word |= uint64_t{static_cast<unsigned char>(name[from + i])} << (8 * i);
      }
    } else {
      std::memcpy(&word, name.data() + from, bytes);
    }
    return word;
  };
  NameWords words;
  const size_t size = name.size();
  if (size >= 8) {  // the two words overlap, unless there are sixteen bytes
    words.low = load(0, 8);
    words.high = load(size - 8, 8);
  } else if (size >= 4) {
    words.low = load(0, 4) | load(size - 4, 4) << 32;
  } else if (size >= 2) {
    words.low = load(0, 2) | load(size - 2, 2) << 16;
  } else if (size == 1) {
    words.low = load(0, 1);
  }
  return {ToLower(words.low), size >= 8 ? ToLower(words.high) : 0};
}

static_assert(WordsOf("GeT").low == WordsOf("get").low);
static_assert(WordsOf("[@`{").low != WordsOf("{`@[").low);

// An open-addressing table of the commands that are not subcommands, made while compiling.
struct NameTable {
  struct Slot {
    NameWords words;
    uint16_t size = 0;  // zero: empty
    uint16_t row = 0;
  };
  static constexpr int kBits = 8;
  std::array<Slot, size_t{1} << kBits> slots;

  static constexpr size_t Start(const NameWords& words) {
    return ((words.low * 0x9e3779b97f4a7c15) ^ (words.high * 0xc2b2ae3d27d4eb4f)) >> (64 - kBits);
  }
  static constexpr size_t Next(size_t slot) { return (slot + 1) & ((size_t{1} << kBits) - 1); }
};

constexpr NameTable kNames = [] {
  NameTable table;
  for (size_t row = 0; row < std::size(kCommandRows); ++row) {
    const std::string_view name = kCommandRows[row].name;
    if (name.find('|') != std::string_view::npos) continue;
    const NameWords words = WordsOf(name);
    size_t slot = NameTable::Start(words);
    while (table.slots[slot].size != 0)
      slot = NameTable::Next(slot);
    table.slots[slot] = {words, static_cast<uint16_t>(name.size()), static_cast<uint16_t>(row)};
  }
  return table;
}();

constexpr bool NamesFit() {
  size_t commands = 0;
  for (const CommandSpec& row : kCommandRows) {
    if (row.name.find('|') != std::string_view::npos) continue;
    ++commands;
    if (row.name.size() > kMaxNameSize) return false;
  }
  return commands <= kNames.slots.size() / 2;  // short probes, and always an empty slot to end one
}

static_assert(NamesFit(), "raise NameTable::kBits, or kMaxNameSize");

bool SameName(std::string_view lower, std::string_view name) {
  if (lower.size() != name.size()) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (lower[i] != (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c)) return false;
  }
  return true;
}

}  // namespace

std::span<const CommandSpec> AllCommands() {
  return kCommandRows;
}

size_t CommandCount() {
  return std::size(kCommandRows);
}

size_t CommandIndex(const CommandSpec& spec) {
  return static_cast<size_t>(&spec - kCommandRows);
}

const CommandSpec* FindCommand(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameSize) return nullptr;
  const NameWords words = WordsOf(name);
  size_t slot = NameTable::Start(words);
  while (true) {
    const NameTable::Slot& candidate = kNames.slots[slot];
    if (candidate.words.low == words.low && candidate.words.high == words.high &&
        candidate.size == name.size()) [[likely]] {
      return &kCommandRows[candidate.row];
    }
    if (candidate.size == 0) return nullptr;
    slot = NameTable::Next(slot);
  }
}

const CommandSpec* FindCommandOf(std::span<const std::string_view> args) {
  const CommandSpec* spec = FindCommand(args[0]);
  if (spec != nullptr && (spec->flags & kContainer) && args.size() > 1) [[unlikely]] {
    return FindSubcommand(*spec, args[1]);
  }
  return spec;
}

std::span<const CommandSpec> SubcommandsOf(const CommandSpec& container) {
  if (!container.IsContainer()) return {};
  const CommandSpec* first = &container + 1;
  const CommandSpec* last = first;
  while (last != std::end(kCommandRows) && last->IsSubcommand())
    ++last;
  return {first, last};
}

const CommandSpec* FindSubcommand(const CommandSpec& container, std::string_view name) {
  for (const CommandSpec& row : SubcommandsOf(container)) {
    if (SameName(row.ShortName(), name)) return &row;
  }
  return nullptr;
}

const CommandSpec* FindFullName(std::string_view name) {
  const size_t bar = name.find('|');
  const CommandSpec* spec = FindCommand(name.substr(0, bar));
  if (spec == nullptr || bar == std::string_view::npos) return spec;
  return FindSubcommand(*spec, name.substr(bar + 1));
}

uint32_t AclCategories(const CommandSpec& spec) {
  uint32_t categories = spec.acl_categories;
  if (spec.flags & kWrite) categories |= kAclWrite;
  if ((spec.flags & kReadOnly) && !(categories & kAclScripting)) categories |= kAclRead;
  if (spec.flags & kAdmin) categories |= kAclAdmin | kAclDangerous;
  if (spec.flags & kPubSub) categories |= kAclPubSub;
  if (spec.flags & kBlocking) categories |= kAclBlocking;
  categories |= (spec.flags & kFast) ? kAclFast : kAclSlow;
  return categories;
}

}  // namespace larder
