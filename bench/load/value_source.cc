// Parsing of size distributions, and the block that values are cut from.
#include "bench/load/value_source.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace larder::bench {
namespace {

constexpr uint32_t kLargestValue = 512u * 1024 * 1024;

// Takes the part of `text` up to `separator` off its front.
std::string_view TakeUntil(std::string_view& text, char separator) {
  size_t at = text.find(separator);
  std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

bool ParseNumber(std::string_view text, uint32_t& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

bool SizeDistribution::Parse(std::string_view text, SizeDistribution& out, std::string& error) {
  SizeDistribution parsed;
  uint32_t total = 0;
  std::string_view rest = text;
  do {
    std::string_view weighted = TakeUntil(rest, ',');
    std::string_view sizes = TakeUntil(weighted, ':');
    std::string_view from = TakeUntil(sizes, '-');
    Range range{};
    uint32_t weight = 1;
    bool good =
        ParseNumber(from, range.from) && (weighted.empty() || ParseNumber(weighted, weight));
    range.to = range.from;
    good = good && (sizes.empty() || ParseNumber(sizes, range.to));
    if (!good || range.to < range.from || range.to > kLargestValue || weight == 0) {
      error = "'" + std::string(text) +
              "' is not a size: write 256, 100-1000, or 64:80,1024:20 (size:weight), up to 512 MB";
      return false;
    }
    total += weight;
    range.weight_up_to = total;
    parsed.ranges_.push_back(range);
    parsed.largest_ = std::max(parsed.largest_, range.to);
  } while (!rest.empty());
  out = std::move(parsed);
  return true;
}

uint32_t SizeDistribution::At(uint64_t hash) const {
  size_t i = 0;
  if (ranges_.size() > 1) {
    uint64_t point = (hash >> 32) % ranges_.back().weight_up_to;
    while (point >= ranges_[i].weight_up_to)
      ++i;
  }
  const Range& range = ranges_[i];
  uint64_t width = uint64_t{range.to} - range.from + 1;
  return range.from + static_cast<uint32_t>((hash & 0xffffffffu) % width);
}

ValueSource::ValueSource(SizeDistribution sizes) : sizes_(std::move(sizes)) {
  static constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
  block_.resize(kStarts + sizes_.largest());
  for (size_t i = 0; i < block_.size(); ++i)
    block_[i] = kLetters[Mix(i) & 63];
}

}  // namespace larder::bench
