// Blocks, shared values, placeholders, sending in parts, and moving from buffer to buffer.
#include "protocol/reply_buffer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using larder::ReplyBuffer;
using larder::SharedBytes;

namespace {

// A value that counts how many references to it are left.
struct Value {
  explicit Value(std::string text) : bytes(std::move(text)) {}

  SharedBytes Share() {
    ++references;
    return {bytes, this, [](void* owner) { --static_cast<Value*>(owner)->references; }};
  }

  std::string bytes;
  int references = 0;
};

std::string Gathered(const ReplyBuffer& buffer, size_t max_parts = 1000) {
  std::vector<iovec> parts(max_parts);
  const size_t count = buffer.Gather(parts.data(), max_parts);
  std::string bytes;
  for (size_t i = 0; i < count; ++i) {
    CHECK(parts[i].iov_len > 0);
    bytes.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  }
  return bytes;
}

size_t PartCount(const ReplyBuffer& buffer) {
  iovec parts[1000];
  return buffer.Gather(parts, 1000);
}

void CheckHolds(const ReplyBuffer& buffer, const std::string& bytes) {
  CHECK(buffer.size() == bytes.size());
  CHECK(buffer.empty() == bytes.empty());
  CHECK((buffer.ToString() == bytes));
  CHECK((Gathered(buffer) == bytes));
}

}  // namespace

TEST_CASE("A new buffer holds nothing and no memory") {
  ReplyBuffer buffer;
  CheckHolds(buffer, "");
  CHECK(buffer.memory() == 0);
  buffer.Consume(0);
  buffer.Append("");
  buffer.Clear();
  buffer.Release();
  CHECK(buffer.memory() == 0);
}

TEST_CASE("What was appended and committed is sent in one part while it fits one block") {
  ReplyBuffer buffer;
  buffer.Append("+OK\r\n");
  char* to = buffer.Reserve(100);
  std::copy_n(":1\r\n", 4, to);
  CHECK(buffer.size() == 5);
  buffer.Commit(to + 4);
  CheckHolds(buffer, "+OK\r\n:1\r\n");
  CHECK(PartCount(buffer) == 1);
}

TEST_CASE("Blocks grow with what is held, and all of it stays in order") {
  ReplyBuffer buffer;
  std::string expected;
  for (int i = 0; expected.size() < 5 * ReplyBuffer::kMaxBlockSize; ++i) {
    const std::string bytes = std::to_string(i) + std::string(static_cast<size_t>(i % 300), 'x');
    buffer.Append(bytes);
    expected += bytes;
  }
  CheckHolds(buffer, expected);
  // 16 KB, then twice the size for as long as it may grow, then blocks of 1 MB.
  CHECK(PartCount(buffer) < 16);
  CHECK(buffer.memory() < expected.size() + ReplyBuffer::kMaxBlockSize + 4096);
}

TEST_CASE("One append may be longer than any block") {
  ReplyBuffer buffer;
  buffer.Append("head");
  const std::string bytes(3 * ReplyBuffer::kMaxBlockSize + 123, 'b');
  buffer.Append(bytes);
  buffer.Append("tail");
  CheckHolds(buffer, "head" + bytes + "tail");
}

TEST_CASE("One reservation may be longer than any block") {
  ReplyBuffer buffer;
  buffer.Append("head");
  constexpr size_t kSize = 2 * ReplyBuffer::kMaxBlockSize;
  char* to = buffer.Reserve(kSize);
  std::fill_n(to, kSize, 'r');
  buffer.Commit(to + kSize);
  buffer.Append("tail");
  CheckHolds(buffer, "head" + std::string(kSize, 'r') + "tail");
}

TEST_CASE("Shared values are sent from where they are, and the block goes on behind them") {
  Value value(std::string(20000, 's'));
  ReplyBuffer buffer;
  buffer.Append("$20000\r\n");
  const size_t memory = buffer.memory();
  buffer.AppendShared(value.Share());
  buffer.Append("\r\n");
  CHECK(value.references == 1);
  CheckHolds(buffer, "$20000\r\n" + value.bytes + "\r\n");
  CHECK(buffer.memory() < memory + 1024);
  iovec parts[3];
  REQUIRE(buffer.Gather(parts, 3) == 3);
  CHECK(parts[1].iov_base == value.bytes.data());
  // Both own parts lie in the one block.
  CHECK(static_cast<char*>(parts[0].iov_base) + 8 == static_cast<char*>(parts[2].iov_base));
}

TEST_CASE("A shared value is given back when its last byte was sent") {
  Value value("0123456789");
  ReplyBuffer buffer;
  buffer.AppendShared(value.Share());
  buffer.AppendShared(value.Share());
  CHECK(value.references == 2);
  buffer.Consume(9);
  CHECK(value.references == 2);
  CheckHolds(buffer, "90123456789");
  buffer.Consume(1);
  CHECK(value.references == 1);
  buffer.Consume(10);
  CHECK(value.references == 0);
  CheckHolds(buffer, "");
}

TEST_CASE("Shared values are given back however the buffer forgets them") {
  Value value("shared");
  {
    ReplyBuffer buffer;
    buffer.AppendShared(value.Share());
    buffer.Clear();
    CHECK(value.references == 0);
    buffer.AppendShared(value.Share());
    buffer.Release();
    CHECK(value.references == 0);
    buffer.AppendShared(value.Share());
    CHECK(value.references == 1);
  }
  CHECK(value.references == 0);
}

TEST_CASE("An empty shared value is given back at once") {
  Value value("");
  ReplyBuffer buffer;
  buffer.AppendShared(value.Share());
  CHECK(value.references == 0);
  CheckHolds(buffer, "");
}

TEST_CASE("A placeholder is filled after what follows it was written") {
  ReplyBuffer buffer;
  buffer.Append("before");
  const size_t outer = buffer.AddPlaceholder();
  const size_t inner = buffer.AddPlaceholder();
  buffer.Append("inside");
  CHECK(buffer.size() == 12);
  CHECK((Gathered(buffer) == "before"));
  buffer.FillPlaceholder(inner, "[2]");
  CHECK((Gathered(buffer) == "before"));
  buffer.Append("after");
  buffer.FillPlaceholder(outer, "[1]");
  CheckHolds(buffer, "before[1][2]insideafter");
}

TEST_CASE("A header and what follows it are sent in one part") {
  ReplyBuffer buffer;
  const size_t placeholder = buffer.AddPlaceholder();
  buffer.Append("$1\r\na\r\n");
  buffer.FillPlaceholder(placeholder, "*1\r\n");
  CHECK(PartCount(buffer) == 1);
  CheckHolds(buffer, "*1\r\n$1\r\na\r\n");
}

TEST_CASE("A placeholder may be as long as is promised, or empty") {
  ReplyBuffer buffer;
  const std::string longest(ReplyBuffer::kMaxPlaceholderSize, 'h');
  const size_t first = buffer.AddPlaceholder();
  const size_t second = buffer.AddPlaceholder();
  buffer.FillPlaceholder(first, longest);
  buffer.FillPlaceholder(second, "");
  CheckHolds(buffer, longest);
  buffer.Consume(longest.size());
  CheckHolds(buffer, "");
}

TEST_CASE("What is before an unfilled placeholder can be sent") {
  ReplyBuffer buffer;
  Value value("shared");
  for (int i = 0; i < 100; ++i)
    buffer.AppendShared(value.Share());
  buffer.Append("before");
  const size_t placeholder = buffer.AddPlaceholder();
  buffer.Append("after");
  buffer.Consume(606);
  CHECK((Gathered(buffer) == ""));
  CHECK(buffer.size() == 5);
  for (int i = 0; i < 200; ++i)
    buffer.AppendShared(value.Share());
  buffer.FillPlaceholder(placeholder, "header");
  CHECK((buffer.ToString().substr(0, 17) == "headeraftershared"));
  buffer.Consume(buffer.size());
  CHECK(value.references == 0);
}

TEST_CASE("Gather uses no more parts than it may") {
  Value value("s");
  ReplyBuffer buffer;
  for (int i = 0; i < 10; ++i) {
    buffer.Append("o");
    buffer.AppendShared(value.Share());
  }
  CHECK((Gathered(buffer, 0) == ""));
  CHECK((Gathered(buffer, 1) == "o"));
  CHECK((Gathered(buffer, 3) == "oso"));
  CHECK((Gathered(buffer, 19) == "osososososososososo"));
  CHECK((Gathered(buffer, 20) == buffer.ToString()));
}

TEST_CASE("A buffer whose content was sent starts its block over") {
  ReplyBuffer buffer;
  buffer.Append("x");
  const size_t memory = buffer.memory();
  for (int i = 0; i < 1000; ++i) {
    buffer.Append(std::string(1000, 'y'));
    buffer.Consume(buffer.size());
  }
  CHECK(buffer.memory() == memory);
}

TEST_CASE("Clear keeps the first block, Release keeps nothing") {
  ReplyBuffer buffer;
  buffer.Append("x");
  const size_t memory = buffer.memory();
  const std::string bytes(3 * ReplyBuffer::kMaxBlockSize, 'b');
  for (int i = 0; i < 3; ++i) {
    buffer.Append(bytes);
    buffer.Clear();
    CheckHolds(buffer, "");
    CHECK(buffer.memory() <= memory + ReplyBuffer::kFirstBlockSize + 4096);
    CHECK(buffer.memory() >= ReplyBuffer::kFirstBlockSize);
  }
  buffer.Append("again");
  CheckHolds(buffer, "again");
  buffer.Release();
  CheckHolds(buffer, "");
  CHECK(buffer.memory() == 0);
}

TEST_CASE("Little is copied from another buffer, which keeps its block") {
  ReplyBuffer to;
  ReplyBuffer from;
  Value value(std::string(50000, 's'));
  to.Append("old");
  from.Append("new");
  from.AppendShared(value.Share());
  from.Append("end");
  from.Consume(1);
  const size_t memory = to.memory();
  to.TakeFrom(from);
  CheckHolds(to, "oldew" + value.bytes + "end");
  CheckHolds(from, "");
  CHECK(value.references == 1);
  CHECK(to.memory() < memory + 1024);
  CHECK(from.memory() >= ReplyBuffer::kFirstBlockSize);
}

TEST_CASE("Much is moved with its blocks, and their room is used on") {
  ReplyBuffer to;
  ReplyBuffer from;
  Value value("shared");
  const std::string bytes(100000, 'n');
  to.Append("old");
  from.Append(bytes);
  from.AppendShared(value.Share());
  from.Append("end");
  iovec part;
  REQUIRE(from.Gather(&part, 1) == 1);
  const void* const place = part.iov_base;
  const size_t memory = to.memory() + from.memory();

  to.TakeFrom(from);
  CheckHolds(to, "old" + bytes + "sharedend");
  CheckHolds(from, "");
  to.Append("more");
  from.Append("other");
  CheckHolds(to, "old" + bytes + "sharedendmore");
  CheckHolds(from, "other");
  CHECK(to.memory() + from.memory() <= memory + ReplyBuffer::kFirstBlockSize + 1024);
  to.Consume(3);
  REQUIRE(to.Gather(&part, 1) == 1);
  CHECK(part.iov_base == place);
  from.Release();
  to.Consume(to.size());
  CHECK(value.references == 0);
}

TEST_CASE("Memory is counted once when blocks move") {
  ReplyBuffer to;
  ReplyBuffer from;
  to.Append("x");
  // Two blocks of the first size, of which one is not used any more.
  constexpr size_t kPart = ReplyBuffer::kFirstBlockSize * 3 / 10;
  for (int i = 0; i < 5; ++i)
    from.Append(std::string(kPart, 'y'));
  from.Consume(5 * kPart);
  from.Append(std::string(2 * kPart, 'z'));
  const size_t memory = to.memory() + from.memory();
  REQUIRE(memory > 3 * ReplyBuffer::kFirstBlockSize);
  to.TakeFrom(from);
  CHECK(to.memory() + from.memory() >= memory);
  CHECK(to.memory() + from.memory() < memory + 512);
  from.Release();
  to.Release();
  CHECK(to.memory() + from.memory() == 0);
}

TEST_CASE("Taking from and to empty buffers is harmless") {
  ReplyBuffer to;
  ReplyBuffer from;
  to.TakeFrom(from);
  CheckHolds(to, "");
  from.Append("x");
  to.TakeFrom(from);
  to.TakeFrom(from);
  CheckHolds(to, "x");
  from.Append(std::string(10000, 'y'));
  to.Consume(1);
  to.TakeFrom(from);
  CheckHolds(to, std::string(10000, 'y'));
}

TEST_CASE("A moved buffer leaves an empty one behind") {
  ReplyBuffer first;
  first.Append("abc");
  ReplyBuffer second = std::move(first);
  CheckHolds(second, "abc");
  CheckHolds(first, "");  // NOLINT(bugprone-use-after-move): its state is the point
  first.Append("def");
  second = std::move(first);
  CheckHolds(second, "def");
  CheckHolds(first, "");  // NOLINT(bugprone-use-after-move)
}

TEST_CASE("Any sequence of operations keeps the bytes in order") {
  std::mt19937 random(3);
  Value value(std::string(17000, 's'));
  ReplyBuffer buffer;
  ReplyBuffer other;
  std::string model;
  std::string other_model;
  for (int step = 0; step < 20000; ++step) {
    const std::string bytes(random() % (random() % 50 == 0 ? 60000 : 300),
                            static_cast<char>('a' + step % 26));
    switch (random() % 8) {
      case 0:
      case 1:
        buffer.Append(bytes);
        model += bytes;
        break;
      case 2:
      case 3:
        other.Append(bytes);
        other_model += bytes;
        break;
      case 4:
        buffer.AppendShared(value.Share());
        model += value.bytes;
        break;
      case 5: {
        const size_t placeholder = buffer.AddPlaceholder();
        buffer.Append(bytes);
        buffer.FillPlaceholder(placeholder, "header");
        model += "header" + bytes;
        break;
      }
      case 6:
        buffer.TakeFrom(other);
        model += std::exchange(other_model, "");
        break;
      case 7: {
        const size_t sent = std::min<size_t>(random() % 40000, model.size());
        buffer.Consume(sent);
        model.erase(0, sent);
        break;
      }
    }
    REQUIRE(buffer.size() == model.size());
    if (step % 100 == 0) REQUIRE((Gathered(buffer, 100000) == model));
  }
  buffer.Release();
  CHECK(value.references == 0);
}
