// Formats the values of INFO's fields.
#include "server/commands/info_writer.h"

#include <cstdio>

namespace larder {
namespace {

std::string WithDecimals(int decimals, double value) {
  char text[64];
  const int size = std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return std::string(text, static_cast<size_t>(size));
}

}  // namespace

std::string WithTwoDecimals(double value) {
  return WithDecimals(2, value);
}

std::string WithThreeDecimals(double value) {
  return WithDecimals(3, value);
}

std::string HumanBytes(uint64_t bytes) {
  constexpr std::string_view kUnits = "KMGTPE";
  if (bytes < 1024) return std::to_string(bytes) + "B";
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  for (uint64_t rest = bytes / 1024; rest >= 1024; rest /= 1024) {
    value /= 1024;
    ++unit;
  }
  return WithTwoDecimals(value) + kUnits[unit];
}

void InfoWriter::BeginSection(std::string_view title) {
  if (!text_.empty()) text_ += "\r\n";
  text_ += "# ";
  text_ += title;
  text_ += "\r\n";
}

void InfoWriter::Line(std::string_view name, std::string_view value) {
  text_ += name;
  text_ += ':';
  text_ += value;
  text_ += "\r\n";
}

void InfoWriter::Percent(size_t part, size_t whole) {
  const double percent =
      whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
  Text(WithTwoDecimals(percent) + "%");
}

void InfoWriter::Seconds(const timeval& time) {
  char text[64];
  const int size =
      std::snprintf(text, sizeof text, "%lld.%06lld",
                    static_cast<long long>(time.tv_sec),    // NOLINT(google-runtime-int)
                    static_cast<long long>(time.tv_usec));  // NOLINT(google-runtime-int)
  Text(std::string_view(text, static_cast<size_t>(size)));
}

}  // namespace larder
