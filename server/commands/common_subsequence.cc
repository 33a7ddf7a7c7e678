// The rows of the table, computed 64 columns at once.
#include "server/commands/common_subsequence.h"

#include <array>
#include <bit>

namespace larder {

namespace {

std::unique_ptr<uint64_t[]> Allocate(size_t words) {
  return std::unique_ptr<uint64_t[]>(new (std::nothrow) uint64_t[words]);
}

}  // namespace

class CommonSubsequence::ColumnSets {
 public:
  // False if there is no memory.
  [[nodiscard]] bool Build(std::string_view a, std::string_view b, size_t words);
  // Requires: `byte` occurs in `a`.
  const uint64_t* Of(char byte) const { return sets_.get() + starts_[Index(byte)]; }

 private:
  static constexpr size_t kNone = ~size_t{0};
  static size_t Index(char byte) { return static_cast<unsigned char>(byte); }

  std::array<size_t, 256> starts_;  // of each byte's set
  std::unique_ptr<uint64_t[]> sets_;
};

bool CommonSubsequence::ColumnSets::Build(std::string_view a, std::string_view b, size_t words) {
  starts_.fill(kNone);
  size_t end = 0;
  for (const char byte : a) {
    size_t& start = starts_[Index(byte)];
    if (start != kNone) continue;
    start = end;
    end += words;
  }
  sets_ = Allocate(end);
  if (sets_ == nullptr) return false;
  std::fill_n(sets_.get(), end, 0);
  for (size_t j = 0; j < b.size(); ++j) {
    const size_t start = starts_[Index(b[j])];
    if (start != kNone) sets_[start + j / 64] |= uint64_t{1} << (j % 64);
  }
  return true;
}

void CommonSubsequence::NextRow(const uint64_t* before, const uint64_t* equal,
                                uint64_t* after) const {
  uint64_t carry = 0;
  for (size_t k = 0; k < words_; ++k) {
    const uint64_t row = before[k];
    const uint64_t matches = row & equal[k];
    // row + matches + carry, over all words.
    uint64_t sum;
    const bool first = __builtin_add_overflow(row, matches, &sum);
    const bool second = __builtin_add_overflow(sum, carry, &sum);
    carry = first || second;
    after[k] = sum | (row & ~matches);
  }
}

bool CommonSubsequence::Compute(bool keep_rows) {
  length_ = 0;
  if (a_.empty() || b_.empty()) return true;
  ColumnSets columns;
  if (!columns.Build(a_, b_, words_)) return false;
  rows_ = Allocate(keep_rows ? a_.size() * words_ : words_);
  const std::unique_ptr<uint64_t[]> none = Allocate(words_);
  if (rows_ == nullptr || none == nullptr) return false;
  std::fill_n(none.get(), words_, ~uint64_t{0});

  const uint64_t* before = none.get();
  uint64_t* row = rows_.get();
  for (const char byte : a_) {
    NextRow(before, columns.Of(byte), row);
    before = row;
    if (keep_rows) row += words_;
  }
  // Columns beyond the end of `b` match nothing, so that their bits stay set.
  for (size_t k = 0; k < words_; ++k)
    length_ += static_cast<size_t>(std::popcount(~before[k]));
  return true;
}

}  // namespace larder
