// The kinds of replies that are not on the hot path.
#include "protocol/reply_writer.h"

#include <algorithm>
#include <cassert>

namespace larder {

void ReplyWriter::Line(char type, std::string_view text) {
  buffer_.Append({&type, 1});
  buffer_.Append(text);
  buffer_.Append("\r\n");
}

void ReplyWriter::SimpleString(std::string_view s) {
  assert(s.find_first_of("\r\n") == std::string_view::npos);
  Line('+', s);
}

void ReplyWriter::Error(std::string_view message) {
  ++errors_;
  const size_t word = std::min({message.find(' '), message.size(), sizeof last_error_code_});
  last_error_code_size_ = static_cast<uint8_t>(word);
  std::memcpy(last_error_code_, message.data(), word);
  char* to = buffer_.Reserve(message.size() + 3);
  *to++ = '-';
  to = std::transform(message.begin(), message.end(), to,
                      [](char c) { return c == '\r' || c == '\n' ? ' ' : c; });
  buffer_.Commit(WriteLineEnd(to));
}

void ReplyWriter::LargeBulk(std::string_view bytes) {
  Header('$', static_cast<int64_t>(bytes.size()));
  buffer_.Append(bytes);
  buffer_.Append("\r\n");
}

void ReplyWriter::BulkInteger(int64_t value) {
  char digits[kMaxIntegerChars];
  Bulk({digits, FormatInteger(value, digits)});
}

void ReplyWriter::SharedBulk(SharedBytes bytes) {
  Header('$', static_cast<int64_t>(bytes.bytes().size()));
  buffer_.AppendShared(std::move(bytes));
  buffer_.Append("\r\n");
}

void ReplyWriter::NullArray() {
  Literal(resp3() ? "_\r\n" : "*-1\r\n");
}

void ReplyWriter::Boolean(bool value) {
  if (resp3()) {
    Literal(value ? "#t\r\n" : "#f\r\n");
  } else {
    Integer(value ? 1 : 0);
  }
}

void ReplyWriter::Double(double value) {
  char text[kMaxDoubleChars];
  const std::string_view number(text, FormatDouble(value, text));
  resp3() ? Line(',', number) : Bulk(number);
}

void ReplyWriter::BigNumber(std::string_view digits) {
  resp3() ? Line('(', digits) : Bulk(digits);
}

void ReplyWriter::Verbatim(std::string_view format, std::string_view text) {
  assert(format.size() == 3);
  if (!resp3()) {
    Bulk(text);
    return;
  }
  Header('=', static_cast<int64_t>(format.size() + 1 + text.size()));
  buffer_.Append(format);
  buffer_.Append(":");
  buffer_.Append(text);
  buffer_.Append("\r\n");
}

void ReplyWriter::Fill(size_t placeholder, char type, size_t elements) {
  static_assert(kMaxHeader <= ReplyBuffer::kMaxPlaceholderSize);
  char header[kMaxHeader];
  const char* const end = WriteHeader(type, static_cast<int64_t>(elements), header);
  buffer_.FillPlaceholder(placeholder, {header, static_cast<size_t>(end - header)});
}

void ReplyWriter::EndMap(size_t placeholder, size_t pairs) {
  resp3() ? Fill(placeholder, '%', pairs) : Fill(placeholder, '*', 2 * pairs);
}

}  // namespace larder
