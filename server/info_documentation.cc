// Writes the table of INFO's fields as Markdown.
#include "server/info_documentation.h"

#include <string_view>

#include "server/commands/info_table.h"

namespace larder {
namespace {

constexpr std::string_view kIntroduction = R"(# INFO

This file is computed from the table in `server/commands/info_table.cc` by
`larder-server --dump-info-docs`; `make docs` writes it anew.

`INFO` answers the sections that are marked *by default*, `INFO section ...` those that are named, and
`INFO all` or `INFO everything` all of them. Names and order are those of Redis; what Larder does not measure
is left out, so that every number here is a true one. Counters start at zero with the server.
)";

std::string SectionText(const InfoSection& section) {
  std::string text = "\n## " + std::string(section.title) + "\n\n`INFO " +
                     std::string(section.word) + "`" + (section.by_default ? ", by default." : ".");
  if (!section.remark.empty()) text += " " + std::string(section.remark);
  text += "\n";
  if (section.fields.empty()) return text;
  text += "\n| Field | Unit | Meaning |\n|---|---|---|\n";
  for (const InfoField& field : section.fields) {
    text += "| `" + std::string(field.name) + "` | " + std::string(field.unit) + " | " +
            std::string(field.meaning) + " |\n";
  }
  return text;
}

}  // namespace

std::string InfoDocumentation() {
  std::string text(kIntroduction);
  for (const InfoSection& section : InfoTable())
    text += SectionText(section);
  return text;
}

}  // namespace larder
