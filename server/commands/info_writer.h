// Writes the lines of INFO.
#pragma once

#include <sys/time.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace larder {

std::string WithTwoDecimals(double value);

// The number of bytes as people read it: "512B", "1.50M".
std::string HumanBytes(uint64_t bytes);

// Owns the text that grows.
// Thread safety: none.
class InfoWriter {
 public:
  void BeginSection(std::string_view title);

  void Text(std::string_view name, std::string_view value);
  void Number(std::string_view name, std::integral auto value) {
    Text(name, std::to_string(value));
  }
  void Decimal(std::string_view name, double value) { Text(name, WithTwoDecimals(value)); }
  // The number, and in a second field what people read.
  void Bytes(std::string_view name, uint64_t bytes);
  // How much of `whole` the part is; 0.00% of nothing.
  void Percent(std::string_view name, size_t part, size_t whole);
  void Seconds(std::string_view name, const timeval& time);

  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace larder
