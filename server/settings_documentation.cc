// docs/settings.md, computed from the table of settings.
#include "server/settings.h"

namespace larder {
namespace {

// Within a Markdown table a bar would end the cell.
std::string Cell(std::string_view text) {
  std::string cell;
  for (char c : text) {
    if (c == '|' || c == '*') cell += '\\';
    cell += c;
  }
  return cell;
}

std::string Default(const SettingRow& row) {
  const std::string text = SettingText(row, Settings{});
  return text.empty() ? "empty" : "`" + text + "`";
}

constexpr std::string_view kIntroduction = R"(# Settings

This file is computed from the table in `server/settings_table.cc` by
`larder-server --dump-settings-docs`; `make docs` writes it anew.

A setting is given on the command line or in a configuration file, the command line having the last
word:

    larder-server /etc/larder.conf --port 6400 --bind 127.0.0.1 ::1

The file has a setting with its value on each line, as redis.conf has it. Lines that start with `#` are
comments; words with spaces are quoted as in a shell (`"two words"`, `'two words'`, and within double
quotes `\n`, `\"`, `\x41`); a line of its own, `include path`, reads another file there, or all that
match a pattern, relative to the file it stands in. When a setting comes twice, the later one counts. `-`
as the name of the file stands for standard input.

`CONFIG GET` shows the settings of a running server, `CONFIG SET` changes those that the table marks,
and `CONFIG REWRITE` writes the changes into the configuration file, whose comments and order stay.

Sizes of memory are bytes, or a number with a unit: `1k` is 1000 bytes, `1kb` is 1024, and likewise `m`,
`mb`, `g` and `gb`.

| Setting | Default | Allowed | Changes at run time | Meaning |
|---|---|---|---|---|
)";

}  // namespace

std::string SettingsDocumentation() {
  std::string text(kIntroduction);
  for (const SettingRow& row : SettingTable()) {
    text += "| `" + std::string(row.name) + "` | " + Default(row) + " | " +
            Cell(AllowedValues(row)) + " | " + (row.at_run_time() ? "yes" : "no") + " | " +
            Cell(row.doc) + " |\n";
  }
  return text;
}

}  // namespace larder
