// Argument lists: growth, taking over, and bytes that move.
#include "protocol/argument_list.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using larder::ArgumentList;

namespace {

std::vector<std::string> Strings(const ArgumentList& list) {
  return {list.begin(), list.end()};
}

}  // namespace

TEST_CASE("Arguments stay what they are while the list grows") {
  ArgumentList list;
  std::vector<std::string> expected;
  const std::string bytes(1000, 'x');
  for (size_t i = 0; i < 100'000; ++i) {
    const std::string_view view = std::string_view(bytes).substr(i % 1000);
    list.Append(view);
    if (i % 1000 == 0) expected.emplace_back(view);
  }
  REQUIRE(list.size() == 100'000);
  for (size_t i = 0; i < list.size(); ++i)
    REQUIRE(list[i].size() == 1000 - i % 1000);
  CHECK(list[99'000] == expected.back());
}

TEST_CASE("An empty list takes another one's array, a used one its arguments") {
  ArgumentList from;
  from.Append("a");
  from.Append("b");
  const std::string_view* const array = from.data();
  ArgumentList to;
  to.TakeFrom(from);
  CHECK(to.data() == array);
  CHECK(from.empty());

  from.Append("c");
  to.TakeFrom(from);
  CHECK(Strings(to) == std::vector<std::string>{"a", "b", "c"});
  CHECK(from.empty());
}

TEST_CASE("Views into bytes that have moved follow them, others stay") {
  const std::string before = "GET key";
  const std::string after = "get KEY";
  const std::string elsewhere = "other";
  ArgumentList list;
  list.Append(std::string_view(before).substr(0, 3));
  list.Append(elsewhere);
  list.Append(std::string_view(before).substr(4));
  list.Rebase(before.data(), before.size(), after.data());
  CHECK(Strings(list) == std::vector<std::string>{"get", "other", "KEY"});
}

TEST_CASE("A large list is given back in steps") {
  ArgumentList list;
  list.Reserve(1000);
  const size_t capacity = list.capacity();
  size_t steps = 1;
  while (list.Shrink(300)) {
    ++steps;
    CHECK(list.empty());
  }
  CHECK(steps == (capacity + 299) / 300);
  CHECK(list.capacity() == 0);
  list.Append("used again");
  CHECK(list[0] == "used again");
}
