// Counters of threads, added up and set back.
#include "server/statistics.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

namespace larder {

TEST_CASE("Totals are the sums over all threads") {
  Statistics statistics(3);
  ThreadStatistics& first = statistics.AddThread();
  ThreadStatistics& second = statistics.AddThread();
  first.per_command[2].calls.Add(4);
  second.per_command[2].calls.Add(1);
  second.per_command[2].ticks.Add(1000);
  second.per_command[0].failed.Add(2);
  const StatisticsTotals totals = statistics.Totals();
  CHECK(totals.commands_processed == 5);
  CHECK(totals.per_command[2].calls == 5);
  CHECK(totals.per_command[2].nanoseconds == statistics.tick_counter().Nanoseconds(1000));
  CHECK(totals.per_command[2].nanoseconds > 0);
  CHECK(totals.per_command[0].failed == 2);
  CHECK(totals.per_command[1].calls == 0);
}

TEST_CASE("After a reset counting begins anew, except for changes") {
  Statistics statistics(1);
  ThreadStatistics& thread = statistics.AddThread();
  thread.per_command[0].calls.Add(5);
  thread.per_command[0].rejected.Add(1);
  thread.bytes_in.Add(100);
  thread.changes.Add(3);
  statistics.CountError("ERR no");
  statistics.Reset();
  thread.per_command[0].calls.Add(2);
  thread.changes.Add(1);
  const StatisticsTotals totals = statistics.Totals();
  CHECK(totals.commands_processed == 2);
  CHECK(totals.per_command[0].calls == 2);
  CHECK(totals.per_command[0].rejected == 0);
  CHECK(totals.bytes_in == 0);
  CHECK(totals.changes == 4);
  CHECK(totals.error_replies == 0);
  CHECK(totals.errors.empty());
}

TEST_CASE("Errors are counted by their first word, of which there are at most 128") {
  Statistics statistics(1);
  statistics.CountError("ERR one");
  statistics.CountError("ERR two");
  statistics.CountError("WRONGTYPE");
  CHECK(statistics.Totals().errors.at("ERR") == 2);
  CHECK(statistics.Totals().errors.at("WRONGTYPE") == 1);
  for (int i = 0; i < 1000; ++i)
    statistics.CountError("WORD" + std::to_string(i) + " and more");
  statistics.CountError("ERR three");
  const StatisticsTotals totals = statistics.Totals();
  CHECK(totals.errors.size() == 128);
  CHECK(totals.errors.at("ERR") == 3);
  CHECK(totals.error_replies == 1004);
}

TEST_CASE("Threads count while others read and reset") {
  Statistics statistics(2);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&statistics] {
      ThreadStatistics& mine = statistics.AddThread();
      for (int n = 0; n < 10000; ++n) {
        mine.per_command[0].calls.Add(1);
        mine.per_command[1].calls.Add(1);
      }
    });
  }
  uint64_t last = 0;
  for (int i = 0; i < 100; ++i) {
    const uint64_t now = statistics.Totals().commands_processed;
    CHECK(now >= last);
    last = now;
  }
  for (std::thread& thread : threads)
    thread.join();
  CHECK(statistics.Totals().commands_processed == 60000);
  CHECK(statistics.Totals().per_command[1].calls == 30000);
}

}  // namespace larder
