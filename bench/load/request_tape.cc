// Formatting of requests onto tapes.
#include "bench/load/request_tape.h"

#include <algorithm>
#include <charconv>

namespace larder::bench {
namespace {

void AppendNumber(std::string& out, uint64_t number) {
  char digits[20];
  auto [end, error] = std::to_chars(digits, digits + sizeof(digits), number);
  out.append(digits, end);
}

void AppendBulk(std::string& out, std::string_view bytes) {
  out += '$';
  AppendNumber(out, bytes.size());
  out += "\r\n";
  out += bytes;
  out += "\r\n";
}

void AppendArrayHeader(std::string& out, size_t count) {
  out += '*';
  AppendNumber(out, count);
  out += "\r\n";
}

}  // namespace

void RequestTape::AppendCommand(const std::vector<std::string>& arguments) {
  slots_.push_back(
      {bytes_.size(), static_cast<uint32_t>(keys_.size()), 0, Expect::kAny, CommandKind::kCommand});
  AppendArrayHeader(bytes_, arguments.size());
  for (const std::string& argument : arguments)
    AppendBulk(bytes_, argument);
}

TapeBuilder::TapeBuilder(const Workload& workload, const ValueSource& values, uint64_t seed)
    : workload_(workload), values_(values), chooser_(workload.keys, workload.key_count, seed) {
  for (const MixPart& part : workload_.mix)
    total_weight_ += part.weight;
}

void TapeBuilder::AppendDrawn() {
  uint64_t point = total_weight_ > 1 ? chooser_.random().Below(total_weight_) : 0;
  for (const MixPart& part : workload_.mix) {
    if (point < part.weight) return AppendKind(part.kind);
    point -= part.weight;
  }
}

void TapeBuilder::AppendKind(CommandKind kind) {
  switch (kind) {
    case CommandKind::kGet:
      return AppendRead("GET", kind, 1, Expect::kValue);
    case CommandKind::kMget:
      return AppendRead("MGET", kind, workload_.keys_per_request, Expect::kValues);
    case CommandKind::kDel:
      return AppendRead("DEL", kind, workload_.keys_per_request, Expect::kInteger);
    case CommandKind::kExists:
      return AppendRead("EXISTS", kind, workload_.keys_per_request, Expect::kInteger);
    case CommandKind::kSet:
      return AppendSet(chooser_.Next());
    case CommandKind::kMset:
      return AppendMset();
    case CommandKind::kIncr:
      Begin(kind, Expect::kInteger, 2);
      AddArgument("INCR");
      AddArgument(workload_.key_prefix + "counter:" + std::to_string(chooser_.Next()));
      return;
    case CommandKind::kPing:
      Begin(kind, Expect::kPong, 1);
      AddArgument("PING");
      return;
    case CommandKind::kCommand:
      return AppendCustom();
  }
}

void TapeBuilder::AppendSet(uint64_t key) {
  Begin(CommandKind::kSet, Expect::kOk, workload_.expire.to > 0 ? 5 : 3);
  AddArgument("SET");
  AddKey(key);
  AddArgument(values_.ValueOf(key));
  if (workload_.expire.to > 0) AddExpire();
}

void TapeBuilder::AppendRead(std::string_view name, CommandKind kind, uint32_t key_count,
                             Expect expect) {
  Begin(kind, expect, 1 + key_count);
  AddArgument(name);
  for (uint32_t i = 0; i < key_count; ++i) {
    uint64_t key = chooser_.Next();
    AddKey(key);
    if (expect != Expect::kInteger) ExpectKey(key);
  }
}

void TapeBuilder::AppendMset() {
  Begin(CommandKind::kMset, Expect::kOk, 1 + 2 * workload_.keys_per_request);
  AddArgument("MSET");
  for (uint32_t i = 0; i < workload_.keys_per_request; ++i) {
    uint64_t key = chooser_.Next();
    AddKey(key);
    AddArgument(values_.ValueOf(key));
  }
}

void TapeBuilder::AppendCustom() {
  const CommandTemplate& command =
      workload_.commands[chooser_.random().Below(workload_.commands.size())];
  Begin(CommandKind::kCommand, Expect::kAny, command.size());
  uint64_t key = 0;
  for (const std::string& argument : command)
    AddArgument(FillIn(argument, key));
}

// Replaces each __key__ by a key drawn anew, kept in `key`, and each __value__ by that key's value.
std::string TapeBuilder::FillIn(const std::string& argument, uint64_t& key) {
  static constexpr std::string_view kKey = "__key__";
  static constexpr std::string_view kValue = "__value__";
  std::string filled;
  for (size_t i = 0; i < argument.size();) {
    if (argument.compare(i, kKey.size(), kKey) == 0) {
      key = chooser_.Next();
      std::string digits = std::to_string(key);
      filled += workload_.key_prefix;
      filled.append(std::max<size_t>(workload_.key_digits, digits.size()) - digits.size(), '0');
      filled += digits;
      i += kKey.size();
    } else if (argument.compare(i, kValue.size(), kValue) == 0) {
      filled += values_.ValueOf(key);
      i += kValue.size();
    } else {
      filled += argument[i++];
    }
  }
  return filled;
}

void TapeBuilder::Begin(CommandKind kind, Expect expect, size_t argument_count) {
  tape_.slots_.push_back(
      {tape_.bytes_.size(), static_cast<uint32_t>(tape_.keys_.size()), 0, expect, kind});
  AppendArrayHeader(tape_.bytes_, argument_count);
}

void TapeBuilder::AddArgument(std::string_view argument) {
  AppendBulk(tape_.bytes_, argument);
}

void TapeBuilder::AddKey(uint64_t key) {
  char digits[20];
  auto [end, error] = std::to_chars(digits, digits + sizeof(digits), key);
  size_t width = std::max<size_t>(workload_.key_digits, end - digits);
  std::string& out = tape_.bytes_;
  out += '$';
  AppendNumber(out, workload_.key_prefix.size() + width);
  out += "\r\n";
  out += workload_.key_prefix;
  out.append(width - (end - digits), '0');
  out.append(digits, end);
  out += "\r\n";
}

void TapeBuilder::AddExpire() {
  const ExpireRange& range = workload_.expire;
  AddArgument("EX");
  AddArgument(std::to_string(range.from + chooser_.random().Below(range.to - range.from + 1)));
}

void TapeBuilder::ExpectKey(uint64_t key) {
  uint32_t length = workload_.check_values ? values_.LengthOf(key) : kUnknownLength;
  tape_.keys_.push_back({static_cast<uint32_t>(key), length});
  ++tape_.slots_.back().key_count;
}

RequestTape BuildLoadTape(const Workload& workload, const ValueSource& values, size_t max_bytes,
                          uint64_t seed) {
  static constexpr uint64_t kFewest = 65'536;
  TapeBuilder builder(workload, values, seed);
  uint64_t wanted = std::max(kFewest, workload.key_count);
  while (builder.tape().size() < wanted && builder.tape().byte_count() < max_bytes) {
    builder.AppendDrawn();
  }
  return builder.Take();
}

}  // namespace larder::bench
