// Requests that came in on several connections at the same time, and what they will look at.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/request_parser.h"
#include "storage/keyspace.h"

namespace larder {

// Guesses which keys requests are about that are just going to be carried out, one after the other,
// and asks the processor for the memory where these keys lie. Without pipelines a connection has
// one request at a time, so that only those of other connections can overlap their cache misses
// with it; the requests of one batch are seen to by the dispatcher.
//
// Thread safety: none; it belongs to an I/O thread.
class Lookahead {
 public:
  // So many requests are looked at together.
  static constexpr size_t kMost = 16;

  // Requires: the keyspace outlives it.
  explicit Lookahead(Keyspace& keyspace) : keyspace_(keyspace) {}

  // The three steps, each of which takes for granted that what the step before has asked for has
  // come by now: the buckets of keys, the heads of their entries, the rest of one of these.

  // Looks at the first request of some input; without one, only counts.
  // Requires: fewer than kMost were added since Clear().
  void Add(std::string_view input, size_t db);
  void PrefetchEntries();
  // Of the request that was added as number `index`; any number will do.
  void PrefetchValue(size_t index);

  void Clear() { count_ = 0; }

 private:
  struct Guess {
    Shard* shard;  // null: there is none
    uint64_t hash;
    size_t db;
    const void* entry;
  };

  // Constant after construction.
  Keyspace& keyspace_;

  RequestParser parser_;
  ArgumentList args_;
  std::array<Guess, kMost> guesses_;
  size_t count_ = 0;
};

}  // namespace larder
