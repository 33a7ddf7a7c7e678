// Whoever wants to hear of every key that changes.
#pragma once

#include <string_view>

namespace larder {

// Thread safety: called under the lock of the key's shard, thus for different keys by several
// threads at once.
class KeyObserver {
 public:
  virtual ~KeyObserver() = default;
  // The key was stored or removed, by somebody or since its deadline has passed or for want of
  // memory, or is about to be. Requires: the view is used during the call only.
  virtual void Changed(std::string_view key) = 0;
};

}  // namespace larder
