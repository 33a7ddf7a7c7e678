// The longest common subsequence of two strings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

namespace larder {

// Computes the textbook's table of lengths L(i, j), of the first i bytes of `a` and the first j of
// `b`, a row at a time and 64 columns at once: along a row the lengths grow by one or not at all,
// so that a bit for each column says everything about the row (Hyyrö, "Bit-parallel LCS-length
// computation revisited", 2004). The rows are kept if the subsequence itself is asked for.
//
// Owns the rows, not the strings.
//
// Thread safety: none.
class CommonSubsequence {
 public:
  // Requires: the strings outlive it.
  CommonSubsequence(std::string_view a, std::string_view b)
      : a_(a), b_(b), words_((b.size() + 63) / 64) {}

  // False if there is no memory for it.
  [[nodiscard]] bool ComputeLength() { return Compute(/*keep_rows=*/false); }
  // The same, so that ForEachRun() can be called.
  [[nodiscard]] bool ComputeRuns() { return Compute(/*keep_rows=*/true); }

  // Requires: one of the above returned true.
  size_t length() const { return length_; }

  // Calls visit(a_first, b_first, size) for each run of bytes that follow each other in both
  // strings, from the last run to the first. Among several longest subsequences it is the one that
  // Redis finds. Requires: ComputeRuns() returned true.
  template <class Visit>
  void ForEachRun(Visit&& visit) const;

 private:
  // Where `b` has each byte that occurs in `a`, as a bit for each column.
  class ColumnSets;

  bool Compute(bool keep_rows);
  void NextRow(const uint64_t* before, const uint64_t* equal, uint64_t* after) const;
  // Whether L(i, j) is larger than L(i, j - 1). Requires: i and j are at least 1.
  bool Grows(size_t i, size_t j) const {
    return (rows_[(i - 1) * words_ + (j - 1) / 64] >> ((j - 1) % 64) & 1) == 0;
  }

  // Constant after construction.
  const std::string_view a_;
  const std::string_view b_;
  const size_t words_;  // of a row

  // A clear bit where the length grows.
  std::unique_ptr<uint64_t[]> rows_;
  size_t length_ = 0;
};

template <class Visit>
void CommonSubsequence::ForEachRun(Visit&& visit) const {
  size_t i = a_.size();
  size_t j = b_.size();
  while (i > 0 && j > 0) {
    size_t size = 0;
    while (i > 0 && j > 0 && a_[i - 1] == b_[j - 1]) {
      --i;
      --j;
      ++size;
    }
    if (size > 0) {
      visit(i, j, size);
    } else if (Grows(i, j)) {
      --i;  // the row above is as long as this one here
    } else {
      --j;
    }
  }
}

}  // namespace larder
