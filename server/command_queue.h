// The commands that a transaction has queued.
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string_view>
#include <vector>

#include "server/command_table.h"

namespace larder {

// Owns copies of queued requests.
// Thread safety: none; part of a session.
class CommandQueue {
 public:
  class Item {
   public:
    Item(const CommandSpec& spec, std::span<const std::string_view> args);
    const CommandSpec& spec() const { return *spec_; }
    std::span<const std::string_view> args() const { return args_; }

   private:
    const CommandSpec* spec_;
    std::vector<char> bytes_;
    std::vector<std::string_view> args_;  // views into bytes_
  };

  void Add(const CommandSpec& spec, std::span<const std::string_view> args);
  const std::deque<Item>& items() const { return items_; }
  size_t size() const { return items_.size(); }
  size_t memory() const { return memory_; }

  // Whether one of the commands may be refused for want of memory.
  bool may_grow() const { return (flags_ & kDenyOom) != 0; }
  // Whether one of them changes something, or may do so.
  bool may_write() const { return (flags_ & (kWrite | kMayReplicate)) != 0; }
  // Whether one of them may not be carried out while a snapshot is loaded.
  bool uses_data() const { return uses_data_; }

  // A command was refused while the transaction was being queued: EXEC will not run it.
  void MarkBroken() { broken_ = true; }
  bool broken() const { return broken_; }

 private:
  std::deque<Item> items_;
  size_t memory_ = 0;
  bool broken_ = false;
  uint32_t flags_ = 0;  // of all commands together
  bool uses_data_ = false;
};

}  // namespace larder
