// Finds what occurs most often in a stream, with a fixed number of counters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace larder {

// Space-Saving (Metwally, Agrawal, El Abbadi: "Efficient Computation of Frequent and Top-k Elements
// in Data Streams", ICDT 2005). Each element that is watched has a counter. One that is not takes
// over the counter with the lowest count, goes on from there, and notes that count as its error.
// With m counters, after a stream of weight N:
//   - true weight <= count, and count - error <= true weight;
//   - error <= lowest count <= N / m;
//   - whatever is heavier than N / m has a counter;
//   - the counts add up to N.
//
// Owns the counters; what belongs to an element beside its weight is kept by the caller, by the
// number of the counter. Counters lie side by side, so that all are compared in some tens of
// nanoseconds: for up to a few hundred no index is worth its while.
//
// Thread safety: guarded by the owner.
class SpaceSaving {
 public:
  explicit SpaceSaving(size_t counters);

  struct Charged {
    size_t counter;
    bool taken_over;  // what was kept for the counter was another element's, or nobody's
  };
  // Counts an element, given by a hash of 64 bits. Requires: there are counters.
  Charged Add(uint64_t element, uint64_t weight);

  // Makes all that was counted weigh half, so that what occurs now outweighs what has been.
  void Halve();
  void Clear();

  size_t capacity() const { return capacity_; }
  // The counters in use are those from 0 on.
  size_t size() const { return elements_.size(); }
  uint64_t count(size_t counter) const { return counts_[counter]; }
  uint64_t error(size_t counter) const { return errors_[counter]; }
  // No element that has no counter is heavier.
  uint64_t floor() const;

 private:
  size_t Lowest() const;

  // Constant after construction.
  size_t capacity_;

  // By counter.
  std::vector<uint64_t> elements_;
  std::vector<uint64_t> counts_;
  std::vector<uint64_t> errors_;
};

}  // namespace larder
