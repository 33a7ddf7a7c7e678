// Follows the opcodes of a file.
#include "storage/rdb_reader.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "storage/rdb_types.h"

namespace larder {
namespace {

// A value whose encoded bytes are more gets memory of its own.
constexpr uint64_t kMostInWindow = 64 * 1024;
// The key does not lie in the window.
constexpr size_t kOwnKey = ~size_t{0};
// Of facts about the file, and of names.
constexpr size_t kMostAux = 1024 * 1024;

std::string Hexadecimal(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

std::string QuotedForMessage(std::string_view bytes) {
  constexpr size_t kMost = 120;
  std::string text = "'";
  for (const char c : bytes.substr(0, kMost)) {
    if (c >= ' ' && c <= '~') {
      text += c;
    } else {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<uint8_t>(c));
      text += escaped;
    }
  }
  return text + (bytes.size() > kMost ? "'..." : "'");
}

RdbRecord& RdbRecord::operator=(RdbRecord&& other) noexcept {
  const bool owns_key = other.key.data() == other.own_key.data();
  database = other.database;
  offset = other.offset;
  deadline_ms = other.deadline_ms;
  hint = other.hint;
  key = other.key;
  value = other.value;
  bytes = other.bytes;
  own_key = std::move(other.own_key);
  own_bytes = std::move(other.own_bytes);
  if (owns_key) key = own_key;
  return *this;
}

RdbReader::RdbReader(RdbInput& input, Options options, Listener listener)
    : input_(input), options_(options), listener_(std::move(listener)) {}

RdbReader::Result RdbReader::Next(RdbRecord& record) {
  if (version_ == 0 && !ReadHeader()) return Result::kError;
  record.deadline_ms = kNoDeadline;
  record.hint = {};
  while (true) {
    input_.Mark();
    uint8_t type;
    if (!input_.ReadByte(type, "the type of a key, or the mark of the end")) return Result::kError;
    if (type == rdb::kEof) return ReadChecksum() ? Result::kEnd : Result::kError;
    if (type >= rdb::kSlotImport) {
      if (!ReadOpcode(type, record)) return Result::kError;
      continue;
    }
    const uint64_t before = skipped_;
    if (!ReadKey(type, record)) return Result::kError;
    if (skipped_ == before) return Result::kRecord;
    record.deadline_ms = kNoDeadline;
    record.hint = {};
  }
}

bool RdbReader::ReadHeader() {
  constexpr size_t kHeaderSize = 9;
  if (!input_.Need(kHeaderSize, "the header of a snapshot, such as REDIS0010")) return false;
  const std::string header(input_.At(input_.position(), kHeaderSize));
  if (!header.starts_with(rdb::kMagic) ||
      header.find_first_not_of("0123456789", rdb::kMagic.size()) != std::string::npos) {
    return input_.Fail("expected the header of a snapshot, such as REDIS0010, found " +
                       QuotedForMessage(header));
  }
  version_ = std::atoi(header.c_str() + rdb::kMagic.size());
  if (version_ < rdb::kOldestVersion || version_ > rdb::kNewestVersion) {
    return input_.Fail(RdbError::Kind::kUnsupported, 0,
                       "the format's version is " + std::to_string(version_) + "; versions from " +
                           std::to_string(rdb::kOldestVersion) + " to " +
                           std::to_string(rdb::kNewestVersion) + " can be read");
  }
  input_.Advance(kHeaderSize);
  return true;
}

bool RdbReader::ReadOpcode(uint8_t opcode, RdbRecord& record) {
  switch (opcode) {
    case rdb::kExpireTimeMs:
      return input_.ReadInteger(record.deadline_ms, "a deadline");
    case rdb::kExpireTime: {
      int32_t seconds;
      if (!input_.ReadInteger(seconds, "a deadline")) return false;
      record.deadline_ms = int64_t{seconds} * 1000;
      return true;
    }
    case rdb::kFreq: {
      uint8_t frequency;
      if (!input_.ReadByte(frequency, "how often a key was used")) return false;
      record.hint = {EvictionHint::Kind::kFrequency, frequency};
      return true;
    }
    case rdb::kIdle: {
      uint64_t seconds;
      if (!input_.ReadLength(seconds, "how long a key was idle")) return false;
      record.hint = {EvictionHint::Kind::kIdleSeconds,
                     static_cast<uint32_t>(std::min<uint64_t>(seconds, UINT32_MAX))};
      return true;
    }
    case rdb::kSelectDb:
      return ReadDatabase();
    case rdb::kResizeDb:
      return ReadSizes();
    case rdb::kSlotInfo: {
      uint64_t number;
      for (int i = 0; i < 3; ++i) {
        if (!input_.ReadLength(number, "a number about a slot")) return false;
      }
      return true;
    }
    case rdb::kAux:
      return ReadAux();
    case rdb::kModuleAux:
      return ReadModuleAux();
    case rdb::kFunction2:
    case rdb::kFunctionPreGa:
      return ReadFunction(opcode);
    default:
      return input_.Fail(RdbError::Kind::kUnsupported, input_.offset() - 1,
                         "the mark " + std::to_string(opcode) + " is not known");
  }
}

bool RdbReader::ReadDatabase() {
  const uint64_t start = input_.offset();
  uint64_t database;
  if (!input_.ReadLength(database, "the number of a database")) return false;
  if (database >= options_.databases) {
    return input_.Fail(RdbError::Kind::kRefused, start,
                       "database " + std::to_string(database) + " is not there: the setting " +
                           "databases is " + std::to_string(options_.databases));
  }
  database_ = database;
  return true;
}

bool RdbReader::ReadSizes() {
  uint64_t keys;
  uint64_t expiring;
  if (!input_.ReadLength(keys, "the size of a database") ||
      !input_.ReadLength(expiring, "the number of keys with a deadline")) {
    return false;
  }
  if (listener_.on_size) listener_.on_size(database_, keys);
  return true;
}

bool RdbReader::ReadAux() {
  std::string name;
  std::string value;
  if (!input_.ReadString(name, kMostAux, "the name of a fact about the file")) return false;
  // Scripts of old versions are facts, too, and may be long.
  input_.Mark();
  if (name == "lua") return input_.SkipString("a script");
  if (!input_.ReadString(value, kMostAux, "a fact about the file")) return false;
  if (listener_.on_aux) listener_.on_aux(name, value);
  return true;
}

template <class Skip>
bool RdbReader::PassOver(uint64_t offset, const std::string& what, Skip&& skip) {
  if (!options_.skip_unsupported) {
    return input_.Fail(RdbError::Kind::kUnsupported, offset, what + " cannot be kept");
  }
  if (!skip()) return false;
  ++skipped_;
  if (listener_.on_skipped) listener_.on_skipped(what);
  return true;
}

bool RdbReader::ReadModuleAux() {
  const uint64_t start = input_.offset() - 1;
  uint64_t module;
  if (!input_.ReadLength(module, "the number of a module")) return false;
  return PassOver(start, "data of the module type '" + ModuleTypeName(module) + "'",
                  [this] { return SkipModuleData(input_); });
}

bool RdbReader::ReadFunction(uint8_t opcode) {
  return PassOver(input_.offset() - 1, "a library of functions", [&] {
    if (opcode == rdb::kFunction2) return input_.SkipString("a library of functions");
    uint64_t described;
    return input_.SkipString("the name of a function") &&
           input_.SkipString("the engine of a function") &&
           input_.ReadLength(described, "whether a function has a description") &&
           (described == 0 || input_.SkipString("a function's description")) &&
           input_.SkipString("a function");
  });
}

bool RdbReader::ReadKey(uint8_t type, RdbRecord& record) {
  const uint64_t start = input_.offset() - 1;
  const std::string_view type_name = RdbTypeName(type);
  if (type_name.empty() && type != rdb::kModulePreGa) {
    return input_.Fail(
        RdbError::Kind::kDamaged, start,
        "expected the type of a key, or the mark of the end, found " + std::to_string(type));
  }
  record.database = database_;
  RdbString key;
  if (!input_.ReadStringHead(key, "a key")) return false;
  if (!input_.Need(key.encoded_size, "a key")) return false;
  const size_t position = input_.position();
  const std::string_view bytes = input_.At(position, key.encoded_size);
  bool own = true;
  switch (key.form) {
    case RdbString::Form::kPlain:
      own = false;
      record.key = bytes;
      break;
    case RdbString::Form::kInteger:
      record.own_key = std::to_string(key.integer);
      break;
    case RdbString::Form::kLzf:
      record.own_key.resize(key.size);
      if (!key.Expand(bytes, record.own_key.data())) {
        return input_.Fail(RdbError::Kind::kDamaged, start, "the compressed key is damaged");
      }
      break;
  }
  if (own) record.key = record.own_key;
  input_.Advance(bytes.size());
  if (type == rdb::kString) return ReadValue(record, own ? kOwnKey : position, bytes.size());

  const std::string what = "the " + std::string(type_name) + ' ' + QuotedForMessage(record.key);
  if (type == rdb::kModulePreGa) {
    return input_.Fail(RdbError::Kind::kUnsupported, start,
                       "the value of " + QuotedForMessage(record.key) +
                           " is a module's, in a form that nobody else can read");
  }
  return PassOver(start, what, [&] { return SkipRdbValue(input_, type); });
}

bool RdbReader::ReadValue(RdbRecord& record, size_t key_position, size_t key_size) {
  record.offset = input_.offset();
  record.own_bytes = BlobRef();
  record.bytes = {};
  if (!input_.ReadStringHead(record.value, "a value")) return false;
  const uint64_t size = record.value.encoded_size;
  if (size > kMostInWindow) {
    if (key_position != kOwnKey) record.own_key = input_.At(key_position, key_size);
    record.key = record.own_key;
    record.own_bytes = Blob::Create(size);
    if (!record.own_bytes) {
      return input_.Fail(RdbError::Kind::kRefused, record.offset,
                         "there is no memory for a value of " + std::to_string(size) + " bytes");
    }
    if (!input_.ReadInto(record.own_bytes->data(), size, "a value")) return false;
    record.own_bytes->set_size(size);
    record.bytes = record.own_bytes->view();
    return true;
  }
  if (!input_.Need(size, "a value")) return false;
  record.bytes = input_.At(input_.position(), size);
  input_.Advance(size);
  // The window may have moved meanwhile.
  if (key_position != kOwnKey) record.key = input_.At(key_position, key_size);
  return true;
}

bool RdbReader::ReadChecksum() {
  if (version_ < rdb::kChecksumSince) return true;
  const uint64_t found = input_.Checksum();
  const uint64_t start = input_.offset();
  uint64_t expected;
  if (!input_.ReadInteger(expected, "the checksum")) return false;
  if (!options_.verify_checksum || expected == 0 || expected == found) return true;
  return input_.Fail(
      RdbError::Kind::kDamaged, start,
      "expected the checksum " + Hexadecimal(found) + ", found " + Hexadecimal(expected));
}

}  // namespace larder
