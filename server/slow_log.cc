// Keeps the newest slow calls, each in a bounded amount of memory.
#include "server/slow_log.h"

#include <algorithm>
#include <utility>

#include "server/secret_arguments.h"

namespace larder {
namespace {

constexpr size_t kMostArguments = 32;
constexpr size_t kMostBytes = 128;

std::string Clipped(std::string_view argument) {
  if (argument.size() <= kMostBytes) return std::string(argument);
  return std::string(argument.substr(0, kMostBytes)) + "... (" +
         std::to_string(argument.size() - kMostBytes) + " more bytes)";
}

}  // namespace

std::vector<std::string> ArgumentsForLog(const CommandSpec& spec,
                                         std::span<const std::string_view> args) {
  // The last place says how many are left out.
  const size_t shown = args.size() > kMostArguments ? kMostArguments - 1 : args.size();
  std::vector<std::string> clipped;
  clipped.reserve(std::min(args.size(), kMostArguments));
  for (size_t i = 0; i < shown; ++i)
    clipped.push_back(Clipped(ShownArgument(spec, args, i)));
  if (shown < args.size()) {
    clipped.push_back("... (" + std::to_string(args.size() - shown) + " more arguments)");
  }
  return clipped;
}

void SlowLog::Add(SlowCall call, size_t most) {
  auto kept = std::make_shared<SlowCall>(std::move(call));
  const std::lock_guard lock(mutex_);
  kept->id = next_id_++;
  calls_.push_front(std::move(kept));
  Forget(most);
}

void SlowLog::Shrink(size_t most) {
  const std::lock_guard lock(mutex_);
  Forget(most);
}

void SlowLog::Forget(size_t most) {
  if (calls_.size() > most) calls_.resize(most);
}

size_t SlowLog::size() const {
  const std::lock_guard lock(mutex_);
  return calls_.size();
}

std::vector<std::shared_ptr<const SlowCall>> SlowLog::Newest(size_t count) const {
  const std::lock_guard lock(mutex_);
  const auto end = calls_.begin() + static_cast<std::ptrdiff_t>(std::min(count, calls_.size()));
  return {calls_.begin(), end};
}

}  // namespace larder
