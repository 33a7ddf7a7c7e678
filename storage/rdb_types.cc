// Knows how each type of value is made of lengths, strings and numbers.
#include "storage/rdb_types.h"

namespace larder {
namespace {

constexpr std::string_view kCount = "a count of elements";
constexpr std::string_view kElement = "an element";

constexpr uint64_t kDoubleSize = 8;
constexpr uint64_t kTimeSize = 8;
constexpr uint64_t kStreamIdSize = 16;

bool SkipLengths(RdbInput& input, int count, std::string_view what) {
  uint64_t length;
  for (int i = 0; i < count; ++i) {
    if (!input.ReadLength(length, what)) return false;
  }
  return true;
}

// Reads a count, and calls `skip` so often. Each element takes bytes, so that a count that lies
// leads to the end of the input at worst.
template <class Skip>
bool SkipEach(RdbInput& input, Skip&& skip) {
  uint64_t count;
  if (!input.ReadLength(count, kCount)) return false;
  for (; count > 0; --count) {
    input.Mark();
    if (!skip()) return false;
  }
  return true;
}

// A score as text, or one of the bytes that stand for numbers which have none.
bool SkipTextScore(RdbInput& input) {
  constexpr uint8_t kLongestText = 252;
  uint8_t size;
  if (!input.ReadByte(size, "a score")) return false;
  return size > kLongestText || input.Skip(size, "a score");
}

bool SkipStreamConsumer(RdbInput& input, uint8_t type) {
  const uint64_t times = type >= rdb::kStreamListpacks3 ? 2 : 1;
  return input.SkipString("a consumer") && input.Skip(times * kTimeSize, "a consumer's time") &&
         SkipEach(input, [&] { return input.Skip(kStreamIdSize, "a pending entry"); });
}

bool SkipStreamGroup(RdbInput& input, uint8_t type) {
  const int numbers = type >= rdb::kStreamListpacks2 ? 3 : 2;
  const auto pending = [&] {
    return input.Skip(kStreamIdSize + kTimeSize, "a pending entry") &&
           SkipLengths(input, 1, "a count of deliveries");
  };
  return input.SkipString("a consumer group") &&
         SkipLengths(input, numbers, "a group's position") && SkipEach(input, pending) &&
         SkipEach(input, [&] { return SkipStreamConsumer(input, type); });
}

bool SkipStream(RdbInput& input, uint8_t type) {
  const int numbers = type >= rdb::kStreamListpacks2 ? 8 : 3;
  return SkipEach(input,
                  [&] { return input.SkipString(kElement) && input.SkipString("a listpack"); }) &&
         SkipLengths(input, numbers, "a number of a stream") &&
         SkipEach(input, [&] { return SkipStreamGroup(input, type); });
}

}  // namespace

std::string_view RdbTypeName(uint8_t type) {
  switch (type) {
    case rdb::kString:
      return "string";
    case rdb::kList:
    case rdb::kListZiplist:
    case rdb::kListQuicklist:
    case rdb::kListQuicklist2:
      return "list";
    case rdb::kSet:
    case rdb::kSetIntset:
    case rdb::kSetListpack:
      return "set";
    case rdb::kSortedSet:
    case rdb::kSortedSet2:
    case rdb::kSortedSetZiplist:
    case rdb::kSortedSetListpack:
      return "sorted set";
    case rdb::kHash:
    case rdb::kHashZipmap:
    case rdb::kHashZiplist:
    case rdb::kHashListpack:
    case rdb::kHashMetadataPreGa:
    case rdb::kHashListpackExPreGa:
    case rdb::kHashMetadata:
    case rdb::kHashListpackEx:
      return "hash";
    case rdb::kStreamListpacks:
    case rdb::kStreamListpacks2:
    case rdb::kStreamListpacks3:
      return "stream";
    case rdb::kModule2:
      return "module's value";
    default:
      return {};
  }
}

bool SkipRdbValue(RdbInput& input, uint8_t type) {
  switch (type) {
    case rdb::kList:
    case rdb::kSet:
    case rdb::kListQuicklist:
      return SkipEach(input, [&] { return input.SkipString(kElement); });
    case rdb::kListQuicklist2:
      return SkipEach(input, [&] {
        return SkipLengths(input, 1, "the kind of a list's node") && input.SkipString(kElement);
      });
    case rdb::kSortedSet:
      return SkipEach(input, [&] { return input.SkipString(kElement) && SkipTextScore(input); });
    case rdb::kSortedSet2:
      return SkipEach(
          input, [&] { return input.SkipString(kElement) && input.Skip(kDoubleSize, "a score"); });
    case rdb::kHash:
      return SkipEach(input, [&] {
        return input.SkipString("a field") && input.SkipString("a field's value");
      });
    case rdb::kHashMetadata:
    case rdb::kHashMetadataPreGa:
      if (type == rdb::kHashMetadata && !input.Skip(kTimeSize, "a hash's deadline")) return false;
      return SkipEach(input, [&] {
        return SkipLengths(input, 1, "a field's deadline") && input.SkipString("a field") &&
               input.SkipString("a field's value");
      });
    case rdb::kHashListpackEx:
      return input.Skip(kTimeSize, "a hash's deadline") && input.SkipString("a listpack");
    case rdb::kStreamListpacks:
    case rdb::kStreamListpacks2:
    case rdb::kStreamListpacks3:
      return SkipStream(input, type);
    case rdb::kModule2:
      return SkipLengths(input, 1, "a module's number") && SkipModuleData(input);
    default:
      return input.SkipString("a string");  // of any type that is packed into one
  }
}

bool SkipModuleData(RdbInput& input) {
  constexpr uint64_t kFloatSize = 4;
  while (true) {
    input.Mark();
    uint64_t opcode;
    if (!input.ReadLength(opcode, "a part of a module's value")) return false;
    bool skipped = true;
    switch (opcode) {
      case rdb::kModuleEof:
        return true;
      case rdb::kModuleSigned:
      case rdb::kModuleUnsigned:
        skipped = SkipLengths(input, 1, "a module's integer");
        break;
      case rdb::kModuleFloat:
        skipped = input.Skip(kFloatSize, "a module's number");
        break;
      case rdb::kModuleDouble:
        skipped = input.Skip(kDoubleSize, "a module's number");
        break;
      case rdb::kModuleString:
        skipped = input.SkipString("a module's string");
        break;
      default:
        return input.Fail("expected a part of a module's value, found kind " +
                          std::to_string(opcode));
    }
    if (!skipped) return false;
  }
}

std::string ModuleTypeName(uint64_t number) {
  // Nine characters of six bits, above ten bits of a version.
  constexpr std::string_view kCharacters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string name(9, ' ');
  number >>= 10;
  for (auto character = name.rbegin(); character != name.rend(); ++character, number >>= 6)
    *character = kCharacters[number & 63];
  return name;
}

}  // namespace larder
