// Copies requests into a transaction's queue.
#include "server/command_queue.h"

namespace larder {

CommandQueue::Item::Item(const CommandSpec& spec, std::span<const std::string_view> args)
    : spec_(&spec) {
  size_t total = 0;
  for (std::string_view arg : args)
    total += arg.size();
  bytes_.reserve(total);
  args_.reserve(args.size());
  for (std::string_view arg : args) {
    const char* at = bytes_.data() + bytes_.size();
    bytes_.insert(bytes_.end(), arg.begin(), arg.end());
    args_.emplace_back(at, arg.size());
  }
}

void CommandQueue::Add(const CommandSpec& spec, std::span<const std::string_view> args) {
  items_.emplace_back(spec, args);
  flags_ |= spec.flags;
  uses_data_ |= (spec.flags & kLoading) == 0;
  memory_ += sizeof(Item) + args.size() * sizeof(std::string_view);
  for (std::string_view arg : args)
    memory_ += arg.size();
}

}  // namespace larder
