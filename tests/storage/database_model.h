// What a Database should do, said with a std::map; and strings that are likely to find where it
// does not.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <utility>

#include "storage/database.h"

namespace larder {

// An entry as it should be.
struct ExpectedEntry {
  std::string bytes;
  ValueType type;
  int64_t deadline_ms;

  bool IsExpired(int64_t now_ms) const {
    return deadline_ms != kNoDeadline && deadline_ms <= now_ms;
  }
};

// Owns the entries that a database should hold, those included that have expired but were not
// noticed yet.
//
// Thread safety: none.
class DatabaseModel {
 public:
  // The live entry of that name, or null; an expired one goes away, and is counted.
  ExpectedEntry* Find(const std::string& name, int64_t now_ms) {
    const auto found = entries.find(name);
    if (found == entries.end()) return nullptr;
    if (!found->second.IsExpired(now_ms)) return &found->second;
    entries.erase(found);
    ++expired;
    return nullptr;
  }

  void SetString(const std::string& name, std::string bytes, DeadlineChange change) {
    const auto old = entries.find(name);
    int64_t deadline_ms = change.deadline_ms;
    if (change.keep) deadline_ms = old != entries.end() ? old->second.deadline_ms : kNoDeadline;
    entries[name] = {std::move(bytes), ValueType::kString, deadline_ms};
  }

  size_t CountLive(int64_t now_ms) const {
    size_t live = 0;
    for (const auto& [name, entry] : entries)
      live += !entry.IsExpired(now_ms);
    return live;
  }

  std::map<std::string, ExpectedEntry> entries;
  uint64_t expired = 0;
};

// Strings at the borders between encodings: integers where their width changes, texts that are
// nearly integers, short texts, and long ones around the size from which on they lie in a blob.
template <class Random>
std::string DrawString(Random& random) {
  const auto draw = [&random](size_t below) { return static_cast<size_t>(random() % below); };
  static constexpr int64_t kIntegers[] = {0,
                                          std::numeric_limits<int8_t>::max(),
                                          std::numeric_limits<int8_t>::min(),
                                          std::numeric_limits<int16_t>::max(),
                                          std::numeric_limits<int16_t>::min(),
                                          std::numeric_limits<int32_t>::max(),
                                          std::numeric_limits<int32_t>::min(),
                                          std::numeric_limits<int64_t>::max() - 1,
                                          std::numeric_limits<int64_t>::min() + 1};
  static constexpr const char* kTexts[] = {"",
                                           "-",
                                           "-0",
                                           "007",
                                           "+1",
                                           " 1",
                                           "1 ",
                                           "1.0",
                                           "99999999999999999999",
                                           "9223372036854775808",
                                           "-9223372036854775809"};
  static constexpr size_t kSizes[] = {1,     7,     20,    100,   1000,  4096,  16383,
                                      16384, 16385, 20000, 32768, 65535, 65536, 100000};
  switch (draw(4)) {
    case 0:
      return std::to_string(kIntegers[draw(std::size(kIntegers))] +
                            (static_cast<int64_t>(draw(3)) - 1));
    case 1:
      return kTexts[draw(std::size(kTexts))];
    case 2:
      return std::string(draw(64), static_cast<char>('a' + draw(26)));
    default:
      return std::string(kSizes[draw(std::size(kSizes))], static_cast<char>('A' + draw(26)));
  }
}

}  // namespace larder
