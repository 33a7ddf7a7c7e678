// The options of SET and GETEX: conditions, deadlines, and which of them exclude each other.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "server/command.h"

namespace larder {

// What is asked for the key's deadline.
enum class DeadlineOption : uint8_t {
  kInSeconds,       // EX, with an amount
  kInMilliseconds,  // PX, with an amount
  kAtSeconds,       // EXAT, with an amount
  kAtMilliseconds,  // PXAT, with an amount
  kKeep,            // KEEPTTL, and what GETEX does without options
  kClear,           // PERSIST, and what SET does without options
};

// When SET is to set.
enum class SetCondition : uint8_t { kAlways, kIfMissing, kIfPresent, kIfEqual };

// What the arguments behind SET's value, or GETEX's key, ask for.
struct SetOptions {
  DeadlineOption deadline = DeadlineOption::kClear;
  SetCondition condition = SetCondition::kAlways;
  bool get = false;
  std::string_view amount;      // with a deadline that has one
  std::string_view comparison;  // with kIfEqual

  bool has_amount() const { return deadline < DeadlineOption::kKeep; }
  // Whether it does not matter what the key holds now.
  bool unconditional() const {
    return condition == SetCondition::kAlways && !get && deadline != DeadlineOption::kKeep;
  }
};

// Reads the arguments behind SET's value, or GETEX's key; nothing if they are not well formed.
std::optional<SetOptions> ParseSetOptions(std::span<const std::string_view> words);
std::optional<SetOptions> ParseGetexOptions(std::span<const std::string_view> words);

// The deadline that `option` with `amount` asks for, in ms since the epoch. When the amount is not
// a number, not positive or too large, it answers the error and returns nothing.
// Requires: `option` is one with an amount.
std::optional<int64_t> ReadDeadline(CommandContext& c, DeadlineOption option,
                                    std::string_view amount);

}  // namespace larder
