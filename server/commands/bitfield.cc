// BITFIELD and BITFIELD_RO: integers of any width at any bit of a string.
#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/number.h"
#include "server/commands/bit_offset.h"
#include "server/commands/bitmaps.h"
#include "server/commands/errors.h"
#include "server/commands/option_word.h"
#include "storage/bits.h"

namespace larder {

namespace {

enum class Overflow : uint8_t { kWrap, kSaturate, kFail };

// The integers that a field can hold: i1 to i64, u1 to u63.
struct FieldType {
  bool has_sign;
  unsigned width;

  int64_t Max() const {
    return static_cast<int64_t>((uint64_t{1} << (has_sign ? width - 1 : width)) - 1);
  }
  int64_t Min() const { return has_sign ? -Max() - 1 : 0; }
  // The integer that the lowest `width` bits say.
  int64_t FromBits(uint64_t bits) const {
    const unsigned above = 64 - width;
    return has_sign ? static_cast<int64_t>(bits << above) >> above
                    : static_cast<int64_t>(bits << above >> above);
  }
};

struct Operation {
  enum class Kind : uint8_t { kGet, kSet, kIncrement };
  Kind kind;
  Overflow overflow;
  FieldType type;
  uint64_t offset;
  int64_t value;  // to be set or added

  uint64_t end() const { return offset + type.width; }
};

// Reads the operations among the arguments.
// Thread safety: none.
class OperationReader {
 public:
  explicit OperationReader(const CommandContext& c) : c_(c), words_(c.args.subspan(2)) {}

  // False if something is wrong, which error() then says.
  bool ReadAll();

  std::string_view error() const { return error_; }
  const std::vector<Operation>& operations() const { return operations_; }
  bool writes() const { return bytes_written_ != 0; }
  // How long a string must be for all fields that are written.
  uint64_t bytes_written() const { return bytes_written_; }

 private:
  // Whether an operation of this name comes next, with so many words behind its name.
  bool Is(std::string_view name, size_t more) const {
    return words_.size() > more && IsWord(words_[0], name);
  }
  bool ReadOverflow();
  bool ReadOperation(Operation::Kind kind);
  bool ReadType(std::string_view word, FieldType* type);
  bool ReadOffset(std::string_view word, const FieldType& type, uint64_t* offset);
  bool Fail(std::string_view error) {
    error_ = error;
    return false;
  }

  const CommandContext& c_;
  std::span<const std::string_view> words_;  // that are still to be read
  Overflow overflow_ = Overflow::kWrap;
  std::vector<Operation> operations_;
  uint64_t bytes_written_ = 0;
  std::string_view error_;
};

bool OperationReader::ReadAll() {
  while (!words_.empty()) {
    bool read;
    if (Is("get", 2)) {
      read = ReadOperation(Operation::Kind::kGet);
    } else if (Is("set", 3)) {
      read = ReadOperation(Operation::Kind::kSet);
    } else if (Is("incrby", 3)) {
      read = ReadOperation(Operation::Kind::kIncrement);
    } else {
      read = Is("overflow", 1) ? ReadOverflow() : Fail(errors::kSyntax);
    }
    if (!read) return false;
  }
  return true;
}

bool OperationReader::ReadOverflow() {
  if (IsWord(words_[1], "wrap")) {
    overflow_ = Overflow::kWrap;
  } else if (IsWord(words_[1], "sat")) {
    overflow_ = Overflow::kSaturate;
  } else if (IsWord(words_[1], "fail")) {
    overflow_ = Overflow::kFail;
  } else {
    return Fail(errors::kBitfieldOverflow);
  }
  words_ = words_.subspan(2);
  return true;
}

bool OperationReader::ReadOperation(Operation::Kind kind) {
  Operation operation{};
  operation.kind = kind;
  operation.overflow = overflow_;
  if (!ReadType(words_[1], &operation.type)) return false;
  if (!ReadOffset(words_[2], operation.type, &operation.offset)) return false;
  const bool writes = kind != Operation::Kind::kGet;
  if (writes) {
    if (!ParseInteger(words_[3], &operation.value)) return Fail(errors::kNotAnInteger);
    bytes_written_ = std::max(bytes_written_, (operation.end() + 7) / 8);
  }
  operations_.push_back(operation);
  words_ = words_.subspan(writes ? 4 : 3);
  return true;
}

bool OperationReader::ReadType(std::string_view word, FieldType* type) {
  const bool has_sign = word.starts_with('i');
  int64_t width;
  if ((!has_sign && !word.starts_with('u')) || !ParseInteger(word.substr(1), &width) || width < 1 ||
      width > (has_sign ? 64 : 63)) {
    return Fail(errors::kBitfieldType);
  }
  *type = {has_sign, static_cast<unsigned>(width)};
  return true;
}

// An offset in bits or, behind a #, in fields of this width.
bool OperationReader::ReadOffset(std::string_view word, const FieldType& type, uint64_t* offset) {
  const bool in_fields = word.starts_with('#');
  const std::optional<uint64_t> number = ParseBitOffset(c_, word.substr(in_fields ? 1 : 0));
  if (!number || __builtin_mul_overflow(*number, in_fields ? type.width : 1, offset) ||
      !MayHaveSize(c_, *offset / 8 + 1)) {
    return Fail(errors::kBitOffset);
  }
  return true;
}

// The value brought into the range of the type; nothing if that is to fail.
std::optional<int64_t> Fit(const FieldType& type, __int128 value, Overflow overflow) {
  if (value >= type.Min() && value <= type.Max()) return static_cast<int64_t>(value);
  switch (overflow) {
    case Overflow::kWrap:
      return type.FromBits(static_cast<uint64_t>(value));
    case Overflow::kSaturate:
      return value < type.Min() ? type.Min() : type.Max();
    case Overflow::kFail:
      return std::nullopt;
  }
  return std::nullopt;
}

int64_t ReadField(const Operation& operation, std::string_view bytes) {
  return operation.type.FromBits(ReadBits(bytes, operation.offset, operation.type.width));
}

// What SET and INCRBY put into a field that holds `before`; nothing if that is to fail.
std::optional<int64_t> NewValue(const Operation& operation, int64_t before) {
  if (operation.kind == Operation::Kind::kIncrement) {
    return Fit(operation.type, __int128{before} + operation.value, operation.overflow);
  }
  // Redis takes a negative number for an unsigned field as the large one with the same bits.
  const __int128 value = operation.type.has_sign ? __int128{operation.value}
                                                 : __int128{static_cast<uint64_t>(operation.value)};
  return Fit(operation.type, value, operation.overflow);
}

// Whether the operation would change the string as it is.
bool Changes(const Operation& operation, std::string_view bytes) {
  if (operation.kind == Operation::Kind::kGet) return false;
  const int64_t before = ReadField(operation, bytes);
  return NewValue(operation, before).value_or(before) != before;
}

// Carries the operations out, with a reply for each, and returns how many have changed a field.
// `writable` is the same bytes as `bytes`, or null if no operation changes anything.
uint64_t Run(CommandContext& c, std::span<const Operation> operations, std::string_view bytes,
             char* writable) {
  uint64_t changes = 0;
  c.reply.Array(operations.size());
  for (const Operation& operation : operations) {
    const int64_t before = ReadField(operation, bytes);
    if (operation.kind == Operation::Kind::kGet) {
      c.reply.Integer(before);
      continue;
    }
    const std::optional<int64_t> after = NewValue(operation, before);
    if (!after) {
      c.reply.Null();
      continue;
    }
    if (*after != before) {
      ++changes;
      WriteBits(writable, bytes.size(), operation.offset, operation.type.width,
                static_cast<uint64_t>(*after));
    }
    c.reply.Integer(operation.kind == Operation::Kind::kSet ? before : *after);
  }
  return changes;
}

void ReadFields(CommandContext& c, std::span<const Operation> operations) {
  const Entry* entry = c.database().Read(c.keys[0], c.now_ms);
  if (!CheckString(c, entry)) return;
  IntegerText text;
  Run(c, operations, entry != nullptr ? entry->String(text) : std::string_view(), nullptr);
}

}  // namespace

size_t BitfieldGrowth(const CommandContext& c) {
  OperationReader reader(c);
  return reader.ReadAll() ? GrowthOfFirstKey(c, reader.bytes_written()) : 0;
}

void BitfieldCommand(CommandContext& c) {
  OperationReader reader(c);
  if (!reader.ReadAll()) return c.reply.Error(reader.error());
  if (!reader.writes()) return ReadFields(c, reader.operations());

  const Entry* entry = c.database().Find(c.keys[0], c.now_ms);
  if (!CheckString(c, entry)) return;
  IntegerText text;
  const std::string_view before = entry != nullptr ? entry->String(text) : std::string_view();
  const std::vector<Operation>& operations = reader.operations();
  // As in Redis, the string grows even if no operation then succeeds.
  const bool grows = reader.bytes_written() > before.size();
  // Those in front of the first that changes something find the string as it is now.
  const auto changes_it = [&](const Operation& operation) { return Changes(operation, before); };
  if (!grows && std::none_of(operations.begin(), operations.end(), changes_it)) {
    Run(c, operations, before, nullptr);
    return;
  }
  const size_t size = std::max<size_t>(before.size(), reader.bytes_written());
  char* bytes = c.database().ResizeString(c.keys[0], size);
  if (bytes == nullptr) return c.reply.Error(errors::kOutOfMemory);
  const uint64_t changes = Run(c, operations, {bytes, size}, bytes);
  c.changes += grows ? std::max<uint64_t>(changes, 1) : changes;
}

void BitfieldRoCommand(CommandContext& c) {
  OperationReader reader(c);
  if (!reader.ReadAll()) return c.reply.Error(reader.error());
  if (reader.writes()) return c.reply.Error(errors::kBitfieldReadOnly);
  ReadFields(c, reader.operations());
}

}  // namespace larder
