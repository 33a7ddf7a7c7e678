// Writes the lines of INFO.
#pragma once

#include <sys/time.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace larder {

std::string WithTwoDecimals(double value);
std::string WithThreeDecimals(double value);

// The number of bytes as people read it: "512B", "1.50M".
std::string HumanBytes(uint64_t bytes);

// Owns the text that grows. A line has the name of the field that was begun last.
// Thread safety: none.
class InfoWriter {
 public:
  void BeginSection(std::string_view title);
  // The name is kept by reference until the field is written.
  void BeginField(std::string_view name) { name_ = name; }

  void Text(std::string_view value) { Line(name_, value); }
  void Number(std::integral auto value) { Line(name_, std::to_string(value)); }
  void Decimal(double value) { Line(name_, WithTwoDecimals(value)); }
  void HumanBytes(uint64_t bytes) { Line(name_, larder::HumanBytes(bytes)); }
  // How much of `whole` the part is; 0.00% of nothing.
  void Percent(size_t part, size_t whole);
  void Seconds(const timeval& time);
  // A line of a field that has several, each with a name of its own.
  void Line(std::string_view name, std::string_view value);

  std::string Take() { return std::move(text_); }

 private:
  std::string_view name_;
  std::string text_;
};

}  // namespace larder
