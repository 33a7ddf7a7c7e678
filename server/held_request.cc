// Copies the request.
#include "server/held_request.h"

#include <algorithm>

namespace larder {

HeldRequest::HeldRequest(const CommandSpec& spec, std::span<const std::string_view> args,
                         LargeArguments large_arguments)
    : spec_(spec), large_arguments_(std::move(large_arguments)) {
  size_t size = 0;
  for (size_t i = 0; i < args.size(); ++i)
    size += IsLarge(i) ? 0 : args[i].size();
  bytes_.reserve(size);  // the views stay good
  args_.Reserve(args.size());
  for (size_t i = 0; i < args.size(); ++i) {
    const std::string_view arg = args[i];
    if (IsLarge(i)) {
      args_.Append(arg);
      continue;
    }
    const char* const copy = bytes_.data() + bytes_.size();
    bytes_.insert(bytes_.end(), arg.begin(), arg.end());
    args_.Append({copy, arg.size()});
  }
}

bool HeldRequest::IsLarge(size_t position) const {
  return std::any_of(large_arguments_.begin(), large_arguments_.end(),
                     [position](const auto& large) { return large.first == position; });
}

size_t HeldRequest::memory() const {
  size_t size = sizeof(*this) + bytes_.capacity() + args_.capacity() * sizeof(std::string_view);
  for (const auto& [position, blob] : large_arguments_)
    size += blob ? blob->capacity() : 0;
  return size;
}

}  // namespace larder
