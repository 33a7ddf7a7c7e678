// Parsing of the options of SET and GETEX, and of the times in them.
#include "server/commands/set_options.h"

#include "protocol/number.h"
#include "server/command_table.h"
#include "server/commands/errors.h"
#include "server/commands/option_word.h"

namespace larder {

namespace {

// Reads options one after the other. An option may be repeated, but for IFEQ, and the last one then
// counts, as in Redis.
class OptionReader {
 public:
  OptionReader(std::span<const std::string_view> words, SetOptions& options)
      : words_(words), options_(options) {}

  bool done() const { return words_.empty(); }

  // Each takes its option from the front of the words, and returns false if something else is
  // there.
  bool TakeDeadline();
  bool TakeKeepTtl() { return Is("keepttl") && SetDeadline(DeadlineOption::kKeep); }
  bool TakePersist() { return Is("persist") && SetDeadline(DeadlineOption::kClear); }
  bool TakeCondition();
  bool TakeGet();

 private:
  bool Is(std::string_view word) const { return IsWord(words_.front(), word); }
  void Skip(size_t words) { words_ = words_.subspan(words); }
  bool SetDeadline(DeadlineOption option);
  bool SetAmount(DeadlineOption option);
  bool SetPresence(SetCondition condition);

  std::span<const std::string_view> words_;
  SetOptions& options_;
  bool deadline_given_ = false;
};

bool OptionReader::TakeDeadline() {
  const size_t size = words_.front().size();
  if (size == 2) {
    if (Is("ex")) return SetAmount(DeadlineOption::kInSeconds);
    if (Is("px")) return SetAmount(DeadlineOption::kInMilliseconds);
  } else if (size == 4) {
    if (Is("exat")) return SetAmount(DeadlineOption::kAtSeconds);
    if (Is("pxat")) return SetAmount(DeadlineOption::kAtMilliseconds);
  }
  return false;
}

bool OptionReader::SetAmount(DeadlineOption option) {
  if (words_.size() < 2) return false;
  options_.amount = words_[1];
  if (!SetDeadline(option)) return false;
  Skip(1);
  return true;
}

bool OptionReader::SetDeadline(DeadlineOption option) {
  if (deadline_given_ && options_.deadline != option) return false;
  options_.deadline = option;
  deadline_given_ = true;
  Skip(1);
  return true;
}

bool OptionReader::TakeCondition() {
  if (Is("nx")) return SetPresence(SetCondition::kIfMissing);
  if (Is("xx")) return SetPresence(SetCondition::kIfPresent);
  if (!Is("ifeq") || words_.size() < 2 || options_.condition != SetCondition::kAlways) return false;
  options_.condition = SetCondition::kIfEqual;
  options_.comparison = words_[1];
  Skip(2);
  return true;
}

bool OptionReader::SetPresence(SetCondition condition) {
  if (options_.condition != SetCondition::kAlways && options_.condition != condition) return false;
  options_.condition = condition;
  Skip(1);
  return true;
}

bool OptionReader::TakeGet() {
  if (!Is("get")) return false;
  options_.get = true;
  Skip(1);
  return true;
}

}  // namespace

std::optional<SetOptions> ParseSetOptions(std::span<const std::string_view> words) {
  SetOptions options;
  OptionReader reader(words, options);
  while (!reader.done()) {
    if (!reader.TakeDeadline() && !reader.TakeCondition() && !reader.TakeGet() &&
        !reader.TakeKeepTtl()) {
      return std::nullopt;
    }
  }
  return options;
}

std::optional<SetOptions> ParseGetexOptions(std::span<const std::string_view> words) {
  SetOptions options;
  options.deadline = DeadlineOption::kKeep;
  OptionReader reader(words, options);
  while (!reader.done()) {
    if (!reader.TakeDeadline() && !reader.TakePersist()) return std::nullopt;
  }
  return options;
}

std::optional<int64_t> ReadDeadline(CommandContext& c, DeadlineOption option,
                                    std::string_view amount) {
  int64_t time;
  if (!ParseInteger(amount, &time)) {
    c.reply.Error(errors::kNotAnInteger);
    return std::nullopt;
  }
  const bool seconds = option == DeadlineOption::kInSeconds || option == DeadlineOption::kAtSeconds;
  const bool relative =
      option == DeadlineOption::kInSeconds || option == DeadlineOption::kInMilliseconds;
  if (time <= 0 || (seconds && __builtin_mul_overflow(time, 1000, &time)) ||
      (relative && __builtin_add_overflow(time, c.now_ms, &time))) {
    c.reply.Error(errors::InvalidExpireTime(c.spec.name));
    return std::nullopt;
  }
  return time;
}

}  // namespace larder
