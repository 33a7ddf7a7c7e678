// Guessing keys and prefetching what they lead to.
#include "server/lookahead.h"

#include <cassert>

#include "storage/key_hash.h"
#include "storage/prefetch.h"

namespace larder {

void Lookahead::Add(std::string_view input, size_t db) {
  assert(count_ < kMost);
  Guess& guess = guesses_[count_++];
  guess = {nullptr, 0, db, nullptr};
  if (input.empty()) return;
  args_.Clear();
  if (parser_.Parse(input, ParserLimits{}, args_) != ParseStatus::kRequest) [[unlikely]] {
    parser_ = RequestParser();  // what it remembers of the input is good for nothing
    return;
  }
  // The first argument of nearly all commands that have keys is one.
  if (args_.size() < 2) return;
  guess.hash = HashKey(args_[1]);
  guess.shard = &keyspace_.shard(keyspace_.ShardOf(guess.hash));
  if (const Database* database = guess.shard->database_if_present(db)) {
    database->PrefetchBucket(guess.hash);
  }
}

void Lookahead::PrefetchEntries() {
  for (size_t i = 0; i < count_; ++i) {
    Guess& guess = guesses_[i];
    // A shard that is in use is left alone: prefetching is not worth waiting for.
    if (guess.shard == nullptr || !guess.shard->lock().try_lock()) continue;
    if (const Database* database = guess.shard->database_if_present(guess.db)) {
      guess.entry = database->PrefetchEntries(guess.hash);
    }
    guess.shard->lock().unlock();
  }
}

void Lookahead::PrefetchValue(size_t index) {
  if (index < count_) PrefetchRest(guesses_[index].entry);
}

}  // namespace larder
