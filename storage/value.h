// A value outside of any entry: what RENAME, COPY and SET carry from one place to another.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/blob.h"
#include "storage/entry.h"

namespace larder {

// Owns a value and knows its deadline.
// Thread safety: none.
struct Value {
  ValueType type = ValueType::kString;
  Encoding encoding = Encoding::kInline;
  int64_t deadline_ms = kNoDeadline;
  // kInline and kInteger: the value part as it lies in the entry.
  std::string bytes;
  // kBlob.
  BlobRef blob;
};

}  // namespace larder
