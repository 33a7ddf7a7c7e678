// Tests of the queues of an eviction policy.
#include "storage/eviction_queues.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <vector>

namespace larder {
namespace {

using Queue = EvictionQueues::Queue;

// The queues together with what they should hold.
class CheckedQueues {
 public:
  void Append(Queue queue, Ref ref) {
    positions_[ref] = queues_.Append(queue, ref);
    REQUIRE(positions_[ref] != EvictionQueues::kNoPosition);
    expected_[queue].push_back(ref);
  }
  void Erase(Ref ref) {
    const Queue queue = queues_.QueueOf(positions_.at(ref));
    REQUIRE(queues_.At(positions_.at(ref)) == ref);
    queues_.Erase(positions_.at(ref),
                  [this](Ref moved, uint32_t position) { positions_.at(moved) = position; });
    positions_.erase(ref);
    std::erase(expected_[queue], ref);
  }
  void Rename(Ref ref, Ref other) {
    const Queue queue = queues_.QueueOf(positions_.at(ref));
    queues_.Replace(positions_.at(ref), other);
    positions_[other] = positions_.at(ref);
    positions_.erase(ref);
    *std::find(expected_[queue].begin(), expected_[queue].end(), ref) = other;
  }
  void PopFront(Queue queue) {
    REQUIRE(queues_.Front(queue) == expected_[queue].front());
    positions_.erase(expected_[queue].front());
    queues_.PopFront(queue);
    expected_[queue].pop_front();
  }
  void Check() const {
    for (const Queue queue : {EvictionQueues::kSmall, EvictionQueues::kMain}) {
      REQUIRE(queues_.size(queue) == expected_[queue].size());
      REQUIRE(queues_.Front(queue) ==
              (expected_[queue].empty() ? kNullRef : expected_[queue].front()));
      for (const Ref ref : expected_[queue]) {
        REQUIRE(queues_.At(positions_.at(ref)) == ref);
        REQUIRE(queues_.QueueOf(positions_.at(ref)) == queue);
      }
    }
  }
  const std::deque<Ref>& expected(Queue queue) const { return expected_[queue]; }
  size_t memory() const { return queues_.memory(); }

 private:
  EvictionQueues queues_;
  std::map<Ref, uint32_t> positions_;
  std::deque<Ref> expected_[2];
};

TEST_CASE("entries leave the queues in the order in which they came") {
  CheckedQueues queues;
  for (Ref ref = 1; ref <= 1000; ++ref)
    queues.Append(ref % 3 == 0 ? EvictionQueues::kSmall : EvictionQueues::kMain, ref);
  queues.Check();
  while (!queues.expected(EvictionQueues::kSmall).empty())
    queues.PopFront(EvictionQueues::kSmall);
  while (!queues.expected(EvictionQueues::kMain).empty())
    queues.PopFront(EvictionQueues::kMain);
  queues.Check();
}

TEST_CASE("random appending, erasing, renaming and leaving keep order and positions") {
  std::mt19937 random(7);
  CheckedQueues queues;
  Ref next = 1;
  for (int i = 0; i < 30000; ++i) {
    const Queue queue = random() % 2 == 0 ? EvictionQueues::kSmall : EvictionQueues::kMain;
    const std::deque<Ref>& expected = queues.expected(queue);
    const bool grows = i / 3000 % 2 == 0;
    const unsigned choice = random() % 8;
    if (choice < (grows ? 5 : 2)) {
      queues.Append(queue, next++);
    } else if (expected.empty()) {
      continue;
    } else if (choice == 5) {
      queues.PopFront(queue);
    } else if (choice == 6) {
      queues.Rename(expected[random() % expected.size()], next++);
    } else {
      queues.Erase(expected[random() % expected.size()]);
    }
    if (i % 1000 == 0) queues.Check();
  }
  queues.Check();
}

TEST_CASE("a slot costs little more than four bytes, and holes do not pile up") {
  CheckedQueues queues;
  constexpr Ref kEntries = 30000;
  for (Ref ref = 1; ref <= kEntries; ++ref)
    queues.Append(EvictionQueues::kMain, ref);
  CHECK(queues.memory() <= kEntries * 4.5);
  std::mt19937 random(1);
  size_t left = kEntries;
  for (Ref ref = 1; ref <= kEntries; ++ref) {
    if (random() % 10 == 0) continue;
    queues.Erase(ref);
    --left;
  }
  queues.Check();
  // At worst three slots in eight are filled.
  CHECK(queues.memory() <= left * 4.5 * 8 / 3);
}

}  // namespace
}  // namespace larder
