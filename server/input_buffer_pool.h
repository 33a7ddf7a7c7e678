// Buffers for reading, which connections share.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "server/input_buffer.h"

namespace larder {

// Keeps buffers that no connection needs just now. The one that was given back last is lent first,
// since the cache has it still.
//
// Thread safety: none; it belongs to an I/O thread.
class InputBufferPool {
 public:
  // So many buffers are kept at most.
  explicit InputBufferPool(size_t most) : most_(most) { kept_.reserve(most); }

  // An empty buffer; its block may have to be allocated yet.
  InputBuffer Take() {
    if (kept_.empty()) return {};
    InputBuffer buffer = std::move(kept_.back());
    kept_.pop_back();
    return buffer;
  }
  void GiveBack(InputBuffer buffer) {
    buffer.Clear();
    if (kept_.size() < most_) kept_.push_back(std::move(buffer));
  }
  // Keeps one from now on, until more are given back.
  void Trim() {
    if (kept_.size() > 1) kept_.resize(1);
  }

 private:
  // Constant after construction.
  const size_t most_;

  std::vector<InputBuffer> kept_;
};

}  // namespace larder
