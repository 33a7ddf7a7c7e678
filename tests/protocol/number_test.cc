// Integers and floating point numbers at their edges.
#include "protocol/number.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

namespace {

std::string Integer(int64_t value) {
  char text[larder::kMaxIntegerChars];
  return {text, larder::FormatInteger(value, text)};
}

std::string Unsigned(uint64_t value) {
  char text[larder::kMaxIntegerChars];
  return {text, larder::FormatUnsigned(value, text)};
}

std::string Double(double value) {
  char text[larder::kMaxDoubleChars];
  return {text, larder::FormatDouble(value, text)};
}

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

}  // namespace

TEST_CASE("Integers are read in their canonical form") {
  struct Case {
    std::string_view text;
    int64_t value;
  };
  const Case cases[] = {
      {"0", 0},
      {"7", 7},
      {"-1", -1},
      {"10", 10},
      {"1000000", 1000000},
      {"999999999999999999", 999999999999999999},
      {"-999999999999999999", -999999999999999999},
      {"9223372036854775806", kMax - 1},
      {"9223372036854775807", kMax},
      {"-9223372036854775807", kMin + 1},
      {"-9223372036854775808", kMin},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    int64_t value = 42;
    CHECK(larder::ParseInteger(c.text, &value));
    CHECK(value == c.value);
    CHECK(Integer(c.value) == c.text);
  }
}

TEST_CASE("Anything but a canonical integer is refused") {
  using namespace std::string_view_literals;
  for (const std::string_view text : {""sv,
                                      "-"sv,
                                      "+1"sv,
                                      "-0"sv,
                                      "00"sv,
                                      "01"sv,
                                      "-01"sv,
                                      " 1"sv,
                                      "1 "sv,
                                      "1\n"sv,
                                      "1\0"sv,
                                      "1.0"sv,
                                      "1e3"sv,
                                      "0x10"sv,
                                      "--1"sv,
                                      "1-"sv,
                                      "abc"sv,
                                      "/"sv,
                                      ":"sv,
                                      "9223372036854775808"sv,
                                      "-9223372036854775809"sv,
                                      "9999999999999999999"sv,
                                      "10000000000000000000"sv,
                                      "18446744073709551616"sv,
                                      "99999999999999999999999999"sv}) {
    CAPTURE(text);
    int64_t value = 42;
    CHECK_FALSE(larder::ParseInteger(text, &value));
    CHECK(value == 42);
  }
}

TEST_CASE("Integers of every length are written and read back") {
  for (uint64_t power = 1; power <= 1000000000000000000; power *= 10) {
    for (const uint64_t value : {power - 1, power, power + 1, 9 * power + (power - 1)}) {
      CHECK(Unsigned(value) == std::to_string(value));
      if (value > static_cast<uint64_t>(kMax)) continue;
      const auto number = static_cast<int64_t>(value);
      CHECK(Integer(-number) == std::to_string(-number));
      int64_t back = -1;
      REQUIRE(larder::ParseInteger(Integer(-number), &back));
      CHECK(back == -number);
    }
  }
  CHECK(Unsigned(std::numeric_limits<uint64_t>::max()) == "18446744073709551615");
  CHECK(Integer(kMin).size() == larder::kMaxIntegerChars);
}

TEST_CASE("Long doubles are read as INCRBYFLOAT reads its argument") {
  struct Case {
    std::string_view text;
    long double value;
  };
  const Case cases[] = {
      {"0", 0},      {"3.0", 3},         {"-1.5", -1.5L},
      {"+2", 2},     {"5e2", 500},       {"1.25E-1", .125L},
      {"0x10", 16},  {".5", .5L},        {"5.", 5},
      {"00012", 12}, {"1e400", 1e400L},  {"-0", -0.0L},
      {"0.1", 0.1L}, {"inf", HUGE_VALL}, {"-Infinity", -HUGE_VALL},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    long double value = 42;
    CHECK(larder::ParseLongDouble(c.text, &value));
    CHECK(value == c.value);
  }
  long double value = 42;
  CHECK(larder::ParseLongDouble(std::string(5119, '0'), &value));
  CHECK(value == 0);
}

TEST_CASE("What is not wholly a long double is refused") {
  using namespace std::string_view_literals;
  for (const std::string_view text :
       {""sv,         " 1"sv,       "\t1"sv, "\n1"sv, "1 "sv,  "1\0"sv,  "\0"sv,     "1\0 2"sv,
        "abc"sv,      "1.2.3"sv,    "1,5"sv, "nan"sv, "NaN"sv, "-nan"sv, "nan(1)"sv, "1e99999"sv,
        "-1e99999"sv, "1e-99999"sv, "e5"sv,  "0x"sv,  "--1"sv, "."sv}) {
    CAPTURE(text);
    long double value = 42;
    CHECK_FALSE(larder::ParseLongDouble(text, &value));
    CHECK(value == 42);
  }
  long double value = 42;
  CHECK_FALSE(larder::ParseLongDouble(std::string(5120, '0'), &value));
}

TEST_CASE("Long doubles are written without exponent and trailing zeros") {
  struct Case {
    long double value;
    std::string_view text;
  };
  const Case cases[] = {
      {0, "0"},
      {-0.0L, "0"},
      {-1e-30L, "0"},
      {3, "3"},
      {100, "100"},
      {10.5L, "10.5"},
      {-2.75L, "-2.75"},
      {0.1L, "0.1"},
      {3000.2L, "3000.19999999999999996"},
      {1e-17L, "0.00000000000000001"},
      {1e20L, "100000000000000000000"},
      {1234.0625L, "1234.0625"},
      {HUGE_VALL, "inf"},
      {-HUGE_VALL, "-inf"},
  };
  for (const Case& c : cases)
    CHECK(larder::FormatLongDouble(c.value) == c.text);
  CHECK(larder::FormatLongDouble(std::numeric_limits<long double>::quiet_NaN()) == "nan");
  CHECK(larder::FormatLongDouble(std::numeric_limits<long double>::max()).size() == 4933);
}

TEST_CASE("Doubles are written with the fewest digits, as Redis lays them out") {
  struct Case {
    double value;
    std::string_view text;
  };
  const Case cases[] = {
      {0, "0"},
      {-0.0, "-0"},
      {1, "1"},
      {-17, "-17"},
      {0.1, "0.1"},
      {-1.5, "-1.5"},
      {3.14159, "3.14159"},
      {0.30000000000000004, "0.30000000000000004"},
      {1.0 / 3, "0.3333333333333333"},
      {0.001, "0.001"},
      {0.000001, "0.000001"},
      {0.0000001, "1e-7"},
      {1.5e-7, "1.5e-7"},
      {1.25e-10, "1.25e-10"},
      {123456.789, "123456.789"},
      {1e17, "100000000000000000"},
      {4611686018427387904.0, "4611686018427387904"},
      {1e19, "1e+19"},
      {-1e20, "-1e+20"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {5e-324, "5e-324"},
      {1e-100, "1e-100"},
      {HUGE_VAL, "inf"},
      {-HUGE_VAL, "-inf"},
  };
  for (const Case& c : cases)
    CHECK(Double(c.value) == c.text);
  CHECK(Double(std::nan("")) == "nan");
  CHECK(Double(-std::nan("")) == "nan");
}

TEST_CASE("Doubles read back as the same number") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 200000; ++i) {
    const uint64_t bits = random();
    double value = 0;
    static_assert(sizeof(value) == sizeof(bits));
    std::memcpy(&value, &bits, sizeof(value));
    if (std::isnan(value)) continue;
    const std::string text = Double(value);
    REQUIRE(text.size() <= larder::kMaxDoubleChars);
    REQUIRE(std::strtod(text.c_str(), nullptr) == value);
  }
}
