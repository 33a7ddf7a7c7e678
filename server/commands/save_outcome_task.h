// A command that waits for the end of a save, while others are served.
#pragma once

#include <atomic>
#include <utility>

#include "server/command.h"
#include "server/saver.h"

namespace larder {

// Thread safety: none; a task belongs to its session.
class SaveOutcomeTask : public SlicedTask {
 public:
  using Answer = void (*)(const SaveOutcome& outcome, ReplyWriter& reply);

  SaveOutcomeTask(Saver::Outcome outcome, Answer answer)
      : outcome_(std::move(outcome)), answer_(answer) {}

  size_t next_shard() const override { return kNoShard; }
  bool waits() const override {
    // Acquire: pairs with Saver::Finish() and Server::Refuse().
    return !outcome_->done.load(std::memory_order_acquire);
  }
  bool Step(CommandContext& c) override {
    if (waits()) return false;
    answer_(*outcome_, c.reply);
    return true;
  }

 private:
  const Saver::Outcome outcome_;
  const Answer answer_;
};

}  // namespace larder
