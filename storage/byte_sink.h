// Where encoded bytes go.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace larder {

// What takes bytes in their order. A sink that fails remembers so itself and ignores what follows:
// whoever writes need not look after each piece.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual void Write(std::string_view bytes) = 0;
};

// Owns what was written to it.
// Thread safety: none.
class StringSink : public ByteSink {
 public:
  void Write(std::string_view bytes) override { bytes_ += bytes; }
  const std::string& bytes() const { return bytes_; }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

}  // namespace larder
