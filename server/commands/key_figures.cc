// Merges the summaries of the shards.
#include "server/commands/key_figures.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace larder {
namespace {

void AddTo(KeyEventCounts& sum, const KeyEventCounts& more) {
  for (size_t i = 0; i < sum.size(); ++i)
    sum[i] += more[i];
}

}  // namespace

uint64_t PrefixFigures::Row::total() const {
  return std::accumulate(events.begin(), events.end(), uint64_t{0});
}

void PrefixFigures::Add(Shard& shard, int64_t /*now_ms*/) {
  const KeyStatistics& statistics = shard.key_statistics();
  const SpaceSaving& counters = statistics.prefix_counters();
  const uint64_t floor = counters.floor();
  for (size_t i = 0; i < counters.size(); ++i) {
    const KeyStatistics::Prefix& prefix = statistics.prefix(i);
    const size_t database = shard.IndexOf(prefix.database);
    Row& row = rows_[{database, std::string(prefix.name())}];
    AddTo(row.events, prefix.events);
    // Take() adds the floors of all shards; here it is known better.
    row.error += counters.error(i) - floor;
  }
  AddTo(others_, statistics.others());
  floor_ += floor;
}

PrefixFigures::Report PrefixFigures::Take(size_t most) {
  Report report;
  report.others.events = others_;
  for (auto& [name, row] : rows_) {
    row.database = name.first;
    row.prefix = name.second;
    row.error += floor_;
    if (row.total() > row.error) {
      report.rows.push_back(std::move(row));
    } else {
      AddTo(report.others.events, row.events);
    }
  }
  rows_.clear();
  std::ranges::stable_sort(report.rows, std::ranges::greater(), &Row::total);
  for (; report.rows.size() > most; report.rows.pop_back())
    AddTo(report.others.events, report.rows.back().events);
  return report;
}

void HotKeyFigures::Add(Shard& shard, int64_t now_ms) {
  const KeyStatistics& statistics = shard.key_statistics();
  const SpaceSaving& counters = statistics.key_counters();
  const double seconds = statistics.seconds(now_ms);
  const auto per_second = [seconds](uint64_t count) {
    return static_cast<double>(count) / seconds;
  };
  for (size_t i = 0; i < counters.size(); ++i) {
    requests_ += per_second(counters.count(i));  // the counts add up to all requests
    if (counters.count(i) - counters.error(i) <= counters.error(i)) continue;
    const KeyStatistics::HotKey& hot = statistics.hot_key(i);
    rows_.push_back({shard.IndexOf(hot.database), std::string(hot.name()), hot.key_size,
                     per_second(counters.count(i)), per_second(hot.writes),
                     per_second(counters.error(i))});
  }
}

HotKeyFigures::Report HotKeyFigures::Take(size_t most) {
  std::ranges::sort(rows_, [](const Row& a, const Row& b) {
    return std::tie(b.requests, a.database, a.key) < std::tie(a.requests, b.database, b.key);
  });
  if (rows_.size() > most) rows_.resize(most);
  return {std::exchange(rows_, {}), requests_};
}

}  // namespace larder
