// Tests of the block of an entry.
#include "storage/entry.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

namespace larder {
namespace {

constexpr int64_t kLastNear = (int64_t{1} << 48) - 1;  // in the year 10889

TEST_CASE("an entry holds what it was made of, whatever the lengths and the deadline") {
  for (const size_t key_size : {0, 1, 21, 254, 255, 256, 70'000}) {
    for (const int64_t deadline : {kNoDeadline, int64_t{0}, int64_t{1'700'000'000'000}, kLastNear,
                                   kLastNear + 1, std::numeric_limits<int64_t>::max()}) {
      CAPTURE(key_size);
      CAPTURE(deadline);
      const std::string key(key_size, 'k');
      const std::string value(100, 'v');
      const size_t size = Entry::BlockSize(key_size, value.size(), deadline);
      CHECK(size <= key_size + value.size() + Entry::kMostBeside);
      std::vector<char> memory(size);
      Entry* entry = Entry::Format(memory.data(), key, ValueType::kString, Encoding::kInline,
                                   value.size(), deadline);
      value.copy(entry->value_data(), value.size());
      const bool timed = deadline != kNoDeadline;
      if (timed) {
        entry->set_timer_next(0x7fffffff);
        entry->set_timer_prev(0x80000123);
      }
      CHECK(entry->block_size() == size);
      CHECK(entry->key() == key);
      IntegerText text;
      CHECK(entry->String(text) == value);
      CHECK(entry->has_deadline() == timed);
      CHECK(entry->deadline_ms() == deadline);
      if (timed) {
        CHECK(entry->timer_next() == 0x7fffffff);
        CHECK(entry->timer_prev() == 0x80000123);
      }
    }
  }
}

TEST_CASE("a block has room for the deadlines of its reach only") {
  std::vector<char> memory(200);
  const auto made_with = [&](int64_t deadline) -> Entry& {
    return *Entry::Format(memory.data(), "key", ValueType::kString, Encoding::kInline, 0, deadline);
  };
  CHECK(made_with(kNoDeadline).CanHoldDeadline(kNoDeadline));
  CHECK_FALSE(made_with(kNoDeadline).CanHoldDeadline(5));
  CHECK(made_with(5).CanHoldDeadline(kLastNear));
  CHECK_FALSE(made_with(5).CanHoldDeadline(kLastNear + 1));
  CHECK_FALSE(made_with(5).CanHoldDeadline(kNoDeadline));
  Entry& far = made_with(kLastNear + 1);
  CHECK_FALSE(far.CanHoldDeadline(5));
  far.set_deadline_ms(std::numeric_limits<int64_t>::max() - 1);
  CHECK(far.deadline_ms() == std::numeric_limits<int64_t>::max() - 1);
}

}  // namespace
}  // namespace larder
