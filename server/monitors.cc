// Describes requests to those who watch.
#include "server/monitors.h"

#include <cstdio>

#include "server/client.h"
#include "server/client_description.h"
#include "server/command_table.h"
#include "server/secret_arguments.h"

namespace larder {
namespace {

void AppendEscaped(std::string& line, unsigned char byte) {
  constexpr std::string_view kHexadecimal = "0123456789abcdef";
  switch (byte) {
    case '\\':
    case '"':
      line += '\\';
      line += static_cast<char>(byte);
      return;
    case '\n':
      line += "\\n";
      return;
    case '\r':
      line += "\\r";
      return;
    case '\t':
      line += "\\t";
      return;
    case '\a':
      line += "\\a";
      return;
    case '\b':
      line += "\\b";
      return;
    default:
      if (byte >= ' ' && byte <= '~') {
        line += static_cast<char>(byte);
        return;
      }
      line += "\\x";
      line += kHexadecimal[byte >> 4];
      line += kHexadecimal[byte & 15];
  }
}

void AppendQuoted(std::string& line, std::string_view text) {
  line += '"';
  for (const char byte : text)
    AppendEscaped(line, static_cast<unsigned char>(byte));
  line += '"';
}

}  // namespace

void Monitors::Add() {
  const std::lock_guard lock(mutex_);
  if (count_++ == 0) attention_.Set(Attention::kMonitored);
}

void Monitors::Remove() {
  const std::lock_guard lock(mutex_);
  if (--count_ == 0) attention_.Clear(Attention::kMonitored);
}

void AppendMonitorLine(std::string& lines, const Client& client, size_t db, int64_t now_us,
                       const CommandSpec& spec, std::span<const std::string_view> args) {
  char head[64];
  const int size = std::snprintf(head, sizeof head, "+%lld.%06lld [%zu ",
                                 static_cast<long long>(now_us / 1000000),
                                 static_cast<long long>(now_us % 1000000), db);
  lines.append(head, static_cast<size_t>(size));
  if (IsUnixSocket(client)) {
    lines += "unix:";
    lines += client.peer.substr(0, client.peer.rfind(':'));
  } else {
    lines += client.peer;
  }
  lines += ']';
  for (size_t i = 0; i < args.size(); ++i) {
    lines += ' ';
    AppendQuoted(lines, ShownArgument(spec, args, i));
  }
  lines += "\r\n";
}

}  // namespace larder
