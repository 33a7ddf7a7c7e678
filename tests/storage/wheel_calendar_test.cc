// Tests of the timer wheel's arithmetic.
#include "storage/wheel_calendar.h"

#include <doctest/doctest.h>

#include <random>

namespace larder {
namespace {

using Visit = WheelCalendar::Visit;

TEST_CASE("a tick belongs to the level of its highest digit that differs") {
  struct Case {
    uint64_t position;
    uint64_t tick;
    unsigned level;
    unsigned digit;
  };
  const Case cases[] = {
      {0, 0, 0, 0},
      {0, 63, 0, 63},
      {0, 64, 1, 1},
      {63, 64, 1, 1},
      {64, 65, 0, 1},
      {64, 127, 0, 63},
      {64, 128, 1, 2},
      {4095, 4096, 2, 1},
      {100, 4200, 2, 1},
      {1ull << 40, (1ull << 40) + 5, 0, 5},
      {0, WheelCalendar::kMaxTick, 9, 7},
  };
  for (const Case& each : cases) {
    CAPTURE(each.tick);
    const WheelCalendar calendar(each.position);
    CHECK(calendar.SlotFor(each.tick) == each.level * 64 + each.digit);
  }
  CHECK(WheelCalendar(10).SlotFor(9) == WheelCalendar::kOverdueSlot);
}

TEST_CASE("the next visit is at the beginning of the next occupied slot") {
  WheelCalendar calendar(100);
  CHECK(calendar.NextVisit().tick > WheelCalendar::kMaxTick);
  calendar.Occupy(calendar.SlotFor(5000));
  CHECK(calendar.NextVisit().tick == 4096);
  calendar.Occupy(calendar.SlotFor(130));
  CHECK(calendar.NextVisit().tick == 128);
  calendar.Occupy(calendar.SlotFor(101));
  CHECK(calendar.NextVisit().tick == 101);
  calendar.Vacate(calendar.SlotFor(101));
  CHECK(calendar.NextVisit().tick == 128);
}

TEST_CASE("at one tick the slot of the highest level comes first") {
  WheelCalendar calendar(0);
  const unsigned high = calendar.SlotFor(4096);
  const unsigned low = WheelCalendar(4096).SlotFor(4096);
  calendar.set_position(4096);
  calendar.Occupy(low);
  calendar.Occupy(high);
  const Visit first = calendar.NextVisit();
  CHECK(first.tick == 4096);
  CHECK(first.slot == high);
}

TEST_CASE("a slot is visited no later than the tick it was chosen for, from any earlier position") {
  std::mt19937_64 random(8);
  for (int i = 0; i < 100000; ++i) {
    const uint64_t position = random() >> (8 + random() % 50);
    const uint64_t tick = position + (random() >> (8 + random() % 55));
    if (tick > WheelCalendar::kMaxTick) continue;
    WheelCalendar calendar(position);
    const unsigned slot = calendar.SlotFor(tick);
    calendar.Occupy(slot);
    REQUIRE(calendar.NextVisit().tick >= position);
    REQUIRE(calendar.NextVisit().tick <= tick);
    calendar.set_position(random() % (position + 1));  // the clock is set back
    REQUIRE(calendar.NextVisit().tick <= tick);
    REQUIRE(calendar.NextVisit().slot == slot);
  }
}

}  // namespace
}  // namespace larder
