// Requests built before the clock starts, as one array of bytes with what to expect for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/load/value_source.h"
#include "bench/load/workload.h"

namespace larder::bench {

// What a right reply looks like.
enum class Expect : uint8_t {
  kAny,      // anything but an error
  kOk,       // +OK
  kPong,     // +PONG
  kInteger,  // :n
  kValue,    // the value of the request's key, or a null
  kValues,   // an array of as many values or nulls as the request has keys
};

// One request of a tape; 16 bytes, so that four fit a cache line when the tape is played.
//
//   0        8           12          14      15      16
//   | begin  | first_key | key_count | expect| kind  |
struct Slot {
  uint64_t begin;      // of its bytes; they end where the next slot's begin
  uint32_t first_key;  // index of its first ExpectedKey
  uint16_t key_count;
  Expect expect;
  CommandKind kind;
};
static_assert(sizeof(Slot) == 16);

// A key that a request reads, and the length of its value (kUnknownLength: any).
struct ExpectedKey {
  uint32_t key;
  uint32_t length;
};

// A sequence of requests that connections play in circles, each from a place of its own: during the
// run sending is writing slices of bytes(), and nothing is formatted.
//
// Owns the bytes and the expectations.
// Thread safety: constant once built.
class RequestTape {
 public:
  size_t size() const { return slots_.size(); }
  const char* bytes() const { return bytes_.data(); }
  size_t byte_count() const { return bytes_.size(); }
  const Slot& slot(size_t index) const { return slots_[index]; }
  uint64_t EndOf(size_t index) const {
    return index + 1 < slots_.size() ? slots_[index + 1].begin : bytes_.size();
  }
  const ExpectedKey* keys_of(const Slot& slot) const { return keys_.data() + slot.first_key; }

  // Appends a request whose reply may be anything but an error.
  void AppendCommand(const std::vector<std::string>& arguments);

 private:
  friend class TapeBuilder;

  std::string bytes_;
  std::vector<Slot> slots_;
  std::vector<ExpectedKey> keys_;
};

// Writes the requests of a workload onto a tape.
//
// Owns the tape until it is taken; refers to the workload and the values.
// Thread safety: none.
class TapeBuilder {
 public:
  // Requires: `workload` and `values` outlive the builder.
  TapeBuilder(const Workload& workload, const ValueSource& values, uint64_t seed);

  // Appends a request drawn from the mix.
  void AppendDrawn();
  // Appends a SET of one key, as a preload sends it.
  void AppendSet(uint64_t key);

  const RequestTape& tape() const { return tape_; }
  RequestTape Take() { return std::move(tape_); }

 private:
  void AppendKind(CommandKind kind);
  void AppendCustom();
  void AppendRead(std::string_view name, CommandKind kind, uint32_t key_count, Expect expect);
  void AppendMset();
  void Begin(CommandKind kind, Expect expect, size_t argument_count);
  void AddArgument(std::string_view argument);
  void AddKey(uint64_t key);
  void AddExpire();
  void ExpectKey(uint64_t key);
  std::string FillIn(const std::string& argument, uint64_t& key);

  const Workload& workload_;
  const ValueSource& values_;
  KeyChooser chooser_;
  uint64_t total_weight_ = 0;
  RequestTape tape_;
};

// Builds the tape of a run: as many requests as there are keys, so that nearly the whole keyspace
// is touched, but at least 65,536 and no more than fit into `max_bytes`.
RequestTape BuildLoadTape(const Workload& workload, const ValueSource& values, size_t max_bytes,
                          uint64_t seed);

}  // namespace larder::bench
